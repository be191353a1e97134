// `orrery twice`: a run beside the same run.
import { setImmediate } from "node:timers/promises";
import { ROW_WORDS, type TraceBatch } from "../core/batch.ts";
import { EXIT } from "../core/errors.ts";
import { canonical } from "../core/json.ts";
import { micros } from "../core/micros.ts";
import type { Run } from "../core/run.ts";
import type { AnySystem } from "../core/system.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import { guarded } from "../runtimes/guard.ts";
import { sim } from "../runtimes/sim/simulation.ts";
import { copyOf, Trace } from "../trace/trace.ts";
import { TraceWriter } from "../trace/writer.ts";
import { findSystem } from "./find-system.ts";
import { eventText, say, sayJson } from "./print.ts";
import { type RunOptions, requestedRun } from "./request.ts";

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
  // A process that reads the real clock or dice is caught at the call, before it can differ.
  const system = guarded(await findSystem(name));
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
    say("State that outlives a run, or a message that is changed after it was sent, does this.");
  }
  return first === undefined ? EXIT.held : EXIT.failed;
}

async function compare(system: AnySystem, request: Run) {
  const [one, other] = [openSide(system, request), openSide(system, request)];
  const { names } = one.running;
  let events = 0;
  let before: TraceBatch | undefined;
  for (let slice = 1; slice <= SLICES; slice++) {
    const last = slice === SLICES;
    for (const { running } of [one, other]) {
      running.to(micros((request.duration * slice) / SLICES));
      if (last) running.stop();
    }
    const counts = [one.batches.length, other.batches.length];
    for (let left = last ? Math.max(...counts) : Math.min(...counts); left > 0; left--) {
      const [a, b] = [one.batches.shift(), other.batches.shift()];
      if (a === undefined || b === undefined || !same(a, b)) {
        const traceOf = (batch: TraceBatch | undefined): Trace =>
          new Trace(
            request,
            names,
            [before, batch].filter((each) => each !== undefined),
          );
        return { first: difference(traceOf(a), traceOf(b)), events, names };
      }
      events += a.count;
      before = a;
    }
    await setImmediate();
  }
  return { first: undefined, events, names };
}

/** One of the two runs, and its batches that are not compared yet. */
function openSide(system: AnySystem, request: Run) {
  const batches: TraceBatch[] = [];
  const writer = new TraceWriter((batch) => batches.push(copyOf(batch)));
  return { batches, running: sim.start(system, request, writer) };
}

function same(a: TraceBatch, b: TraceBatch): boolean {
  if (a.count !== b.count || a.first !== b.first || a.base !== b.base) return false;
  for (let word = 0; word < a.count * ROW_WORDS; word++) {
    if (a.words[word] !== b.words[word]) return false;
  }
  return canonical([a.detailRows, a.details]) === canonical([b.detailRows, b.details]);
}

function difference(one: Trace, other: Trace): Difference {
  const length = Math.min(one.length, other.length);
  const start = one.batches[0]?.first ?? 0;
  let sequence = start;
  while (sequence < length && equal(one.event(sequence), other.event(sequence))) sequence++;
  const from = Math.max(start, sequence - CONTEXT_EVENTS);
  return {
    sequence,
    one: sequence < one.length ? one.event(sequence) : undefined,
    other: sequence < other.length ? other.event(sequence) : undefined,
    before: Array.from({ length: sequence - from }, (_, index) => one.event(from + index)),
  };
}

const equal = (a: TraceEvent, b: TraceEvent): boolean => canonical(a) === canonical(b);
