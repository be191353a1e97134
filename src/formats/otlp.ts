// OpenTelemetry spans (OTLP/JSON): one line a request, as the collector's file receiver reads them, and as they are
// posted. A receive is linked to its send: links carry the order, and a step's events are children of its first.
import type { TraceBatch } from "../core/batch.ts";
import { pushIn } from "../core/counting.ts";
import type { Json } from "../core/json.ts";
import { EVENT_KINDS, KIND, OWN } from "../core/trace-event.ts";
import type { TraceHeader } from "../trace/file.ts";
import { Flight } from "../trace/flight.ts";
import { type Format, isChosen } from "./format.ts";
import { calledOf, nanosText, STEPS } from "./words.ts";

/** Spans of a request: some 300 kB. */
const SPANS = 512;

const SPAN_KIND = { internal: 1, producer: 4, consumer: 5 };
const STATUS_ERROR = 2;
/** What comes from outside, and is part of no step. */
const OUTSIDE = new Set([KIND.crash, KIND.recover, KIND.pause, KIND.resume, KIND.drop, KIND.fault]);
const FAILURES = new Set([KIND.crash, KIND.drop]);

/** A span by the event it is of, in the trace that began at another event. */
type Place = { readonly root: number; readonly event: number };

export const otlp: Format = {
  says: "OpenTelemetry spans as JSON lines; the Collector, Jaeger and Tempo take them (--post URL)",
  extension: "jsonl",
  begin(header, choice, write) {
    const writer = new SpanWriter(header, write);
    return {
      see(batch) {
        batch.each((row, detail) => writer.see(batch, row, detail, isChosen(choice, batch, row)));
      },
      end: () => ({ events: writer.end(), notes: [] }),
    };
  },
};

class SpanWriter {
  readonly #header: TraceHeader;
  readonly #write: (text: string) => void;
  readonly #ids: Ids;
  /** By process, the spans of the request that is being filled. */
  #spans = new Map<number, string[]>();
  #count = 0;
  #events = 0;
  /** Each process's present step, and when it is. */
  readonly #steps: (Place & { readonly at: number })[] = [];
  readonly #flight = new Flight<Place>();

  constructor(header: TraceHeader, write: (text: string) => void) {
    this.#header = header;
    this.#write = write;
    this.#ids = new Ids(JSON.stringify(header.run));
  }

  see(batch: TraceBatch, row: number, detail: Json | undefined, chosen: boolean): void {
    const kind = batch.kind(row);
    const lands = kind === KIND.receive || kind === KIND.drop;
    const sent = lands ? this.#flight.land(batch, row) : undefined;
    const process = batch.process(row);
    if (!chosen) return;
    // Further copies are messages of the same span.
    const send = this.#flight.sendOf(batch, row);
    if (send !== undefined) this.#flight.leave(batch, row, send);
    const isOwn = OWN[kind] === true;
    if (!isOwn && !OUTSIDE.has(kind)) return;
    const event = batch.first + row;
    const time = batch.time(row);
    const step = this.#steps[process];
    const within = isOwn && !STEPS.has(kind) && step?.at === time ? step : undefined;
    const parent = within ?? sent;
    const place = { root: parent?.root ?? event, event };
    if (isOwn && within === undefined) this.#steps[process] = { ...place, at: time };
    if (kind === KIND.send) this.#flight.leave(batch, row, place);
    this.#add(process, this.#spanOf(batch, row, detail, { place, parent, sent }));
  }

  /** How many events were written. */
  end(): number {
    this.#flush();
    return this.#events;
  }

