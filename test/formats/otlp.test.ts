// Spans, decoded by OpenTelemetry's own protocol classes, and taken by a server.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WHOLE } from "../../src/formats/format.ts";
import { otlp } from "../../src/formats/otlp.ts";
import { ready } from "../../src/systems/factory/planning/solver.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { blockNamed } from "../docs-blocks.ts";
import { ours } from "../docs-commands.ts";
import { launchOrrery, orreryIn } from "../orrery.ts";
import { clocksRun, exported, factoryRun, SEEDS } from "./exported.ts";

type Attribute = {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
};
type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
};
type Request = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
};

/** The class of a request, as the OpenTelemetry transformer has it. */
type Message = {
  readonly verify: (request: unknown) => string | null;
  readonly fromObject: (request: unknown) => object;
  readonly encode: (request: object) => { readonly finish: () => Uint8Array };
  readonly decode: (bytes: Uint8Array) => object;
  readonly toObject: (request: object, options: object) => unknown;
};
const root = createRequire(import.meta.url)(
  "@opentelemetry/otlp-transformer/build/src/generated/root.js",
) as { opentelemetry: { proto: { collector: { trace: { v1: { [name: string]: Message } } } } } };
const REQUEST = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest!;

type Recoded = { [field: string]: unknown; links?: Recoded[] };

/** Ids are hex in this JSON; protobuf's own is base64. */
function recoded(request: unknown, from: BufferEncoding, to: BufferEncoding): Request {
  const copy = structuredClone(request) as Request;
  const change = (holder: Recoded): void => {
    for (const id of ["traceId", "spanId", "parentSpanId"]) {
      if (id in holder) holder[id] = Buffer.from(String(holder[id]), from).toString(to);
    }
  };
  for (const span of spansOf([copy]) as unknown as Recoded[]) {
    change(span);
    span.links?.forEach(change);
  }
  return copy;
}

/** A request through OpenTelemetry's classes and back. @throws Error if it is none */
function through(request: unknown): unknown {
  const message = REQUEST.fromObject(recoded(request, "hex", "base64"));
  const wrong = REQUEST.verify(message);
  if (wrong !== null) throw new Error(wrong);
  const decoded = REQUEST.decode(REQUEST.encode(message).finish());
  return recoded(REQUEST.toObject(decoded, { longs: String, bytes: String }), "base64", "hex");
}

const requestsOf = (text: string): readonly Request[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Request);
const spansOf = (requests: readonly Request[]): readonly Span[] =>
  requests.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );
const attributeOf = (
  { attributes }: Pick<Span, "attributes">,
  name: string,
): string | undefined => {
  const value = attributes.find(({ key }) => key === name)?.value;
  return value?.stringValue ?? value?.intValue;
};

beforeAll(ready);

function expectRight(trace: Trace): number {
  const { text, events } = exported(otlp, trace);
  const requests = requestsOf(text);
  // The first and the last: what lies between is no different, and the classes are slow.
  for (const request of new Set([requests[0]!, requests.at(-1)!]))
    expect(isDeepStrictEqual(through(request), request)).toBe(true);
  const spans = spansOf(requests);
  expect(spans.length).toBe(events);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  expect(byId.size).toBe(spans.length);
  const kinds = [...trace].map(({ kind }) => kind);
  const count = (wanted: string): number => kinds.filter((kind) => kind === wanted).length;
  const consumers = spans.filter(({ kind }) => kind === 5);
  expect(consumers.length).toBe(count("receive"));
  expect(spans.filter(({ kind }) => kind === 4).length).toBe(count("send"));
  const name = "messaging.message.id";
  const lamport = (span: Span): number => Number(attributeOf(span, "orrery.lamport"));
  const unlinked = consumers.filter((consumer) => {
    const [link, ...others] = consumer.links!;
    const producer = byId.get(link!.spanId)!;
    const right =
      others.length === 0 &&
      producer.kind === 4 &&
      producer.traceId === link!.traceId &&
      attributeOf(producer, name) === attributeOf(consumer, name) &&
      lamport(producer) < lamport(consumer);
    return !right;
  });
  expect(unlinked).toEqual([]);
  const orphans = spans.filter(
    ({ traceId, parentSpanId }) =>
      parentSpanId !== undefined && byId.get(parentSpanId)!.traceId !== traceId,
  );
  expect(orphans).toEqual([]);
  return consumers.length;
}

test.each([
  ["clocks", clocksRun],
  ["a factory", factoryRun],
] as const)(
  "OpenTelemetry's classes read 100 seeds of %s, and links lead to the sends",
  (_, run) => {
    let messages = 0;
    for (const seed of SEEDS) messages += expectRight(run(seed));
    expect(messages).toBeGreaterThan(1_000);
  },
);

test("each node is one resource of a request, and a request is bounded", () => {
  const trace = factoryRun(1);
  for (const { resourceSpans } of requestsOf(exported(otlp, trace).text)) {
    const names = resourceSpans.map(({ resource }) => attributeOf(resource, "service.name"));
    expect(new Set(names).size).toBe(names.length);
    expect(spansOf([{ resourceSpans }]).length).toBeLessThanOrEqual(512);
  }
});

test("a run has the same ids again, and another seed has others", () => {
  const of = (seed: number): readonly string[] =>
    spansOf(requestsOf(exported(otlp, clocksRun(seed)).text)).map(({ spanId }) => spanId);
  expect(of(1)).toEqual(of(1));
  expect(of(3).filter((id) => of(1).includes(id))).toEqual([]);
});

