// The pages that are printed from code, and the pictures that the program made. `npm run docs` writes
// them; the tests say when they are out of date.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { z } from "zod";
import { METRICS } from "../src/analysis/metrics.ts";
import { program } from "../src/cli/program.ts";
import { ERRORS } from "../src/core/errors.ts";
import { seconds } from "../src/core/micros.ts";
import { newRun } from "../src/core/new-run.ts";
import { EVENT_KINDS } from "../src/core/trace-event.ts";
import { experimentSchema } from "../src/experiments/experiment-file.ts";
import { renderPng } from "../src/experiments/png.ts";
import { RunObserver } from "../src/experiments/record-run.ts";
import { sim } from "../src/runtimes/sim/simulation.ts";
import { machinesSchema } from "../src/runtimes/tcp/machines.ts";
import { clocks } from "../src/systems/clocks/clocks.ts";
import { clocksSchema } from "../src/systems/clocks/params.ts";
import { clocksReport } from "../src/systems/clocks/report.ts";
import { TraceWriter } from "../src/trace/writer.ts";

const DOCS = join(import.meta.dirname, "../docs");
const PRINTED = "<!-- Printed from code by `npm run docs`: do not edit. -->";

test("docs/reference/errors.md lists every error", async () => {
  const rows = Object.entries(ERRORS).map(
    ([code, { exit, hint }]) => `| \`${code}\` | ${exit} | ${hint} |`,
  );
  const page = [
    PRINTED,
    "# Errors",
    "",
    "| code | exit | what to do |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ];
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/errors.md"));
});

const COLUMNS = `\`trace.parquet\` has one row an event, in the run's total order, which extends happens-before.

| column | type | holds |
| --- | --- | --- |
| sequence | INT64 | place in the order, from 0 |
| time_micros | INT64 | µs since the run began |
| process, name | INT32, STRING | where it happened |
| incarnation | INT32 | which life of that process, from 1 |
| kind | STRING | one of those below |
| lamport | INT32 | Lamport clock after the event |
| inbox | INT32 | events waiting in the inbox after the event |
| peer | INT32, null | the other process of a send, copy, arrive, receive or drop |
| message, sender_incarnation | INT32, null | with the sender, names a message for ever |
| detail | STRING, null | JSON: a note, a timer's name, keys stored (+ appended, − removed), why a copy was dropped |

Read it with \`duckdb -c "SELECT kind, count(*) FROM 'runs/clocks/latest/trace.parquet' GROUP BY kind"\`, or with
\`pandas.read_parquet\`. The file's metadata has the run and the names under the key \`orrery\`.
`;

test("docs/reference/trace.md lists columns and kinds of event", async () => {
  const rows = EVENT_KINDS.map(
    ({ name, ticks, says }) => `| ${name} | ${ticks ? "rises" : "stays"} | ${says} |`,
  );
  const kinds = ["| kind | L | what happens |", "| --- | --- | --- |", ...rows, ""];
  const page = [PRINTED, "# The trace", "", COLUMNS, "## Kinds of event", "", ...kinds];
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/trace.md"));
});

test("docs/reference/commands.md has every verb's help", async () => {
  const helpOf = (command: Command): string => {
    const written: string[] = [];
    command.configureOutput({ writeOut: (text) => written.push(text), getOutHelpWidth: () => 100 });
    command.outputHelp();
    return written.join("").trimEnd();
  };
  const verbs = program(() => undefined).commands;
  const sections = verbs.map(
    (verb) => `## orrery ${verb.name()}\n\n\`\`\`\n${helpOf(verb)}\n\`\`\`\n`,
  );
  const page = [PRINTED, "# Commands", "", ...sections];
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/commands.md"));
});

test("docs/reference/metrics.md says what each metric means", async () => {
  const rows = Object.entries(METRICS).map(([metric, meaning]) => `| \`${metric}\` | ${meaning} |`);
  const head =
    "Every run of an experiment has these. `slowest` and `fastest` are the first machines of the lowest and highest rate.";
  const page = [
    PRINTED,
    "# Metrics",
    "",
    head,
    "",
    "| metric | meaning |",
    "| --- | --- |",
    ...rows,
    "",
  ];
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/metrics.md"));
});

test("schemas/experiment.json is the schema that the program checks by", async () => {
  const schema = z.toJSONSchema(experimentSchema, { io: "input" });
  const clocksParams = z.toJSONSchema(clocksSchema, { io: "input" });
  const own = { $ref: "#/$defs/clocks" };
  // The system is clocks when it is not named: then its parameters are known.
  const published = {
    ...schema,
    title: "An Orrery experiment",
    $defs: { ...schema.$defs, clocks: { ...clocksParams, $schema: undefined } },
    if: { properties: { system: { const: "clocks" } } },
    // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's word, and nobody awaits it
    then: { properties: { params: own, cells: { additionalProperties: own } } },
  };
  const path = join(DOCS, "../schemas/experiment.json");
  await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot(path);
});

test("schemas/machines.json is the schema that the program checks by", async () => {
  const schema = z.toJSONSchema(machinesSchema, { io: "input" });
  const published = { ...schema, title: "The machines of an Orrery scale model" };
  const path = join(DOCS, "../schemas/machines.json");
  await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot(path);
});

test("the pictures in docs/images are what the program draws", async () => {
  const run = newRun(clocks, { params: { rates: [6, 1, 1] }, seed: 1, duration: seconds(60) });
  const { names, rates } = sim.start(clocks, run, null);
  const observer = new RunObserver(
    { runtime: "sim", run, names, rates },
    { reporter: clocksReport, checks: [] },
  );
  const running = sim.start(clocks, run, new TraceWriter((batch) => observer.see(batch)));
  running.to(run.duration);
  running.stop();
  const { figures } = observer.end();
  for (const [name, svg] of figures) {
    const path = join(DOCS, "images", name);
    await expect(svg).toMatchFileSnapshot(`${path}.svg`);
    if (process.env.ORRERY_WRITE_DOCS !== undefined) writeFileSync(`${path}.png`, renderPng(svg));
  }
});
