// A factory on real processes that are killed, one after the other, while its stores are read and audited.
import { join } from "node:path";
import { checksOf, verify } from "../../dist/checks/checks.js";
import { keptStores } from "../../dist/cli/audits.js";
import { readFactory } from "../../dist/cli/factory-file.js";
import { LEADER } from "../../dist/core/faults.js";
import { micros, ms, seconds } from "../../dist/core/micros.js";
import { newRun } from "../../dist/core/new-run.js";
import { Streams } from "../../dist/core/random.js";
import { mergeRun } from "../../dist/runtimes/real/records/records.js";
import { simulate } from "../../dist/runtimes/sim/simulate.js";
import { tcpRun } from "../../dist/runtimes/tcp/tcp-run.js";
import { auditStores } from "../../dist/systems/factory/books/auditor.js";
import { factory } from "../../dist/systems/factory/factory.js";
import { plantOf } from "../../dist/systems/factory/plant.js";
import { units } from "../../dist/systems/factory/quantity.js";
import { Keeper, Trace } from "../../dist/trace/trace.js";
import { TraceWriter } from "../../dist/trace/writer.js";

const ROOT = join(import.meta.dirname, "../..");
/** After the last one who was killed is up again, all that is under way must settle, s. */
const CALM = 8;
const LINKS = { delay: { kind: "uniform", min: ms(1), max: ms(3) } };

/** Stages are killed so often, in a plant without a leader and in one that has one; each is up after 1 s. */
const EVERY = 2;
const LED_EVERY = 5;
const DOWN = 1;
/** Whoever leads is killed so often, and is away for longer than another needs to take over, s. */
const LEADER_EVERY = 20;
const LEADER_DOWN = 5;
/** Another takes over within 1.7 s; who is away for 1 s is just about taken for down, and planned around. */
const CANDIDATES = {
  candidates: 3,
  heartbeat: "200ms",
  lease: "1s",
  debounce: "200ms",
  stability: "500ms",
};

/** The bicycle works, 20 stages, so much faster than they are. */
const bicycle = (timeScale) => ({
  ...readFactory(join(ROOT, "experiments/factory/bicycle.yaml")),
  timeScale,
  policies: { resend: "200ms", onFlowChange: "finish" },
});

/**
 * The same, planned by a leader, of equipment that does not break down: when it does is drawn by each run for
 * itself, after as many jobs as it has finished by then, and would differ by more than what is compared here.
 */
function ledBicycle(timeScale) {
  const { equipment, ...rest } = bicycle(timeScale);
  const sound = Object.entries(equipment).map(([kind, { mtbf, mttr, ...of }]) => [kind, of]);
  return { ...rest, equipment: Object.fromEntries(sound), leader: CANDIDATES };
}

/** A random stage, but not the one before, is killed every so many seconds, and started again after one. */
function kills(names, every, forSeconds, seed) {
  const dice = new Streams(seed, 0, 1);
  const count = Math.floor(forSeconds / every);
  let last = -1;
  return Array.from({ length: count }, (_, kill) => {
    last = (last + 1 + Math.floor(dice.uniform(0) * (names.length - 1))) % names.length;
    return crash(names[last], every * (kill + 1), DOWN);
  });
}

const leaderKills = (forSeconds) =>
  Array.from({ length: Math.floor(forSeconds / LEADER_EVERY) }, (_, kill) =>
    crash(LEADER, LEADER_EVERY * (kill + 1), LEADER_DOWN),
  );

const crash = (process, at, down) => ({
  kind: "crash",
  process,
  at: seconds(at),
  until: seconds(at + down),
});

/** What is wrong with the stores in a folder, read twice while work goes on: the second reading bears the first out. */
function auditLive(plant, folder, names) {
  const [first, second] = [keptStores(folder, names), keptStores(folder, names)];
  return auditStores(plant, first, second).found;
}

/**
 * Runs it in an empty folder. `audits`: so often are the stores read and audited while it runs, and once
 * when it has ended. `say` is told how it goes.
 */
export async function ordeal({ seed = 1, timeScale = 600, ...asked }) {
  const params = bicycle(timeScale);
  const faults = kills(stagesOf(params), EVERY, asked.forSeconds, seed);
  const { outcome } = await endure({ ...asked, params, seed, faults, down: EVERY });
  return outcome;
}

