// A simulated trace is taken apart into what each process would have recorded, and put together again.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verify } from "../checks/checks.ts";
import { NONE } from "../core/batch.ts";
import { micros, seconds } from "../core/micros.ts";
import type { Fault } from "../core/run.ts";
import { KIND } from "../core/trace-event.ts";
import { simulate } from "../runtimes/sim/simulate.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { HappensBefore } from "./happens-before.ts";
import { INFERRED, Merger, type RecordSource } from "./merge.ts";
import type { RecordedRow } from "./record.ts";
import { linesOf, readLine } from "./record.ts";
import { Keeper, Trace } from "./trace.ts";
import { TraceWriter } from "./writer.ts";

class Rows implements RecordSource {
  readonly rows: RecordedRow[] = [];
  readonly #process: number;
  #at = 0;

  constructor(process: number) {
    this.#process = process;
  }

  get head(): RecordedRow | undefined {
    return this.rows[this.#at];
  }

  owns(process: number): boolean {
    return process === this.#process;
  }

  next(): void {
    this.#at++;
  }
}

/** What each process would have recorded; `skew` is what its clock is off, µs. */
function apart(trace: Trace, skew: readonly number[]): Rows[] {
  const sources = trace.names.map((_, process) => new Rows(process));
  for (const batch of trace.batches) {
    for (const text of linesOf(batch).trim().split("\n")) {
      const line = readLine(text);
      if (line.kind !== "row") throw new Error("a row was expected");
      const { row } = line;
      // What a link loses is recorded by the sender, who knows nothing of the receiver.
      const far = row.kind === KIND.drop && row.detail === "lost";
      const at = far ? row.peer : row.process;
      const known = far ? { ...row, lamport: 0, inbox: 0 } : row;
      sources[at]!.rows.push({ ...known, time: row.time + skew[at]! });
    }
  }
  return sources;
}

function together(trace: Trace, sources: readonly RecordSource[]): readonly [Trace, number] {
  const keeper = new Keeper();
  const writer = new TraceWriter((batch) => keeper.see(batch));
  const merger = new Merger(sources, trace.names.length, writer);
  while (merger.advance(100));
  writer.close();
  return [new Trace(trace.run, trace.names, keeper.end()), merger.inferred];
}

const crash: Fault = { kind: "crash", process: "machine_2", at: seconds(3), until: seconds(5) };
const settings = (seed: number) => ({
  seed,
  // Nor at the end.
  duration: seconds(9.87),
  // No two tick at one instant: which of them comes first is not recorded.
  params: { rates: [9.1, 5.3, 2.7] },
  links: { loss: 0.1, duplicate: 0.1 },
  faults: [crash],
});

test("records of clocks that agree give the trace again, row by row", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const trace = simulate(clocks, settings(seed));
      const [merged, inferred] = together(trace, apart(trace, [0, 0, 0]));
      const plain = (each: Trace): unknown[] =>
        [...each].map(({ sequence: _sequence, ...event }) => JSON.stringify(event)).sort();
      expect(plain(merged)).toEqual(plain(trace));
      expect(inferred).toBe(0);
    }),
    { numRuns: 30 },
  );
});

test("records of skewed clocks keep happens-before, and times never fall", () => {
  const off = fc.integer({ min: 0, max: 2_000_000 });
  fc.assert(
    fc.property(fc.nat(), fc.tuple(off, off, off), (seed, skew) => {
      const trace = simulate(clocks, settings(seed));
      const [merged, inferred] = together(trace, apart(trace, skew));
      expect(inferred).toBe(0);
      expect(merged.length).toBe(trace.length);
      let time = 0;
      for (const event of merged) {
        expect(event.timeMicros).toBeGreaterThanOrEqual(time);
        time = event.timeMicros;
      }
      // It throws if a receive comes before its send.
      expect(new HappensBefore(merged).clock(merged.length - 1)).toBeDefined();
      for (const { check, result } of verify(merged)) {
        // Duplicates are told from their copies by time alone, which skewed clocks do not keep.
        if (check !== "received-once") expect([check, result]).toEqual([check, "holds"]);
      }
    }),
    { numRuns: 50 },
  );
});

describe("a lost record", () => {
  const trace = simulate(clocks, { ...settings(4), faults: [] });
  const [merged, inferred] = together(trace, apart(trace, [0, 0, 0]).slice(1));

  test("is made up for by one inferred send a message that was heard", () => {
    const heard = new Set(
      [...trace]
        .filter(({ peer, kind }) => peer === 0 && (kind === "arrive" || kind === "receive"))
        .map(({ message, process }) => `${message?.number}/${process}`),
    );
    expect(inferred).toBeGreaterThan(0);
    expect(inferred).toBe(heard.size);
    const marked = [...merged].filter(({ detail }) => detail === INFERRED);
    expect(marked).toHaveLength(inferred);
    expect(marked.every(({ process, kind }) => process === 0 && kind === "copy")).toBe(true);
  });

  test("leaves undecided what rests on it", () => {
    for (const { check, result } of verify(merged)) {
      expect([check, result]).toEqual([check, "unknown"]);
    }
  });

  test("does not hide a failure among the events that are known", () => {
    const sources = apart(trace, [0, 0, 0]).slice(1);
    const own = sources[0]!.rows;
    const at = own.findIndex(({ kind }, index) => index > 20 && kind === KIND.internal);
    own[at] = { ...own[at]!, lamport: 1 };
    const [broken] = together(trace, sources);
    const rising = verify(broken).find(({ check }) => check === "rising-clock");
    expect(rising?.result).toBe("fails");
  });
});

test("who recovers without having been seen to crash did crash", () => {
  const source = new Rows(0);
  const row = { process: 0, inbox: 0, peer: NONE, message: NONE, sender: 0, detail: undefined };
  source.rows.push(
    { ...row, time: 0, kind: KIND.start, incarnation: 1, lamport: 0 },
    { ...row, time: 5, kind: KIND.internal, incarnation: 1, lamport: 1 },
    { ...row, time: 9, kind: KIND.recover, incarnation: 1, lamport: 0 },
    { ...row, time: 9, kind: KIND.start, incarnation: 2, lamport: 32 },
  );
  const [merged] = together(simulate(clocks, { duration: micros(10) }), [source]);
  expect([...merged].map(({ kind, lamport }) => [kind, lamport])).toEqual([
    ["start", 0],
    ["internal", 1],
    ["crash", 1],
    ["recover", 1],
    ["start", 32],
  ]);
});

test.each([
  "[1,2]",
  "[0,99,0,1,0,0,-1,-1,0]",
  '[0,0,0,1,"x",0,-1,-1,0]',
  "{}",
  '{"end":-1}',
  "7",
  "nul",
])("%s is no line of a record", (text) => {
  expect(() => readLine(text)).toThrow();
});
