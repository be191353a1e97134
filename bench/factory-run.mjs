// One measurement of bench/factory.mjs, in an OS process of its own, so that its heap and its profile are
// its own. Prints JSON. Usage: node bench/factory-run.mjs size STAGES HOURS | year HOURS (with --expose-gc)
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFactory } from "../dist/cli/factory-file.js";
import { micros, ms } from "../dist/core/micros.js";
import { newRun } from "../dist/core/new-run.js";
import { DiskStore } from "../dist/runtimes/real/disk-store.js";
import { sim } from "../dist/runtimes/sim/simulation.js";
import { factory } from "../dist/systems/factory/factory.js";
import { TraceWriter } from "../dist/trace/writer.js";
import { layered } from "./layered.mjs";

const HOUR = 3_600e6;
const links = { delay: { kind: "uniform", min: ms(1), max: ms(10) } };

/** Lots that were received, and how many entries went into history, by the stores' commits. */
function counter() {
  const counts = { received: 0, made: 0, commits: 0, logBytes: 0 };
  const commit = (_process, changes) => {
    counts.commits++;
    for (const { kind, log, value } of changes) {
      if (kind !== "append") continue;
      counts.logBytes += JSON.stringify(value).length + log.length;
      if (log === "received") counts.received++;
      if (log === "jobs" && value.lot !== null) counts.made++;
    }
  };
  return { counts, commit, opened() {} };
}

/** Seconds since, on the wall and of this process's threads: others may use the machine, too. */
function stopwatch() {
  const [began, cpuBefore] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    return { seconds: (performance.now() - began) / 1e3, cpu: (user + system) / 1e6 };
  };
}

/** When all layers work, so much of it is measured, every event recorded. */
function size(stages, hours) {
  const WARM_UP = 0.12;
  const began = performance.now();
  const duration = micros((WARM_UP + hours) * HOUR);
  const run = newRun(factory, { params: layered(stages), duration, links });
  let events = 0;
  const recorder = new TraceWriter((batch) => {
    events += batch.count;
  });
  const running = sim.start(factory, run, recorder);
  running.store.keepsLogs = false;
  running.to(micros(0));
  const startUp = performance.now() - began;
  running.to(micros(WARM_UP * HOUR));
  const watcher = counter();
  running.store.watch(watcher);
  const { received, commits } = watcher.counts;
  const [eventsBefore, stepsBefore] = [events, running.counts.steps];
  const spent = stopwatch();
  running.to(duration);
  const { seconds, cpu } = spent();
  running.stop();
  return {
    stages: running.names.length,
    startUp: startUp / 1e3,
    seconds,
    cpu,
    handOffs: watcher.counts.received - received,
    commits: watcher.counts.commits - commits,
    steps: running.counts.steps - stepsBefore,
    events: events - eventsBefore,
  };
}

const bytesOf = (map) =>
  [...map].reduce((sum, [key, value]) => sum + key.length + JSON.stringify(value).length, 0);

function heap() {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** This one's history is kept on disk as it is made, as on `tcp`. */
const KEPT = "bench-1";

/** A year of the bicycle works, nothing recorded, history counted and forgotten. */
function year(hours) {
  const file = join(import.meta.dirname, "../experiments/factory/bicycle.yaml");
  const run = newRun(factory, { params: readFactory(file), duration: micros(hours * HOUR), links });
  const running = sim.start(factory, run, null);
  const { store, names } = running;
  store.keepsLogs = false;
  const folder = mkdtempSync(join(tmpdir(), "orrery-year-"));
  const disk = new DiskStore(folder, [KEPT]);
  disk.open(0);
  const kept = names.indexOf(KEPT);
  const watcher = counter();
  const commit = (process, changes) => {
    watcher.commit(process, changes);
    if (process !== kept) return;
    const history = changes.filter(({ kind }) => kind === "append");
    if (history.length > 0) disk.apply(0, history);
    if (watcher.counts.commits % 1_000 === 0) disk.commit();
  };
  store.watch({ opened() {}, commit });
  const keyed = () => names.reduce((sum, _, process) => sum + bytesOf(store.load(process)), 0);
  const spent = stopwatch();
  running.to(micros(24 * HOUR));
  const atStart = { heap: heap(), keyed: keyed() };
  running.to(run.duration);
  const { seconds, cpu } = spent();
  const atEnd = { heap: heap(), keyed: keyed() };
  disk.apply(
    0,
    [...store.load(kept)].map(([key, value]) => ({ kind: "put", key, value })),
  );
  disk.commit();
  disk.close(0);
  const startUp = startFrom(folder, factory.processes(run.params)[kept].process, kept);
  const bytes = statSync(join(folder, `${KEPT}.db`)).size;
  rmSync(folder, { recursive: true });
  const { steps, deliveries } = running.counts;
  return { seconds, cpu, steps, deliveries, ...watcher.counts, atStart, atEnd, startUp, bytes };
}

/** Opens a store, loads it, and takes the first step of who owns it: how long that takes, ms. */
function startFrom(folder, process, self) {
  const began = performance.now();
  const disk = new DiskStore(folder, [KEPT]);
  disk.open(0);
  const stored = disk.load(0);
  const opened = performance.now();
  const nothing = () => {};
  process.start(stored, {
    ...{ self, incarnation: 2, storeId: disk.idOf(0), now: 0, random: () => 0.5 },
    ...{ send: nothing, setTimer: nothing, cancelTimer: nothing, note: nothing },
    ...{ put: nothing, remove: nothing, append: nothing },
  });
  const started = performance.now();
  disk.close(0);
  return { open: opened - began, step: started - opened, keys: stored.size };
}

const [what, ...numbers] = process.argv.slice(2);
console.log(JSON.stringify({ size, year }[what](...numbers.map(Number))));
