// The pages that are printed from code, and the pictures that the program made. `npm run docs` writes
// them; the tests say when they are out of date.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { z } from "zod";
import { METRICS } from "../src/analysis/metrics.ts";
import { plainReport } from "../src/analysis/report.ts";
import {
  conservation,
  convergence,
  mutualExclusion,
  oneLeaderPerTerm,
} from "../src/checks/agreement.ts";
import { boundedInbox } from "../src/checks/bounded-inbox.ts";
import { CHECKS } from "../src/checks/checks.ts";
import { causalDelivery, fifoDelivery } from "../src/checks/delivery.ts";
import { linearizable } from "../src/checks/linearizability/linearizable.ts";
import { queue, register, set } from "../src/checks/linearizability/models.ts";
import { factoryFamilies } from "../src/cli/factory/health.ts";
import { program } from "../src/cli/program.ts";
import type { Check } from "../src/core/check.ts";
import { ERRORS, EXIT, EXIT_SAYS } from "../src/core/errors.ts";
import { FAULT_EXAMPLES } from "../src/core/fault-examples.ts";
import { parseFault } from "../src/core/fault-notation.ts";
import { seconds } from "../src/core/micros.ts";
import { newRun } from "../src/core/new-run.ts";
import { drawFaults, PROFILE_NAMES, PROFILES } from "../src/core/profiles.ts";
import type { Run } from "../src/core/run.ts";
import type { AnySystem } from "../src/core/system.ts";
import { EVENT_KINDS } from "../src/core/trace-event.ts";
import { experimentSchema } from "../src/experiments/experiment-file.ts";
import { renderPng } from "../src/experiments/png.ts";
import { type Lens, RunObserver } from "../src/experiments/record-run.ts";
import { workerFamilies } from "../src/runtimes/nats/metrics.ts";
import type { Family } from "../src/runtimes/real/open-metrics.ts";
import { runFamilies } from "../src/runtimes/real/run-metrics.ts";
import { sim } from "../src/runtimes/sim/simulation.ts";
import { machinesSchema } from "../src/runtimes/tcp/machines.ts";
import { clocks } from "../src/systems/clocks/clocks.ts";
import { clocksSchema } from "../src/systems/clocks/params.ts";
import { factory } from "../src/systems/factory/factory.ts";
import { factorySchema } from "../src/systems/factory/file/definition.ts";
import { FACTORY_METRICS } from "../src/systems/factory/measured/metrics.ts";
import { ready } from "../src/systems/factory/planning/solver.ts";
import { checksOfWorkload } from "../src/systems/maelstrom/checks.ts";
import { parseMaelstrom, WORKLOAD_NAMES } from "../src/systems/maelstrom/params.ts";
import { TraceWriter } from "../src/trace/writer.ts";
import { example } from "./simulation/factory/physics.ts";

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

test("docs/reference/faults.md lists every fault and profile", async () => {
  const page = [
    PRINTED,
    "# Faults",
    "",
    "A fault says what, to whom, from when to when, and how much. `a|b` are the links between a and b, `a>b` those from a",
    "to b, `*` all that the other side does not name; `@leader` instead of a process is whoever last noted `leads` when",
    "the fault begins. No effect outlasts its fault, but for a step of a clock.",
    "",
    "| such as | what it does | tcp |",
    "| --- | --- | --- |",
    ...FAULT_EXAMPLES.map((example) => {
      const [kind = "", , , model] = example.split(" ");
      const says = FAULTS_SAID[kind === "clock" || kind === "store" ? `${kind} ${model}` : kind];
      const cannot = kind === "power" ? "refused" : "yes";
      return `| \`${example.replaceAll("|", "\\|")}\` | ${says} | ${cannot} |`;
    }),
    "",
    "`crash` and `wipe` may name a point of the process's next step (`before-commit`, `after-commit`, `between-copies`), and in",
    "`sim`, with `power`, how many commits the disk loses that it had confirmed (`lost 3`).",
    "",
    "## Profiles",
    "",
    "`--profile NAME` draws a plan from the seed, for the first three fifths of a run.",
    "",
    "| profile | what may be in it |",
    "| --- | --- |",
    ...PROFILE_NAMES.map((name) => `| ${name} | ${PROFILES[name].says} |`),
    "",
    '`--profile "kills 6/min"` kills somebody six times a minute, at exponential intervals drawn from the seed, and brings back',
    "whoever has been down for longest six times a minute, or as `back 10/min` says. `of a,b` kills only those, `not a,b` any",
    "but those; `weld-*` is whoever's name begins so. Who is down is not killed again; nobody is killed in the last fifth of a",
    "run, and all are back when it begins. Of `@leader` nobody knows beforehand who that is: it is whoever leads at that instant,",
    "nobody if nobody does; and each is down for a time of its own, exponential, of 10 s in the mean with `back 6/min`.",
    "",
    "| such as | what it does |",
    "| --- | --- |",
    "| `kills 6/min` | six a minute of all processes, six a minute back |",
    "| `kills 6/min back 10/min` | the same, and who is down comes back sooner |",
    "| `kills 20/min of weld-*,leader-1` | these alone |",
    "| `kills 6/min not keeper,leader-*` | any but these: of a factory, whoever works |",
    "| `kills 2/min of @leader` | whoever leads |",
    "| `kills 1/min back 0/min` | nobody comes back before four fifths of the run |",
    "",
  ];
  expect(page.join("\n")).not.toContain("undefined");
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/faults.md"));
});

