import { expect, test } from "vitest";
import { seconds } from "../core/micros.ts";
import { simulate } from "../runtimes/sim/simulate.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { HappensBefore } from "./happens-before.ts";
import { Trace } from "./trace.ts";

const trace = simulate(clocks, {
  params: { machines: 4, internal: 0.3 },
  duration: seconds(8),
  links: { loss: 0.1, duplicate: 0.2 },
  faults: [{ kind: "crash", process: "machine_2", at: seconds(3), until: seconds(4) }],
  strict: true,
});
const own = new Set(["start", "internal", "send", "receive", "timeout"]);

/** Happens-before by its definition: reachability over neighbours at a process and messages. */
function reachable(): boolean[][] {
  const events = [...trace];
  const reaches = events.map(() => new Array<boolean>(events.length).fill(false));
  const last = new Map<number, number>();
  const sends = new Map<string, number>();
  for (const [b, event] of events.entries()) {
    if (!own.has(event.kind)) continue;
    const causes: (number | undefined)[] = [last.get(event.process)];
    const id = JSON.stringify(event.message);
    if (event.kind === "send") sends.set(id, b);
    if (event.kind === "receive") causes.push(sends.get(id));
    for (const cause of causes) {
      if (cause === undefined) continue;
      for (let a = 0; a < b; a++) if (a === cause || reaches[a]![cause]) reaches[a]![b] = true;
    }
    last.set(event.process, b);
  }
  return reaches;
}

test("vector clocks say what reachability says, for every pair of events", () => {
  const order = new HappensBefore(trace);
  const reaches = reachable();
  const events = [...trace];
  let [before, concurrent] = [0, 0];
  for (const [a, one] of events.entries()) {
    for (const [b, other] of events.entries()) {
      if (!own.has(one.kind) || !own.has(other.kind)) continue;
      expect(order.before(a, b)).toBe(reaches[a]![b]);
      if (reaches[a]![b]) before++;
      if (order.concurrent(a, b)) concurrent++;
    }
  }
  expect(before).toBeGreaterThan(1_000);
  expect(concurrent).toBeGreaterThan(100);
});

test("a receive without a send is named", () => {
  const long = simulate(clocks, { duration: seconds(60) });
  const cut = new Trace(long.run, long.names, long.batches.slice(1));
  expect(cut.batches.length).toBeGreaterThan(0);
  expect(() => new HappensBefore(cut)).toThrow(
    expect.objectContaining({ code: "trace/orphan-receive" }),
  );
});
