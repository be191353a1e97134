import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterEach, expect, test } from "vitest";
import { parseFault } from "../../core/fault-notation.ts";
import type { Json } from "../../core/json.ts";
import { newRun } from "../../core/new-run.ts";
import { clocks } from "../../systems/clocks/clocks.ts";
import { Link } from "./link.ts";
import type { Parts } from "./parts.ts";
import { RunHost } from "./run-host.ts";
import type { FromHost, FromLink, PartOrder, ToHost } from "./words.ts";

/** A part that says what it is told, asks to be bound if told of a fault, and ends when told to stop. */
const PART = `process.on("message", (message) => {
  const line = message.kind === "order" ? "boot " + message.order.boot : message.kind;
  process.send({ kind: "says", line });
  if (message.kind === "fault") process.send({ kind: "binding" });
  if (message.kind === "stop") process.exit(0);
});`;

const FAULT = parseFault("crash machine_1 1s..2s");
const clean: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of clean.splice(0).reverse()) await each();
});

type Answer = Awaited<ReturnType<Parts["claim"]>>;

/** A run at a worker; `heard` is what its supervisor hears, and claims wait until the test answers them. */
function newRunHost(more: { readonly unfit?: string; readonly file?: boolean } = {}) {
  const home = mkdtempSync(join(tmpdir(), "orrery-run-host-"));
  clean.push(() => rmSync(home, { recursive: true, force: true }));
  const entry = join(home, "part.mjs");
  writeFileSync(entry, PART);
  const folder = join(home, "run");
  if (more.file) writeFileSync(folder, "");
  const heard: FromHost[] = [];
  const released: number[] = [];
  const asked: { what: string; boot: number; answer: (answer?: Answer) => void }[] = [];
  const ask = (what: string) => (_run: string, _index: number, boot: number) =>
    new Promise<Answer>((answer) => void asked.push({ what, boot, answer }));
  const parts: Pick<Parts, "claim" | "bind" | "release"> = {
    claim: ask("claim"),
    bind: ask("bind"),
    release: async (_run, _index, boot) => void released.push(boot),
  };
  const connection = {
    isClosed: () => false,
    publish: (_subject: string, text: string) => {
      const said = JSON.parse(text) as FromLink;
      if (said.frame !== undefined) supervisor.take(said.frame);
      if (said.ask !== undefined) host.take({ run: "r", start: "1", echo: said.ask });
    },
  } as unknown as NatsConnection;
  const host: RunHost = new RunHost({
    run: "r",
    folder,
    worker: "a",
    start: "1",
    connection,
    reach: { servers: ["h:1"] },
    entry: pathToFileURL(entry),
    parts: parts as Parts,
    unfit: () => more.unfit,
    log: () => {},
    over: () => {},
  });
  const supervisor = new Link(
    (frame) => host.take({ run: "r", start: "1", frame }),
    (word) => void heard.push(word as unknown as FromHost),
  );
  clean.push(async () => {
    await host.leave();
    supervisor.close();
  });
  const say = (word: ToHost) => supervisor.say(word as unknown as Json);
  const start = (boot: number) => say({ do: "start", order: { ...ORDER, boot } });
  const wait = (what: string, holds: () => boolean) =>
    expect.poll(holds, { message: what, timeout: 20_000, interval: 10 }).toBe(true);
  const said = (kind: FromHost["said"]) => heard.filter((word) => word.said === kind);
  const lines = () =>
    heard.flatMap((word) =>
      word.said === "heard" && "line" in word.message ? word.message.line : [],
    );
  const live = async (): Promise<void> => {
    start(1);
    await wait("it is claimed", () => asked.length === 1);
    asked[0]!.answer();
    await wait("it is there", () => said("started").length > 0);
  };
  return { host, folder, asked, released, heard, say, start, live, wait, said, lines };
}

const ORDER: PartOrder = {
  system: "clocks",
  source: null,
  run: newRun(clocks, {}),
  workers: [[0, 1, 2]],
  index: 0,
  boot: 1,
  cluster: "r",
  secret: "s",
};

test("of two starts that come at once only the later is there", async () => {
  const { start, asked, wait, said, lines, host } = newRunHost();
  start(1);
  start(2);
  await wait("both are claimed", () => asked.length === 2);
  for (const each of asked) each.answer();
  await wait("a part is there", () => lines().length > 0);
  expect(lines()).toEqual(["boot 2"]);
  expect(said("started")).toMatchObject([{ boot: 2 }]);
  expect(host.parts).toBe(1);
});

