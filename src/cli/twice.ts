import { setImmediate } from "node:timers/promises";
import { ROW_WORDS, type TraceBatch } from "../core/batch.ts";
import { EXIT } from "../core/errors.ts";
import { canonical } from "../core/json.ts";
import { micros } from "../core/micros.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import { sim } from "../runtimes/sim/simulation.ts";
import { Keeper, Trace } from "../trace/trace.ts";
import { TraceWriter } from "../trace/writer.ts";
import { eventText, say, sayJson } from "./print.ts";
import { type RunOptions, requestedRun } from "./request.ts";
import { findSystem } from "./systems.ts";

/** The first event at which two runs differ; undefined on the side that had ended. */
export type Difference = {
  readonly sequence: number;
  readonly one: TraceEvent | undefined;
  readonly other: TraceEvent | undefined;
  /** The last events before it, which are the same in both. */
  readonly before: readonly TraceEvent[];
};

const CONTEXT_EVENTS = 3;
/** The two runs go on side by side in this many slices, so that neither trace is kept whole. */
const SLICES = 100;

/** `orrery twice`: the same seed twice. Identical, or the first event that differs. */
export async function twice(
  name: string,
  options: RunOptions & { readonly json?: boolean },
): Promise<number> {
  const system = await findSystem(name);
  const request = requestedRun(system, options);
  const { first, events, names } = await compare(system, request);
  if (options.json === true) {
    sayJson({ identical: first === undefined, events, ...(first === undefined ? {} : { first }) });
  } else if (first === undefined) {
    say(`identical: ${events} events of seed ${request.seed}, twice the same bytes`);
  } else {
    say(`different from event #${first.sequence} on:`);
    for (const event of first.before) say(`    both  ${eventText(event, names)}`);
    for (const [side, event] of [
      ["once", first.one],
      ["again", first.other],
    ] as const) {
      say(`  ${side.padStart(6)}  ${event === undefined ? "ended" : eventText(event, names)}`);
    }
    say("A process that reads the real clock or Math.random, or changes a message, does this.");
  }
  return first === undefined ? EXIT.held : EXIT.failed;
}

async function compare(system: AnySystem, request: Run) {
  const sides = [0, 1].map(() => {
    const keeper = new Keeper();
    const writer = new TraceWriter((batch) => keeper.see(batch));
    return { keeper, seen: 0, running: sim.start(system, request, writer) };
  }) as [Side, Side];
  const [one, other] = sides;
  let events = 0;
  for (let slice = 1; slice <= SLICES; slice++) {
    const until = micros((request.duration * slice) / SLICES);
    for (const side of sides) {
      side.running.to(until);
      if (slice === SLICES) side.running.stop();
    }
    const kept = [one.keeper.end(), other.keeper.end()] as const;
    const last = slice === SLICES;
    const both = last
      ? Math.max(kept[0].length, kept[1].length)
      : Math.min(kept[0].length, kept[1].length);
    for (; one.seen < both; one.seen++) {
      const [a, b] = [kept[0][one.seen], kept[1][one.seen]];
      if (a === undefined || b === undefined || !same(a, b)) {
        const traces = kept.map((batches) => new Trace(request, one.running.names, batches));
        return { first: difference(traces[0]!, traces[1]!), events, names: one.running.names };
      }
      events += a.count;
    }
    await setImmediate();
  }
  return { first: undefined, events, names: one.running.names };
}

type Side = {
  readonly keeper: Keeper;
  seen: number;
  readonly running: ReturnType<typeof sim.start>;
};

function same(a: TraceBatch, b: TraceBatch): boolean {
  if (a.count !== b.count || a.first !== b.first || a.base !== b.base) return false;
  for (let word = 0; word < a.count * ROW_WORDS; word++) {
    if (a.words[word] !== b.words[word]) return false;
  }
  return canonical([a.detailRows, a.details]) === canonical([b.detailRows, b.details]);
}

function difference(one: Trace, other: Trace): Difference {
  const length = Math.min(one.length, other.length);
  let sequence = 0;
  while (sequence < length && equal(one.event(sequence), other.event(sequence))) sequence++;
  const from = Math.max(0, sequence - CONTEXT_EVENTS);
  return {
    sequence,
    one: sequence < one.length ? one.event(sequence) : undefined,
    other: sequence < other.length ? other.event(sequence) : undefined,
    before: Array.from({ length: sequence - from }, (_, index) => one.event(from + index)),
  };
}

const equal = (a: TraceEvent, b: TraceEvent): boolean => canonical(a) === canonical(b);