test("of a window a receive whose send is not in it is no link", () => {
  const { text } = exported(otlp, clocksRun(1), { ...WHOLE, processes: new Set([0]) });
  const spans = spansOf(requestsOf(text));
  expect(spans.some(({ kind }) => kind === 5)).toBe(true);
  expect(spans.flatMap(({ links = [] }) => links)).toEqual([]);
});

describe("what is no request is refused", () => {
  const [request] = requestsOf(exported(otlp, clocksRun(1)).text);
  const broken = (change: (span: Span) => object): unknown =>
    JSON.parse(JSON.stringify(request), (key, value: unknown) =>
      key === "spans" ? (value as Span[]).map(change) : value,
    );
  test.each([
    ["an enum by a name it does not have", (span: Span) => ({ ...span, kind: "PRODUCER" })],
    ["a field that there is not", (span: Span) => ({ ...span, lamport: 1 })],
    ["keys in snake_case", ({ spanId, ...span }: Span) => ({ ...span, span_id: spanId })],
    ["a time that is none", (span: Span) => ({ ...span, startTimeUnixNano: "1.5e9" })],
    ["attributes as an object", (span: Span) => ({ ...span, attributes: { a: 1 } })],
  ])("%s", (_, change) => {
    const wrong = broken(change);
    const passes = (): boolean => {
      try {
        return isDeepStrictEqual(through(wrong), wrong);
      } catch {
        return false;
      }
    };
    expect(passes()).toBe(false);
  });
});

describe("spans are posted", () => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-"));
  let answers: ((response: ServerResponse) => void)[] = [];
  let bodies: Request[] = [];
  let last: IncomingMessage;
  const server = createServer((request, response) => {
    last = request;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const answer = answers.shift();
      if (answer !== undefined) answer(response);
      else {
        bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Request);
        response.end("{}");
      }
    });
  });
  let address = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const made = orreryIn(folder, ["run", "clocks", "--for", "300s", "--out", "kept"]);
    expect(made.status).toBe(0);
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function post(...replies: ((response: ServerResponse) => void)[]) {
    answers = replies;
    bodies = [];
    const line = blockNamed("docs/guides/exports.md", "post").replace(/http:\S+/, address);
    const { ended, stderr } = launchOrrery(folder, ours(line)!);
    return { code: await ended, stderr: stderr() };
  }
  const status = (code: number) => (response: ServerResponse) => {
    response.writeHead(code, { "retry-after": "0" }).end("not now");
  };

  test("in requests that are taken, each once", async () => {
    const { code, stderr } = await post();
    expect(code).toBe(0);
    expect([last.method, last.url, last.headers["content-type"]]).toEqual([
      "POST",
      "/v1/traces",
      "application/json",
    ]);
    for (const body of bodies) expect(through(body)).toEqual(body);
    const count = /^([\d,]+) events as otlp/.exec(stderr)![1]!.replace(",", "");
    expect(spansOf(bodies).length).toBe(Number(count));
    expect(bodies.length).toBe(Math.ceil(Number(count) / 512));
    expect(stderr).toContain(`in ${bodies.length} requests`);
    orreryIn(folder, ["export", "kept", "--to", "otlp", "--out", "kept.jsonl"]);
    expect(requestsOf(readFileSync(join(folder, "kept.jsonl"), "utf8"))).toEqual(bodies);
  });

  test("again, where the protocol allows it", async () => {
    const { code } = await post(status(503), status(429));
    expect(code).toBe(0);
    expect(new Set(spansOf(bodies).map(({ spanId }) => spanId)).size).toBe(spansOf(bodies).length);
  });

  test("not again and not for ever otherwise", async () => {
    const refused = await post(status(400));
    expect([refused.code, answers.length, bodies.length]).toEqual([69, 0, 0]);
    expect(refused.stderr).toContain("net/refused");
    expect(refused.stderr).toContain("answered 400: not now");
    const busy = await post(...Array.from({ length: 9 }, () => status(503)));
    expect([busy.code, answers.length]).toEqual([69, 3]);
    expect(busy.stderr).toContain("answered 503 after 6 attempts");
  });

  test("and what was taken in part is said, and not sent again", async () => {
    const partial = { partialSuccess: { rejectedSpans: "7", errorMessage: "too old" } };
    const { code, stderr } = await post((response) => response.end(JSON.stringify(partial)));
    expect(code).toBe(69);
    expect(stderr).toContain("7 spans were rejected there\ntoo old");
  });

  test("to nobody: that is said", () => {
    const to = ["--post", "http://127.0.0.1:9"];
    const { status: code, stderr } = orreryIn(folder, ["export", "kept", "--to", "otlp", ...to]);
    expect([code, stderr.includes("net/unreachable")]).toEqual([69, true]);
    const csv = orreryIn(folder, ["export", "kept", "--to", "csv", ...to]);
    expect([csv.status, csv.stderr.includes("say --to otlp")]).toEqual([64, true]);
    const odd = orreryIn(folder, ["export", "kept", "--to", "otlp", "--post", "file:///x"]);
    expect([odd.status, odd.stderr.includes("is not an address")]).toEqual([64, true]);
    expect(existsSync(join(folder, "spans.jsonl"))).toBe(false);
  });
});