test("docs/reference/checks.md lists every check", async () => {
  const made: readonly (readonly [string, Check])[] = [
    ["mutualExclusion()", mutualExclusion()],
    ["oneLeaderPerTerm()", oneLeaderPerTerm()],
    ["convergence(note, within)", convergence("state", seconds(5))],
    ...conservation("out", "into", seconds(5)).map(
      (check) => ["conservation(out, into, within)", check] as const,
    ),
    ["fifoDelivery()", fifoDelivery()],
    ["causalDelivery()", causalDelivery()],
    ["linearizable(register())", linearizable(register())],
    ["linearizable(set())", linearizable(set())],
    ["linearizable(queue())", linearizable(queue())],
    ["boundedInbox(most)", boundedInbox(100)],
  ];
  const ofAny = checksOfWorkload(parseMaelstrom({})).slice(0, -1);
  const hosted: readonly (readonly [string, Check])[] = [
    ...ofAny.map((check) => ["any", check] as const),
    ...WORKLOAD_NAMES.map((workload) => {
      return [workload, checksOfWorkload(parseMaelstrom({ workload })).at(-1)!] as const;
    }),
  ];
  const page = [
    PRINTED,
    "# Checks",
    "",
    "Of every run (`link-order` only where links promise it):",
    "",
    "| check | kind | claim |",
    "| --- | --- | --- |",
    ...CHECKS.map(({ name, kind, claim }) => `| ${name} | ${kind} | ${claim} |`),
    "",
    "Ready-made, for the `checks` of a system; they go by what its processes note:",
    "",
    "| made by | check | kind | claim |",
    "| --- | --- | --- | --- |",
    ...made.map(([by, { name, kind, claim }]) => `| \`${by}\` | ${name} | ${kind} | ${claim} |`),
    "",
    "Of programs that are hosted ([guide](../guides/maelstrom.md)), by workload:",
    "",
    "| workload | check | kind | claim |",
    "| --- | --- | --- | --- |",
    ...hosted.map(([of, { name, kind, claim }]) => `| ${of} | ${name} | ${kind} | ${claim} |`),
    "",
    "`always`, `eventually` and `sometimes` make others ([guide](../guides/hunting.md)). A verdict is *holds*, *fails* with the events",
    "that prove it, or *unknown* with the reason.",
    "",
  ];
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/checks.md"));
});

const FAULTS_SAID: { readonly [kind: string]: string } = {
  crash: "the process stops, and starts anew from its store",
  wipe: "the same, and its store is lost: it knows nothing of what it was",
  power: "all these crash in the same instant",
  pause: "no steps; inbox and timers are kept, ticks are skipped",
  slow: "at most so many steps a second, also of a process that has no pace",
  partition: "messages between the sides are lost",
  loss: "a copy is lost with that probability",
  duplicate: "a copy is doubled with that probability",
  corrupt: "a copy has a wrong bit with that probability, and is refused for its checksum",
  reorder:
    "a copy takes up to so much longer with that probability; links that keep the order still do",
  delay: "a copy takes so much longer",
  clog: "what is sent waits for the end",
  swizzle: "the links of these are clogged one by one, and freed in another order",
  "clock offset": "the local clock reads so much more, and no timer moves",
  "clock step": "the same, for good",
  "clock drift": "the local clock runs at that rate, and timers with it",
  "clock sine": "the local clock swings by so much with that period, and timers with it",
  "store slow": "a commit takes so much longer",
  "store failing":
    "a commit fails with that probability; its process goes down, and is started again after 1 s",
  "store full": "every commit fails",
};

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
| detail | STRING, null | JSON: a note, a timer's name, what a message is called, keys stored (+ appended, − removed), why a copy was dropped |

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
  const named = (command: Command): string =>
    command.parent === null ? command.name() : `${named(command.parent)} ${command.name()}`;
  const verbs = program(() => undefined).commands.flatMap((verb) => [verb, ...verb.commands]);
  const sections = verbs.map((verb) => `## ${named(verb)}\n\n\`\`\`\n${helpOf(verb)}\n\`\`\`\n`);
  const statuses = Object.entries(EXIT_SAYS).map(
    ([name, says]) => `| ${EXIT[name as keyof typeof EXIT]} | ${says} |`,
  );
  const exits = ["## Exit status", "", "| status | says |", "| --- | --- |", ...statuses, ""];
  const page = [PRINTED, "# Commands", "", ...exits, ...sections];
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/commands.md"));
});

