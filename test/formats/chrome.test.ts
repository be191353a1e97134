// Chrome's JSON, read by the engine of Chrome's DevTools.
import { beforeAll, expect, test } from "vitest";
import type { TraceEvent } from "../../src/core/trace-event.ts";
import { chrome } from "../../src/formats/chrome.ts";
import { WHOLE } from "../../src/formats/format.ts";
import { ready } from "../../src/systems/factory/planning/solver.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { clocksRun, exported, factoryRun, SEEDS } from "./exported.ts";

type ChromeEvent = {
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly args?: { readonly event?: number };
};
type FlowsHandler = {
  readonly reset: () => void;
  readonly handleEvent: (event: ChromeEvent) => void;
  readonly finalize: () => Promise<void>;
  readonly data: () => { readonly flows: readonly (readonly ChromeEvent[])[] };
};

let engine: FlowsHandler;
beforeAll(async () => {
  await ready();
  // Its declarations do not hold for today's compiler.
  const path = "@paulirish/trace_engine/models/trace/handlers/FlowsHandler.js";
  engine = (await import(/* @vite-ignore */ path)) as FlowsHandler;
});

const eventsOf = (text: string): readonly ChromeEvent[] =>
  (JSON.parse(text) as { readonly traceEvents: readonly ChromeEvent[] }).traceEvents;

/** From event to event, the arrows that DevTools draws. */
async function arrows(events: readonly ChromeEvent[]): Promise<readonly string[]> {
  engine.reset();
  for (const event of [...events].sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0)))
    engine.handleEvent(event);
  await engine.finalize();
  return engine
    .data()
    .flows.filter(({ length }) => length === 2)
    .map(([from, to]) => `${from!.args!.event} ${to!.args!.event}`)
    .sort();
}

/** The messages that were received, from the send or copy that was first of those that did not land. */
function messages(events: Iterable<TraceEvent>): readonly string[] {
  const waiting = new Map<string, number[]>();
  const found: string[] = [];
  for (const { kind, process, peer, message, sequence } of events) {
    if (message === undefined) continue;
    const leaves = kind === "send" || kind === "copy";
    const id = `${JSON.stringify(message)} ${leaves ? peer : process}`;
    const copies = waiting.get(id) ?? [];
    waiting.set(id, copies);
    if (leaves) copies.push(sequence);
    const from = kind === "receive" || kind === "drop" ? copies.shift() : undefined;
    if (kind === "receive" && from !== undefined) found.push(`${from} ${sequence}`);
  }
  return found.sort();
}

/** Slices of one track lie beside each other or within each other. */
function expectNested(events: readonly ChromeEvent[]): void {
  const nanos = (micros: number): number => Math.round(1_000 * micros);
  const open = new Map<number, number[]>();
  const slices = events.filter(({ ph }) => ph === "X");
  for (const { tid, ts, dur } of slices.sort((a, b) => a.ts - b.ts || b.dur! - a.dur!)) {
    const ends = open.get(tid) ?? [];
    open.set(tid, ends);
    while ((ends.at(-1) ?? Number.POSITIVE_INFINITY) <= nanos(ts)) ends.pop();
    const end = nanos(ts) + nanos(dur!);
    if (end > (ends.at(-1) ?? end)) expect.fail(`a slice at ${ts} ends after the one around it`);
    ends.push(end);
  }
}

async function expectRight(trace: Trace): Promise<number> {
  const { text, events: count } = exported(chrome, trace);
  const events = eventsOf(text);
  const found = await arrows(events);
  expect(found).toEqual(messages(trace));
  expectNested(events);
  expect(events.filter(({ args }) => args?.event !== undefined).length).toBe(count);
  const names = events.filter(({ name }) => name === "process_name");
  expect(names.map(({ args }) => args)).toEqual(trace.names.map((name) => ({ name })));
  return found.length;
}

test.each([
  ["clocks", clocksRun, 1_000],
  ["a factory", factoryRun, 5_000],
] as const)("in 100 seeds of %s DevTools finds each message", async (_, run, least) => {
  let found = 0;
  for (const seed of SEEDS) found += await expectRight(run(seed));
  expect(found).toBeGreaterThan(least);
});

test("of a window there are the messages that were sent and received in it", async () => {
  const trace = clocksRun(1);
  const choice = { ...WHOLE, from: 1e6, to: 3e6, processes: new Set([0, 1]) };
  const inside = ({ timeMicros, process }: TraceEvent): boolean =>
    timeMicros >= 1e6 && timeMicros < 3e6 && process < 2;
  const found = await arrows(eventsOf(exported(chrome, trace, choice).text));
  expect(found).toEqual(messages([...trace].filter(inside)));
  expect(found.length).toBeGreaterThan(0);
});

test("the whole of DevTools' engine takes a run, and finds its messages", async () => {
  const path = "@paulirish/trace_engine/analyze-trace.mjs";
  const { analyzeEvents } = (await import(/* @vite-ignore */ path)) as {
    readonly analyzeEvents: (events: readonly ChromeEvent[]) => Promise<{
      readonly parsedTrace: { readonly data: { readonly Flows: { readonly flows: object[] } } };
    }>;
  };
  const trace = clocksRun(1);
  const { parsedTrace } = await analyzeEvents(eventsOf(exported(chrome, trace).text));
  expect(parsedTrace.data.Flows.flows.length).toBe(messages(trace).length);
});

test("an arrow whose end is not exactly at its slice is not found", async () => {
  const events = eventsOf(exported(chrome, clocksRun(1)).text);
  const late = events.map((event) =>
    event.ph === "f" ? { ...event, ts: event.ts + 0.001 } : event,
  );
  expect((await arrows(events)).length).toBeGreaterThan(0);
  expect(await arrows(late)).toEqual([]);
});
