// Writes docs/findings.md: runs the presets that the claims of the seeds are put to, and judges each
// claim by them. An entry point of its own: `npm run findings`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "../analysis/statistics.ts";
import { assert } from "../core/errors.ts";
import { readExperiment } from "../experiments/experiment-file.ts";
import { runExperiment } from "../experiments/run-experiment.ts";
import { type Claim, compareRows, type Evidence } from "./claims/claim.ts";
import { SEED_000 } from "./claims/seed-000.ts";
import { SEED_001 } from "./claims/seed-001.ts";
import { SEED_002 } from "./claims/seed-002.ts";
import { SEED_003 } from "./claims/seed-003.ts";
import { openPool } from "./experiment/pool.ts";
import { findSystem } from "./find-system.ts";

const CLAIMS: readonly Claim[] = [...SEED_000, ...SEED_001, ...SEED_002, ...SEED_003];
const PAGE = "docs/findings.md";

const HEAD = `<!-- Written by \`npm run findings\` from the presets: do not edit. -->
# Findings

The documents that Orrery came from make claims about asynchronous machines with Lamport clocks, and about a
factory, from a few runs each. Here every claim that can be measured is put to a preset under \`experiments\` with
many seeds. **Confirmed**: the measured interval agrees. **Refuted**: it says the opposite, or no run comes out so.
**Depends**: it holds for some runs or some cells, and the reason says for which. **Confounded**: two things were
changed at once. Intervals are 95 % intervals of the mean over seeds (Student's t).

What decides nearly all of it for clocks is one number for each machine: the messages that reach it in a second, against
its ticks in a second. [The traffic equations](../src/systems/clocks/prediction.ts) give both before a run. Above
1 the machine saturates, its inbox and its drift grow linearly and without end; below 1 nothing grows.
`;

const SOURCES: { readonly [seed: string]: string } = {
  "000": "Seed 000: a factory that goes on, beside what its authors recorded",
  "001": "Seed 001: nine experiments, rates against internal events",
  "002": "Seed 002: six recorded runs of 60 s, with the final inboxes of the slow machines",
  "003": "Seed 003: a notebook of tests, averages and conclusions",
};

/** Presets are of clocks, unless they say of what. */
const fileOf = (preset: string): string =>
  `experiments/${preset.includes("/") ? preset : `clocks/${preset}`}.yaml`;

async function evidenceOf(preset: string, folder: string): Promise<Evidence> {
  const experiment = await readExperiment(fileOf(preset), findSystem);
  const pool = openPool(undefined);
  const results = await runExperiment(experiment, join(folder, preset), {
    executor: pool.executor,
    slots: pool.slots,
    progress: () => undefined,
    stopped: () => false,
  });
  await pool.close();
  assert(results !== undefined, "an experiment that nobody stops runs to its end");
  const ofCell = (name: string) => {
    const cell = experiment.cells.findIndex((each) => each.name === name);
    assert(cell >= 0, `${preset} has a cell "${name}"`);
    return results.rows.filter((row) => row.cell === cell);
  };
  return {
    rows: ofCell,
    of: (cell, metric) => describe(ofCell(cell).map(({ metrics }) => metrics[metric]!)),
    compare: (a, b, metric) => compareRows(ofCell(a), ofCell(b), metric),
  };
}

/** A claim as a line of the table. */
function line({ claim, preset, judge }: Claim, evidence: Evidence): string {
  const { verdict, figure, reason } = judge(evidence);
  const cells = [claim, `**${verdict}**`, figure, reason, `[${preset}](../${fileOf(preset)})`];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const folder = mkdtempSync(join(tmpdir(), "orrery-findings-"));
try {
  const evidence = new Map<string, Evidence>();
  for (const preset of new Set(CLAIMS.map((claim) => claim.preset))) {
    evidence.set(preset, await evidenceOf(preset, folder));
  }
  const sections = Object.entries(SOURCES).map(([seed, title]) => {
    const lines = CLAIMS.filter((claim) => claim.seed === seed).map((claim) =>
      line(claim, evidence.get(claim.preset)!),
    );
    const head = [
      "| claim | verdict | measured | why | preset |",
      "| --- | --- | --- | --- | --- |",
    ];
    return [`## ${title}`, "", ...head, ...lines, ""].join("\n");
  });
  writeFileSync(PAGE, `${HEAD}\n${sections.join("\n")}`);
  process.stdout.write(`${CLAIMS.length} claims judged: ${PAGE}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
