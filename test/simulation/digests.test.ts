// A faster run is the same run: digests of the traces of 1,000 seeds of each system, in a storm. They were made before
// the hot path was last rewritten. A change that means to alter runs writes them anew, and says so:
//   ORRERY_DIGESTS=write npx vitest run test/simulation/digests.test.ts     (all: compares all blocks)
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import abdRegister from "../../examples/abd-register.ts";
import bullyElection from "../../examples/bully-election.ts";
import causalBroadcast from "../../examples/causal-broadcast.ts";
import factoryLed from "../../examples/factory-led.ts";
import factoryStorm from "../../examples/factory-storm.ts";
import failureDetector from "../../examples/failure-detector.ts";
import gossip from "../../examples/gossip.ts";
import lamportMutex from "../../examples/lamport-mutex.ts";
import snapshot from "../../examples/snapshot.ts";
import tokenRing from "../../examples/token-ring.ts";
import twoPhaseCommit from "../../examples/two-phase-commit.ts";
import type { TraceBatch } from "../../src/core/batch.ts";
import { seconds } from "../../src/core/micros.ts";
import { newRun } from "../../src/core/new-run.ts";
import { parseDelay } from "../../src/core/notation.ts";
import { drawFaults } from "../../src/core/profiles.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { sim } from "../../src/runtimes/sim/simulation.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { TraceWriter } from "../../src/trace/writer.ts";

const FILE = join(import.meta.dirname, "../golden/digests.json");
const SEEDS = 1_000;
const BLOCK = 50;
const MODE = process.env.ORRERY_DIGESTS;

/** Each system, and for how many seconds one seed of it runs. */
const SYSTEMS: readonly (readonly [AnySystem, number])[] = [
  [clocks, 20],
  [factoryStorm, 10],
  [factoryLed, 10],
  [abdRegister, 5],
  [bullyElection, 10],
  [causalBroadcast, 5],
  [failureDetector, 5],
  [gossip, 5],
  [lamportMutex, 5],
  [snapshot, 5],
  [tokenRing, 10],
  [twoPhaseCommit, 5],
];

/** Spread over what a run may ask for, so that all ways through the driver are taken. */
function settingsOf(system: AnySystem, seed: number, span: number) {
  const links = [
    {},
    { loss: 0.05, duplicate: 0.05 },
    { order: "fifo", delay: parseDelay("exponential 1ms 5ms") },
    { delay: parseDelay("lognormal 5ms 0.5"), duplicate: 0.1 },
  ] as const;
  const machines = system === clocks ? { machines: [3, 2, 5, 40, 3][seed % 5]! } : {};
  return {
    seed,
    duration: seconds(span),
    links: links[seed % 4]!,
    params: machines,
    ...(seed % 3 === 0 ? {} : { profile: "storm" as const }),
  };
}

/** The digest of what the rows of a block's seeds say, however they are kept, and in whatever batches. */
function digestOf(system: AnySystem, span: number, block: number): string {
  const [hash, details] = [createHash("sha256"), createHash("sha256")];
  const see = (batch: TraceBatch): void => {
    const rows = new Float64Array(9 * batch.count);
    for (let row = 0; row < batch.count; row++) {
      rows.set(
        [
          ...[batch.time(row), batch.kind(row), batch.process(row), batch.incarnation(row)],
          ...[batch.lamport(row), batch.inbox(row), batch.peer(row), batch.message(row)],
          batch.senderIncarnation(row),
        ],
        9 * row,
      );
    }
    hash.update(rows);
    for (const [index, row] of batch.detailRows.entries()) {
      details.update(JSON.stringify([batch.first + row, batch.details[index]]));
    }
  };
  for (let seed = block * BLOCK; seed < (block + 1) * BLOCK; seed++) {
    const run = drawFaults(system, newRun(system, settingsOf(system, seed, span)));
    const writer = new TraceWriter(see);
    const running = sim.start(system, run, writer);
    running.to(run.duration);
    running.stop();
  }
  return hash.update(details.digest()).digest("hex").slice(0, 16);
}

beforeAll(async () => {
  for (const [system] of SYSTEMS) await system.ready?.();
});

const blocks = Array.from({ length: SEEDS / BLOCK }, (_, block) => block);

if (MODE === "write") {
  test("digests are written", async () => {
    const all = SYSTEMS.map(([system, span], index) => [
      `${index} ${system.name}`,
      blocks.map((block) => digestOf(system, span, block)),
    ]);
    writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(all), null, 1)}\n`);
  }, 3_600_000);
} else {
  const known = JSON.parse(readFileSync(FILE, "utf8")) as { readonly [name: string]: string[] };
  describe.each(
    SYSTEMS.map(([system, span], index) => [`${index} ${system.name}`, system, span] as const),
  )("%s", (name, system, span) => {
    test.each(MODE === "all" ? blocks : [0])(
      `block %i of ${BLOCK} seeds is what it was`,
      (block) => {
        expect(digestOf(system, span, block)).toBe(known[name]![block]);
      },
      600_000,
    );
  });
}