test("docs/reference/metrics.md says what each metric means", async () => {
  const rows = (metrics: { readonly [metric: string]: string }): string[] =>
    Object.entries(metrics).map(([metric, meaning]) => `| \`${metric}\` | ${meaning} |`);
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
    ...rows(METRICS),
    "",
    "Runs of `factory` have these too; a system of one's own may have its own (`metrics`, `measure`).",
    "",
    "| metric | meaning |",
    "| --- | --- |",
    ...rows(FACTORY_METRICS),
    "",
  ];
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/metrics.md"));
});

test("docs/reference/open-metrics.md lists what ports tell", async () => {
  const run = {
    ...{ labels: {}, elapsedSeconds: 0, views: [], pacing: [], faults: [] },
    wire: { reconnects: 0, dropped: 0, refusals: {} },
  };
  const worker = {
    ...{ worker: "", version: "", connected: false, uptimeSeconds: 0, cpuMicros: 0 },
    ...{ residentBytes: 0, nats: undefined, info: undefined, runs: [] },
  };
  const table = (families: readonly Family[]): readonly string[] => [
    "",
    "| name | type | meaning |",
    "| --- | --- | --- |",
    ...families.map(
      ({ name, kind, help }) => `| \`${name}\` | ${kind} | ${help.replaceAll("|", "\\|")} |`,
    ),
    "",
  ];
  const page = [
    PRINTED,
    "# OpenMetrics",
    "",
    "What `--metrics-port` tells, by family; samples of a counter end in `_total`, of an info in `_info`. What is not known is",
    "left out, and what concerns rates is told of processes that step at ticks. Times of the run are real time.",
    "",
    "## Of a run",
    "",
    "`orrery run --on tcp` and `--on nats` ([guide](../guides/real-processes.md#what-it-says-while-it-lasts)).",
    "`orrery_process_` families have the label `process`, for the first 500; `orrery_run_` families are of all.",
    ...table(runFamilies(run)),
    "Of a factory on tcp also what its stores say; on nats those are on other hosts while it runs:",
    ...table(factoryFamilies(undefined)),
    "## Of a worker",
    "",
    "`orrery worker` ([deployment](../deploy.md#what-to-watch)). `orrery_worker_run_` families have the label `run`.",
    ...table(workerFamilies(worker)),
  ];
  await expect(page.join("\n")).toMatchFileSnapshot(join(DOCS, "reference/open-metrics.md"));
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

test("schemas/factory.json is the schema that the program checks by", async () => {
  const schema = z.toJSONSchema(factorySchema, { io: "input" });
  const published = { ...schema, title: "An Orrery factory" };
  const path = join(DOCS, "../schemas/factory.json");
  await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot(path);
});

/** Draws a run, and keeps its pictures under docs/images. */
async function picture(
  system: AnySystem,
  asked: Run,
  lens: Partial<Lens>,
  prefix = "",
): Promise<void> {
  const run = drawFaults(system, asked);
  const { names, rates } = sim.start(system, run, null);
  const header = { runtime: "sim", run, names, rates } as const;
  const observer = new RunObserver(header, {
    reporter: () => ({ end: plainReport }),
    checks: [],
    ...lens,
  });
  const running = sim.start(system, run, new TraceWriter((batch) => observer.see(batch)));
  running.to(run.duration);
  running.stop();
  const { figures } = observer.end();
  for (const [name, svg] of figures) {
    const path = join(DOCS, "images", `${prefix}${name}`);
    await expect(svg).toMatchFileSnapshot(`${path}.svg`);
    if (process.env.ORRERY_WRITE_DOCS !== undefined)
      writeFileSync(`${path}.png`, await renderPng(svg));
  }
}

test("the pictures of clocks in docs/images are what the program draws", async () => {
  const run = newRun(clocks, { params: { rates: [6, 1, 1] }, seed: 1, duration: seconds(60) });
  await picture(clocks, run, {});
});

test("the pictures of the bicycle factory are what the command in its guide draws", async () => {
  await ready();
  const guide = readFileSync(join(DOCS, "guides/factory.md"), "utf8");
  const command = /orrery run experiments\/factory\/bicycle.yaml --for 2min [^`]*/.exec(guide)![0];
  const texts = [...command.matchAll(/--fault "([^"]+)"/g)].map(([, fault]) => fault!);
  expect(command).toContain("--set timeScale=600 --set leader.candidates=3");
  expect(texts.length).toBe(3);
  const params = { ...example("bicycle"), timeScale: 600, leader: { candidates: 3 } };
  const faults = texts.map(parseFault);
  const run = newRun(factory, { params, seed: 1, duration: seconds(120), faults });
  await picture(factory, run, { drawing: { ...factory.drawing!, beside: [] } }, "factory-");
});
