// A factory on real processes that are killed, one after the other, while its stores are read and audited.
import { join } from "node:path";
import { checksOf, verify } from "../../dist/checks/checks.js";
import { keptStores } from "../../dist/cli/audits.js";
import { readFactory } from "../../dist/cli/factory-file.js";
import { micros, ms, seconds } from "../../dist/core/micros.js";
import { newRun } from "../../dist/core/new-run.js";
import { Streams } from "../../dist/core/random.js";
import { mergeRun } from "../../dist/runtimes/tcp/records/records.js";
import { TcpRun } from "../../dist/runtimes/tcp/supervisor.js";
import { auditStores } from "../../dist/systems/factory/auditor.js";
import { factory } from "../../dist/systems/factory/factory.js";
import { plantOf } from "../../dist/systems/factory/plant.js";
import { Keeper, Trace } from "../../dist/trace/trace.js";
import { TraceWriter } from "../../dist/trace/writer.js";

const ROOT = join(import.meta.dirname, "../..");
/** The first kill comes so late, and all later ones so long after the one before, s; each is up after 1 s. */
const EVERY = 2;
/** After the last one who was killed is up again, all that is under way must settle, s. */
const CALM = 8;
const DELAY = { kind: "uniform", min: ms(1), max: ms(3) };

/** The bicycle works, ten minutes a second: 20 stages. */
const paramsOf = (timeScale) => ({
  ...readFactory(join(ROOT, "experiments/factory/bicycle.yaml")),
  timeScale,
  policies: { resend: "200ms", onFlowChange: "finish" },
});

/** A random stage, but not the one before, is killed every 2 s for so many, and started again after one. */
function kills(names, forSeconds, seed) {
  const dice = new Streams(seed, 0, 1);
  const count = Math.floor(forSeconds / EVERY);
  let last = -1;
  return Array.from({ length: count }, (_, kill) => {
    last = (last + 1 + Math.floor(dice.uniform(0) * (names.length - 1))) % names.length;
    const process = names[last];
    const at = seconds(EVERY * (kill + 1));
    return { kind: "crash", process, at, until: micros(at + seconds(1)) };
  });
}

/** What is wrong with the stores in a folder, read twice while work goes on: the second reading bears the first out. */
function auditLive(plant, folder, names) {
  const [first, second] = [keptStores(folder, names), keptStores(folder, names)];
  return auditStores(plant, first, second).found;
}

/**
 * Runs it in an empty folder. `audits`: so often are the stores read and audited while it runs, and once
 * when it has ended. `say` is told how it goes.
 */
export async function ordeal({
  folder,
  forSeconds,
  audits,
  seed = 1,
  timeScale = 600,
  say = () => {},
}) {
  const params = paramsOf(timeScale);
  const plant = plantOf(factory.parse(params));
  const names = plant.stages.map(({ name }) => name);
  const faults = kills(names, forSeconds, seed);
  const duration = seconds(forSeconds + EVERY + CALM);
  const asked = newRun(factory, { params, seed, duration, faults, links: { delay: DELAY } });
  const run = new TcpRun(factory, asked, {
    system: factory.name,
    entry: new URL("../../dist/cli/tcp-worker.js", import.meta.url),
    folder,
    perWorker: 1,
    retries: 120,
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
  return {
    kills: faults.length,
    crashes: [...trace].filter(({ kind }) => kind === "crash").length,
    during,
    atEnd: found,
    judgements: verify(trace, checksOf(run.suffered, factory)),
    ...countsOf(ledger),
  };
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