for (const word of [
  { do: "signal", index: 0, signal: "SIGKILL" },
  { do: "tell", index: 0, message: { kind: "stop" } },
] as const satisfies readonly ToHost[]) {
  test(`what is about to start can be called off: ${word.do}`, async () => {
    const { say, start, asked, wait, said, host } = newRunHost();
    start(1);
    await wait("it is claimed", () => asked.length === 1);
    say(word);
    await wait("it has ended", () => said("exited").length > 0);
    expect(said("exited")).toEqual([{ said: "exited", index: 0, boot: 1, words: "" }]);
    asked[0]!.answer();
    start(2);
    await wait("a later start is claimed", () => asked.length === 2);
    asked[1]!.answer();
    await wait("it is there", () => said("started").length > 0);
    expect(said("started")).toMatchObject([{ boot: 2 }]);
    expect(host.parts).toBe(1);
  });
}

test("what is told while a part is about to start is told to it", async () => {
  const { say, start, asked, wait, lines } = newRunHost();
  start(1);
  say({ do: "tell", index: 0, message: { kind: "fault", fault: FAULT } });
  await wait("it is claimed", () => asked.length === 1);
  await new Promise(setImmediate);
  asked[0]!.answer();
  await wait("it was told", () => lines().length > 1);
  expect(lines()).toEqual(["boot 1", "fault"]);
});

test("a worker that ends lets go of what it was about to start", async () => {
  const { start, asked, wait, said, host, released } = newRunHost();
  start(3);
  await wait("it is claimed", () => asked.length === 1);
  const left = host.leave();
  asked[0]!.answer();
  await left;
  expect(said("refused")).toMatchObject([{ boot: 3, reason: "the worker ends" }]);
  expect(released).toEqual([3]);
  expect(said("started")).toEqual([]);
});

test("who asks a run to leave that is leaving waits until it has left", async () => {
  const { live, host } = newRunHost();
  await live();
  void host.leave();
  await host.leave();
  expect(host.parts).toBe(0);
});

test("a part that may bind itself only when its run is forgotten leaves nothing", async () => {
  const { say, live, asked, wait, host, folder } = newRunHost();
  await live();
  say({ do: "tell", index: 0, message: { kind: "fault", fault: FAULT } });
  await wait("it asks", () => asked.length === 2);
  await host.leave();
  rmSync(folder, { recursive: true });
  asked[1]!.answer();
  // What it would do follows at once; that it fails would fail this test.
  await new Promise(setImmediate);
  expect(existsSync(folder)).toBe(false);
});

test("a part of which it cannot be written down that it is bound ends, and its worker goes on", async () => {
  const { say, live, asked, wait, said, folder } = newRunHost();
  await live();
  say({ do: "tell", index: 0, message: { kind: "fault", fault: FAULT } });
  await wait("it asks", () => asked.length === 2);
  rmSync(folder, { recursive: true });
  asked[1]!.answer();
  await wait("it has ended", () => said("exited").length > 0);
  expect(said("bound")).toEqual([]);
});

test("where its stores are is said to who would start it elsewhere", async () => {
  const { start, asked, wait, said } = newRunHost();
  start(1);
  await wait("it is claimed", () => asked.length === 1);
  asked[0]!.answer({ reason: "its stores are on b", on: "b" });
  await wait("it is refused", () => said("refused").length > 0);
  expect(said("refused")).toMatchObject([{ boot: 1, reason: "its stores are on b", on: "b" }]);
});

test("a part whose system is missing, or whose folder cannot be made, is not left unsaid", async () => {
  const missing = newRunHost({ unfit: "there is no x here" });
  missing.start(1);
  await missing.wait("it is said", () => missing.heard.length > 0);
  const message = { kind: "failed", code: "nats/workers", message: "worker a: there is no x here" };
  expect(missing.heard).toEqual([{ said: "heard", index: 0, message }]);
  const full = newRunHost({ file: true });
  full.start(1);
  await full.wait("it is refused", () => full.said("refused").length > 0);
  expect(full.said("refused")[0]).toMatchObject({ reason: expect.stringContaining("EEXIST") });
});