/**
 * The same of a plant whose leader is killed as well; and what it ships under those kills, beside what it
 * ships under them in virtual time.
 */
export async function ledOrdeal({ seed = 1, timeScale = 1200, ...asked }) {
  const { forSeconds } = asked;
  const params = ledBicycle(timeScale);
  const stages = kills(stagesOf(params), LED_EVERY, forSeconds, seed);
  const faults = [...stages, ...leaderKills(forSeconds)];
  const down = LEADER_DOWN;
  const { outcome, trace, settings } = await endure({ ...asked, params, seed, faults, down });
  await factory.ready();
  const [from, to] = [LED_EVERY, forSeconds + down];
  const perSecond = (of) => shipped(of, from, to) / (to - from);
  const [tcp, sim] = [perSecond(trace), perSecond(simulate(factory, settings))];
  const tens = Array.from({ length: Math.floor((to - from) / 10) }, (_, ten) => from + 10 * ten);
  return {
    ...outcome,
    leaderKills: faults.length - stages.length,
    reigns: reignsIn(trace),
    tens: tens.map((ten) => shipped(trace, ten, ten + 10)),
    perSecond: { tcp, sim, ratio: tcp / sim },
  };
}

/** Final units that left the plant from one second on until another. */
function shipped(trace, from, to) {
  let sum = 0;
  for (const { kind, timeMicros, detail } of trace) {
    if (kind !== "internal" || detail.name !== "ships") continue;
    if (timeMicros >= seconds(from) && timeMicros < seconds(to)) sum += detail.fields.amount;
  }
  return units(sum);
}

/** Who led, one after the other; who `fell` was killed as he did. */
function reignsIn(trace) {
  const reigns = [];
  const present = new Map();
  for (const { kind, process, timeMicros, detail } of trace) {
    if (kind === "crash" && present.has(process)) present.get(process).fell = true;
    if (kind === "crash" || (kind === "internal" && detail.name === "follows")) {
      present.delete(process);
    }
    if (kind !== "internal" || detail.name !== "leads") continue;
    const { term } = detail.fields;
    const reign = { who: trace.names[process], term, at: timeMicros / 1e6, fell: false };
    reigns.push(reign);
    present.set(process, reign);
  }
  return reigns;
}

const stagesOf = (params) => plantOf(factory.parse(params)).stages.map(({ name }) => name);

/** `down`: the last of those who were killed is up again after so many seconds. */
async function endure({ folder, forSeconds, audits, say = () => {}, params, seed, faults, down }) {
  const plant = plantOf(factory.parse(params));
  const names = plant.stages.map(({ name }) => name);
  const duration = seconds(forSeconds + down + CALM);
  const settings = { params, seed, duration, faults, links: LINKS };
  const run = tcpRun(factory, newRun(factory, settings), {
    system: factory.name,
    entry: new URL("../../dist/cli/real/tcp-worker.js", import.meta.url),
    folder,
    perWorker: 1,
    patience: 120,
    log: () => {},
  });
  const during = [];
  try {
    await run.start();
    for (let audit = 1; audit <= audits; audit++) {
      // Off the beat of the kills: now just after one, now just before.
      await run.to(micros((seconds(forSeconds) * (audit - 0.37)) / audits));
      during.push(auditLive(plant, folder, names));
      say(`at ${(run.now / 1e6).toFixed(1)} s: ${during.at(-1).length} violations`);
    }
    await run.to(duration);
  } finally {
    await run.stop();
  }
  const keeper = new Keeper();
  await mergeRun(new TraceWriter((batch) => keeper.see(batch)), folder, run.names.length);
  const trace = new Trace(run.suffered, run.names, keeper.end());
  const { ledger, found } = auditStores(plant, keptStores(folder, names));
  const outcome = {
    kills: faults.length,
    crashes: [...trace].filter(({ kind }) => kind === "crash").length,
    during,
    atEnd: found,
    judgements: verify(trace, checksOf(run.suffered, factory)),
    ...countsOf(ledger),
  };
  return { outcome, trace, settings };
}

function countsOf({ books }) {
  const sum = (of) => books.reduce((total, book) => total + of(book), 0);
  const shipped = ({ fate }) => fate === "shipped";
  return {
    jobs: sum(({ finished }) => finished.size),
    handedOver: sum(({ received }) => received.size),
    shipped: sum(({ settled }) => [...settled.values()].filter(shipped).length),
  };
}
