// `orrery agree`: one experiment on two runtimes, and the distance between them.
import { join } from "node:path";
import { agreementOf, type MetricAgreement } from "../../analysis/agreement.ts";
import { EXIT, OrreryError } from "../../core/errors.ts";
import type { Experiment, Row } from "../../core/experiment.ts";
import type { Table } from "../../core/table.ts";
import { readExperiment } from "../../experiments/experiment-file.ts";
import { RUNS_ROOT, writeJson, writeText } from "../../experiments/run-folder.ts";
import { findSystem } from "../find-system.ts";
import { paint, say, sayJson, tableText } from "../print.ts";
import { whereOf } from "../real/where.ts";
import { runtimeOf, shellLine } from "../request.ts";
import { type ExperimentOptions, interrupted, runAll } from "./experiment.ts";

/** Fewer runs a side say little about a distribution. */
const RUNS_MIN = 100;

type CellAgreement = { readonly cell: string; readonly metrics: readonly MetricAgreement[] };

/** `orrery agree FILE`. The exit status is 0 if all is equivalent, 1 if not, 2 with too few runs. */
export async function agree(file: string, options: ExperimentOptions): Promise<number> {
  const [first, second, ...rest] = (options.on ?? "sim,tcp").split(",");
  if (second === undefined || rest.length > 0 || first === second) {
    throw new OrreryError("config/option", `--on "${options.on}": name two runtimes: sim,tcp`);
  }
  const runtimes = [runtimeOf({ on: first! }), runtimeOf({ on: second })] as const;
  const asked = await readExperiment(file, findSystem);
  const folder = options.out ?? join(RUNS_ROOT, `agree-${asked.name}`);
  const repeat = shellLine([
    ...["npx", "orrery", "agree", file, "--on", runtimes.join(",")],
    ...(runtimes.includes("nats") ? whereOf(options) : []),
    ...(options.out === undefined ? [] : ["--out", options.out]),
  ]);
  const rows: (readonly Row[])[] = [];
  // Where to find NATS is said for runs on nats alone: those in virtual time are made here.
  const { nats: _, ...here } = options;
  for (const runtime of runtimes) {
    const done = await runAll(
      { ...asked, runtime },
      join(folder, runtime),
      runtime === "sim" ? here : options,
    );
    if (done === undefined) return interrupted(folder);
    rows.push(done.results.rows);
  }
  const cells = compare(asked, rows[0]!, rows[1]!);
  const broken = rows.flat().filter(({ error }) => error !== undefined);
  const equivalent =
    broken.length === 0 && cells.every(({ metrics }) => metrics.every((each) => each.equivalent));
  const result = { name: asked.name, runtimes, bounds: asked.agree, equivalent, cells };
  writeJson(join(folder, "agreement.json"), result);
  const text = words(asked, runtimes, cells);
  writeText(join(folder, "agreement.md"), text);
  if (options.json === true) sayJson({ folder, ...result });
  else sayAgreement(asked, runtimes, cells, broken, folder, repeat);
  if (broken.length > 0) return EXIT.failed;
  if (asked.seeds.count < RUNS_MIN) return EXIT.unknown;
  return equivalent ? EXIT.held : EXIT.failed;
}

function compare({ cells, agree: bounds }: Experiment, a: readonly Row[], b: readonly Row[]) {
  return cells.map(({ name }, cell): CellAgreement => {
    const of = (rows: readonly Row[]): readonly Row[] =>
      rows.filter((row) => row.cell === cell && row.error === undefined);
    const [first, second] = [of(a), of(b)];
    const all = Object.keys(first[0]?.metrics ?? {}).filter((each) => !each.endsWith("_predicted"));
    const metrics = bounds.metrics.length > 0 ? bounds.metrics : all.filter(isOwn);
    const values = (rows: readonly Row[], metric: string): number[] =>
      rows.map((row) => row.metrics[metric] ?? 0);
    const both = first.length > 0 && second.length > 0;
    return {
      cell: name,
      metrics: both
        ? metrics.map((metric) =>
            agreementOf(metric, values(first, metric), values(second, metric), bounds),
          )
        : [],
    };
  });
}

/** The slowest and the fastest are machines that have metrics of their own. */
const isOwn = (metric: string): boolean => !/^(slowest|fastest)\./.test(metric);

const COLUMNS = (runtimes: readonly string[]): readonly string[] => [
  "metric",
  `${runtimes[0]} mean`,
  "95 % interval",
  `${runtimes[1]} mean`,
  "95 % interval",
  "shift",
  "KS distance",
  "equivalent",
];

function tableOf(runtimes: readonly string[], { cell, metrics }: CellAgreement): Table {
  const number = (value: number): string => String(Number(value.toPrecision(4)));
  return {
    title: cell === "" ? "Each metric" : `Each metric, ${cell}`,
    columns: COLUMNS(runtimes),
    rows: metrics.map(({ metric, a, b, shift, distance, equivalent }) => [
      metric,
      number(a.mean),
      `${number(a.low)} … ${number(a.high)}`,
      number(b.mean),
      `${number(b.low)} … ${number(b.high)}`,
      `${(100 * shift).toFixed(2)} %`,
      distance.toFixed(3),
      equivalent ? "yes" : "no",
    ]),
  };
}

/** What was found, in a sentence or two. */
function findings(
  { agree: bounds, seeds }: Experiment,
  cells: readonly CellAgreement[],
): readonly string[] {
  const all = cells.flatMap(({ metrics }) => metrics);
  const apart = all.filter(({ equivalent }) => !equivalent);
  const bound = `distance at most ${bounds.distance}, means within ${100 * bounds.means} %`;
  const said = [`${all.length - apart.length} of ${all.length} metrics are equivalent (${bound}).`];
  if (apart.length > 0)
    said.push(`Not equivalent: ${apart.map(({ metric }) => metric).join(", ")}.`);
  if (seeds.count < RUNS_MIN) {
    said.push(
      `Undecided: with ${seeds.count} runs a side a distance says little; take ${RUNS_MIN}.`,
    );
  }
  return said;
}

/** The tables in Markdown, for docs. */
function words(
  asked: Experiment,
  runtimes: readonly string[],
  cells: readonly CellAgreement[],
): string {
  const tables = cells.map((cell) => {
    const { title, columns, rows } = tableOf(runtimes, cell);
    const line = (row: readonly (string | number)[]): string => `| ${row.join(" | ")} |`;
    const rule = line(columns.map((_, index) => (index === 0 ? "---" : "---:")));
    return `${title}\n\n${[line(columns), rule, ...rows.map(line)].join("\n")}`;
  });
  return `${asked.question}\n\n${findings(asked, cells).join(" ")}\n\n${tables.join("\n\n")}\n`;
}

function sayAgreement(
  asked: Experiment,
  runtimes: readonly string[],
  cells: readonly CellAgreement[],
  broken: readonly Row[],
  folder: string,
  repeat: string,
): void {
  say(paint("bold", `${asked.name}: ${asked.question}`));
  for (const cell of cells) say(`\n${tableText(tableOf(runtimes, cell))}`);
  say();
  for (const finding of findings(asked, cells)) say(`  ${finding}`);
  if (broken.length > 0) say(`  ${broken.length} runs failed: ${broken[0]!.error}`);
  say(`\nFolder    ${folder}  (agreement.json, agreement.md; rows of both)`);
  say(`Repeat    ${repeat}`);
}
