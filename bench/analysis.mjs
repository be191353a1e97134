// How fast a trace is looked at: node bench/analysis.mjs [N T]. Events a second of user CPU for each check and measure, of a
// clocks run kept in memory. Prints a table; with --json one object.
import {
  CHECKS,
  clocks,
  HappensBefore,
  Keeper,
  Measurer,
  newRun,
  seconds,
  sim,
  Trace,
  TraceWriter,
} from "../dist/index.js";

const [n = 100, T = 4_000] = process.argv
  .slice(2)
  .filter((word) => /^\d+$/.test(word))
  .map(Number);
const PASSES = 5;

const run = newRun(clocks, { params: { machines: n }, seed: 42, duration: seconds(T) });
const keeper = new Keeper();
const running = sim.start(clocks, run, new TraceWriter((batch) => keeper.see(batch)));
running.to(run.duration);
running.stop();
const trace = new Trace(run, running.names, keeper.end());

const measuring = { names: running.names, rates: running.rates, from: 0, to: run.duration };
const observers = {
  "drift, jumps, queues": () => new Measurer(measuring),
  ...Object.fromEntries(CHECKS.map((check) => [check.name, () => check.begin(run, trace.names)])),
};

/** The best of some passes, in millions of events a second. */
function rated(pass) {
  let best = Number.POSITIVE_INFINITY;
  for (let time = 0; time < PASSES; time++) {
    const before = process.cpuUsage();
    pass();
    best = Math.min(best, process.cpuUsage(before).user);
  }
  return trace.length / best;
}

const rows = Object.entries(observers).map(([name, begin]) => [
  name,
  rated(() => trace.observe(begin())),
]);
rows.push(["happens-before (vectors)", rated(() => new HappensBefore(trace))]);

if (process.argv.includes("--json")) console.log(JSON.stringify(Object.fromEntries(rows)));
else {
  console.log(`${trace.length.toLocaleString("en")} events of ${n} machines, million events/s\n`);
  console.log("| | |\n| --- | ---: |");
  for (const [name, rate] of rows) console.log(`| ${name} | ${rate.toFixed(1)} |`);
}
