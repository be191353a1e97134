// Orrery on the workload of bench/peers: node bench/scale.mjs N T SEED [--trace]
// N machines of the `clocks` system for T model seconds, through the public API; prints the one JSON line
// that the peers print. With --trace every event is recorded and counted, batch by batch.
import { clocks, micros, newRun, seconds, sim, TraceWriter } from "../dist/index.js";
import { Meter } from "./peers/scale.mjs";

const [n, T, seed] = process.argv.slice(2, 5).map(Number);
const traced = process.argv.includes("--trace");

const run = newRun(clocks, { params: { machines: n }, seed, duration: seconds(T) });
const meter = new Meter();
meter.start();
let rows = 0;
const recorder = traced
  ? new TraceWriter((batch) => {
      rows += batch.count;
    })
  : null;
const running = sim.start(clocks, run, recorder);
// The processes start at instant 0; the peers' machines stand, their first ticks queued, at this point too.
running.to(micros(0));
meter.loop();
running.to(run.duration);
running.stop();
let sumL = 0;
let queued = 0;
for (let process = 0; process < n; process++) {
  const { lamport, waiting } = running.peek(process);
  sumL += lamport;
  queued += waiting;
}
const { steps, deliveries } = running.counts;
// Every step but the starts is a tick's: all machines are paced, and never pause.
const ticks = steps - n;
if (traced && rows < ticks) throw new Error(`${rows} rows for ${ticks} ticks`);
meter.report(traced ? "orrery+trace" : "orrery", n, T, ticks, deliveries, sumL, queued);
