// `orrery factory metrics`: the numbers of a factory's run, ours and those of the original, from its kept trace.
import { join } from "node:path";
import { EXIT } from "../../core/errors.ts";
import type { Table } from "../../core/table.ts";
import { TRACE_FILE } from "../../experiments/record-run.ts";
import { writeText } from "../../experiments/run-folder.ts";
import type { FactoryParams } from "../../systems/factory/file/definition.ts";
import { parseFactory } from "../../systems/factory/file/params.ts";
import { FactoryMeasurer } from "../../systems/factory/measured/measures.ts";
import { FACTORY_METRICS, factoryMetrics } from "../../systems/factory/measured/metrics.ts";
import { SeedTable } from "../../systems/factory/measured/seed-table.ts";
import { plantOf } from "../../systems/factory/plant.ts";
import { readTrace } from "../../trace/file.ts";
import { paint, say, sayJson, tableText } from "../print.ts";
import { LATEST_RUN, mustBeOfFactory } from "./books.ts";

const NAME_WIDTH = 22;
const NUMBER_WIDTH = 10;

export type MetricsOptions = { readonly json?: boolean; readonly out?: string };

/** Prints both tables; `out` writes that of the original as CSV. */
export async function metrics(
  folder: string | undefined,
  options: MetricsOptions,
): Promise<number> {
  const { own, seed } = await measured(folder ?? LATEST_RUN);
  if (options.out !== undefined) writeText(options.out, csvOf(seed));
  if (options.json === true) {
    const [, ...columns] = seed.columns;
    const original = Object.fromEntries(
      seed.rows.map(([name, ...values]) => [
        name,
        Object.fromEntries(columns.map((column, index) => [column, values[index]])),
      ]),
    );
    sayJson({ metrics: own, original });
    return EXIT.held;
  }
  say(paint("bold", "What the factory did"));
  for (const [name, value] of Object.entries(own)) {
    const number = String(Number(value.toPrecision(5)));
    say(`  ${name.padEnd(NAME_WIDTH)}${number.padStart(NUMBER_WIDTH)}  ${FACTORY_METRICS[name]}`);
  }
  say(`\n${tableText(seed)}`);
  return EXIT.held;
}

/** @throws OrreryError "files/missing" if it has no trace, "config/value" if it is not of a factory */
async function measured(folder: string): Promise<{
  readonly own: { readonly [metric: string]: number };
  readonly seed: Table;
}> {
  const { result } = await readTrace(join(folder, TRACE_FILE), ({ run }) => {
    mustBeOfFactory(run, folder);
    const params: FactoryParams = parseFactory(run.params);
    const measurer = new FactoryMeasurer({ ...run, params });
    const table = new SeedTable({ ...run, params });
    return {
      see: (batch) => {
        measurer.see(batch);
        table.see(batch);
      },
      end: () => ({ own: factoryMetrics(plantOf(params), measurer.end()), seed: table.end() }),
    };
  });
  return result;
}

const csvOf = ({ columns, rows }: Table): string =>
  [columns, ...rows].map((row) => `${row.map(csvCell).join(",")}\n`).join("");

const csvCell = (value: string | number): string =>
  typeof value === "string" && /[",\n]/.test(value)
    ? `"${value.replaceAll('"', '""')}"`
    : String(value);
