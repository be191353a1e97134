// How long plants stand still when a stage dies that others can stand in for, held against the bound
// (src/systems/factory/stall.ts). Writes docs/factory-stalls.md. Usage: npm run prepare && node bench/stalls.mjs; minutes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { micros, seconds } from "../dist/core/micros.js";
import { newRun } from "../dist/core/new-run.js";
import { Streams } from "../dist/core/random.js";
import { sim } from "../dist/runtimes/sim/simulation.js";
import { factory } from "../dist/systems/factory/factory.js";
import { plantOf } from "../dist/systems/factory/plant.js";
import { replanBound, stallBound } from "../dist/systems/factory/stall.js";
import { TraceWriter } from "../dist/trace/writer.js";

const PLANTS = 20;
const DEATHS = 6;
/** Deaths come when a plant has long been in full work, and are watched so long; so long it was watched before. s */
const [FROM, WATCHED] = [300, 150];
const COMPLEXITIES = ["low", "medium", "high"];

const plantFor = (seed) => ({
  leader: { candidates: 3 },
  plant: {
    seed,
    types: 4 + (seed % 5),
    perType: 2 + (seed % 2),
    complexity: COMPLEXITIES[Math.floor(seed / 3) % 3],
  },
});

const redundant = ({ stages }) =>
  stages.filter(({ id, kind }) => stages.some((other) => other.kind === kind && other.id !== id));

/** Runs a plant in which some die at an instant; tells when lots left it, and when flows were adopted after that. µs */
function died(params, seed, victims, at, duration) {
  const faults = victims.map((process) => ({ kind: "crash", process, at }));
  const run = newRun(factory, { params, seed, duration, faults });
  const [ships, adopted] = [[], []];
  const recorder = new TraceWriter((batch) => {
    for (const [index, row] of batch.detailRows.entries()) {
      const { name, fields } = batch.details[index];
      if (name === "ships") ships.push(batch.time(row));
      else if (name === "adopts" && fields.sequence > 0 && batch.time(row) > at)
        adopted.push(batch.time(row) - at);
    }
  });
  const running = sim.start(factory, run, recorder);
  running.store.keepsLogs = false;
  running.to(duration);
  running.stop();
  return { ships, adopted };
}

/** The longest time without a lot between two instants. */
function longest(ships, from, to) {
  let [last, most] = [from, 0];
  for (const at of [...ships.filter((each) => each > from && each < to), to]) {
    most = Math.max(most, at - last);
    last = at;
  }
  return most;
}

function deaths(leaderDies) {
  const found = [];
  for (let seed = 1; seed <= PLANTS; seed++) {
    const params = plantFor(seed);
    const plant = plantOf(factory.parse(params));
    const dice = new Streams(seed, 0, 1);
    const some = redundant(plant);
    for (let death = 0; death < DEATHS; death++) {
      const { name } = some[Math.floor(dice.uniform(0) * some.length)];
      const at = seconds(FROM + 30 * dice.uniform(0));
      const end = micros(at + seconds(WATCHED));
      const victims = leaderDies ? [name, "@leader"] : [name];
      const { ships, adopted } = died(params, 100 * seed + death, victims, at, end);
      found.push({
        planned: Math.max(0, ...adopted),
        planBound: replanBound(plant, leaderDies),
        next: (ships.find((each) => each > at) ?? end) - at,
        stall: longest(ships, at, end),
        usual: longest(ships, at - seconds(WATCHED), at),
        bound: stallBound(plant, leaderDies),
      });
    }
  }
  return found;
}

const second = (of) => (of / 1e6).toFixed(1);
const rising = (values) => [...values].sort((a, b) => a - b);

/** One measure of all deaths; and its bounds, if it has any, from the least to the greatest. */
function row(name, found, measure, limit) {
  const values = rising(found.map(measure));
  const at = (share) => second(values[Math.ceil(share * values.length) - 1]);
  const bounds = limit === undefined ? [] : rising(found.map(limit));
  const range = bounds.length === 0 ? "" : `${second(bounds[0])} … ${second(bounds.at(-1))}`;
  const nearest =
    bounds.length === 0
      ? ""
      : Math.max(...found.map((each) => measure(each) / limit(each))).toFixed(2);
  return `| ${name} | ${at(0.5)} | ${at(0.95)} | ${at(1)} | ${range} | ${nearest} |`;
}

function table(found) {
  // Where nothing was planned anew, the flow did not count on who died.
  const planned = found.filter((each) => each.planned > 0);
  return [
    "| s | p50 | p95 | max | bounds | nearest to its bound |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    row(
      "until all work by a flow without it",
      planned,
      (of) => of.planned,
      (of) => of.planBound,
    ),
    row("until the next lot leaves the plant", found, (of) => of.next),
    row(
      "longest time without a lot after it",
      found,
      (of) => of.stall,
      (of) => of.bound,
    ),
    row("the same before it, when nobody was dead", found, (of) => of.usual),
  ];
}

const LINE = {
  items: { part: {}, whole: {} },
  segments: {
    make: { produces: { part: 1 }, cycle: "400ms" },
    use: { produces: { whole: 1 }, consumes: { part: 1 }, cycle: "300ms" },
  },
  equipment: { maker: { segment: "make", count: 2 }, user: { segment: "use", count: 2 } },
};

/** How soon a death is planned for, by how often stages say that they are there; one row a heartbeat. */
function byHeartbeat(heartbeat) {
  const params = { ...LINE, leader: { candidates: 3, heartbeat: `${heartbeat}s` } };
  const bound = replanBound(plantOf(factory.parse(params)));
  const times = Array.from({ length: 40 }, (_, index) => {
    const at = seconds(10 + 10 * heartbeat + (heartbeat * index) / 40);
    const end = micros(at + bound + seconds(5));
    return Math.max(...died(params, index + 1, ["maker-1"], at, end).adopted);
  }).sort((a, b) => a - b);
  return `| ${heartbeat} | ${second(times[19])} | ${second(times.at(-1))} | ${second(bound)} |`;
}

await factory.ready();
const [alone, both] = [deaths(false), deaths(true)];
const page = [
  "<!-- Written by `node bench/stalls.mjs`: do not edit. -->",
  "# How long a plant stands still",
  "",
  `${PLANTS} random plants of 4 to 8 types, two or three stages of each, in virtual time, with a heartbeat of 1 s, a lease of 5 s`,
  "and a debounce of 1 s. After five minutes a stage dies for good that others can stand in for. The bounds are",
  "`replanBound` and `stallBound` of [stall.ts](../src/systems/factory/stall.ts). The first is what a death costs at most; the second",
  "also holds for a plant in which nothing is left between the stages, and in which what is far from the end fills up before what is near it.",
  "The start of these plants has one stage, which is their bottleneck: what else dies is hardly missed.",
  "",
  `## A stage alone: ${alone.length} deaths`,
  "",
  ...table(alone),
  "",
  `## With whoever leads, in the same instant: ${both.length} deaths`,
  "",
  ...table(both),
  "",
  "## Until a death is planned for, by the heartbeat",
  "",
  "Two makers and two users, one maker dies; debounce 1 s; 40 deaths each.",
  "",
  "| heartbeat, s | p50, s | max, s | bound, s |",
  "| ---: | ---: | ---: | ---: |",
  ...[0.2, 0.5, 1, 2, 5].map(byHeartbeat),
  "",
];
writeFileSync(join(import.meta.dirname, "../docs/factory-stalls.md"), page.join("\n"));
console.log(page.join("\n"));