  #spanOf(
    batch: TraceBatch,
    row: number,
    detail: Json | undefined,
    { place, parent, sent }: { place: Place; parent: Place | undefined; sent: Place | undefined },
  ): string {
    const kind = batch.kind(row);
    const nanos = nanosText(batch.time(row));
    const called = calledOf(kind, detail);
    const name = `${EVENT_KINDS[kind]!.name} ${called}`.trim();
    return JSON.stringify({
      ...this.#ids.of(place),
      ...(parent === undefined ? {} : { parentSpanId: this.#ids.of(parent).spanId }),
      name,
      kind:
        kind === KIND.send
          ? SPAN_KIND.producer
          : kind === KIND.receive
            ? SPAN_KIND.consumer
            : SPAN_KIND.internal,
      startTimeUnixNano: nanos,
      endTimeUnixNano: nanos,
      attributes: attributesOf(batch, row, detail, this.#header.names),
      ...(sent === undefined ? {} : { links: [this.#ids.of(sent)] }),
      ...(FAILURES.has(kind) ? { status: { code: STATUS_ERROR, message: called } } : {}),
    });
  }

  #add(process: number, span: string): void {
    pushIn(this.#spans, process, span);
    this.#events++;
    if (++this.#count === SPANS) this.#flush();
  }

  #flush(): void {
    if (this.#count === 0) return;
    const { names, run, runtime } = this.#header;
    const resources = [...this.#spans].map(([process, spans]) => {
      const attributes = attributeList({
        "service.name": names[process]!,
        "service.namespace": run.system,
        "orrery.runtime": runtime,
        "orrery.seed": run.seed,
      });
      const resource = JSON.stringify({ attributes });
      return `{"resource":${resource},"scopeSpans":[{"scope":{"name":"orrery"},"spans":[${spans.join(",")}]}]}`;
    });
    this.#write(`{"resourceSpans":[${resources.join(",")}]}\n`);
    this.#spans = new Map();
    this.#count = 0;
  }
}

function attributesOf(
  batch: TraceBatch,
  row: number,
  detail: Json | undefined,
  names: readonly string[],
): Json {
  const kind = batch.kind(row);
  const peer = names[batch.peer(row)];
  const isMessage = peer !== undefined;
  const id = `${names[batch.sender(row)]}/${batch.senderIncarnation(row)}/${batch.message(row)}`;
  return attributeList({
    "orrery.event": batch.first + row,
    "orrery.lamport": batch.lamport(row),
    "orrery.incarnation": batch.incarnation(row),
    "orrery.inbox": batch.inbox(row),
    ...(isMessage ? { "orrery.peer": peer, "messaging.message.id": id } : {}),
    ...(isMessage ? { "messaging.system": "orrery" } : {}),
    ...(kind === KIND.send ? { "messaging.operation.type": "send" } : {}),
    ...(kind === KIND.receive ? { "messaging.operation.type": "process" } : {}),
    ...(detail === undefined ? {} : { "orrery.detail": JSON.stringify(detail) }),
  });
}

/** Integers are strings in this JSON: there are 64 bits of them. */
const attributeList = (values: { readonly [key: string]: string | number }): Json =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  }));

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");

/**
 * Ids that a run always has again. Within a run they differ, as its events' numbers are permuted, not hashed; between
 * runs half of each id is a hash of all that makes the run.
 */
class Ids {
  readonly #run: readonly number[];

  constructor(run: string) {
    this.#run = [hashOf(run, 1), hashOf(run, 2), hashOf(run, 3)];
  }

  of({ root, event }: Place): { readonly traceId: string; readonly spanId: string } {
    const [first, second, third] = this.#run;
    const rootWord = permuted(root ^ third!);
    return {
      traceId: `${hex(first!)}${hex(second!)}${hex(permuted(rootWord ^ first!))}${hex(rootWord)}`,
      // An id of zeros alone is none.
      spanId: `${hex(second! | 1)}${hex(permuted(event ^ third!))}`,
    };
  }
}

/** A permutation of 32-bit words that leaves no pattern (the finalizer of MurmurHash3). */
function permuted(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** FNV-1a, mixed. */
function hashOf(text: string, salt: number): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return permuted(hash);
}
