// What can be said on the command line.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import {
  CHECK_EXAMPLES,
  EXPERIMENT_EXAMPLES,
  EXPORT_EXAMPLES,
  EXPORT_FORMATS,
  MACHINE_EXAMPLES,
  RUN_EXAMPLES,
  VIEW_EXAMPLES,
  WORKER_EXAMPLES,
} from "./examples.ts";
import type { ExperimentOptions } from "./experiment/experiment.ts";
import type { ExportOptions } from "./export/export.ts";
import { addFactory } from "./factory/verbs.ts";
import type { CheckOptions } from "./hunt/check.ts";
import type { WhyOptions } from "./hunt/why.ts";
import { addMaelstrom } from "./maelstrom/verbs.ts";
import { addManners } from "./manners-verbs.ts";
import type { CollectOptions, MachineOptions } from "./real/machine.ts";
import type { OfferOptions } from "./real/offer.ts";
import type { MetricsOptions } from "./real/serve-metrics.ts";
import type { RunOptions } from "./request.ts";
import type { OutputOptions } from "./run.ts";
import { type End, several, VERBS } from "./verbs.ts";
import { VERSION } from "./version.ts";
import type { ViewOptions } from "./view/view.ts";

/**
 * The verbs with their options. `end` is told the exit status of the verb that ran. Each verb loads what it needs when it
 * runs: help, and what goes wrong before, need none of it.
 */
export function program(end: (status: number) => void): Command {
  const orrery = new Command("orrery")
    .description("Runs scale models of distributed systems, and shows what happened.")
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("(orrery --help, or orrery <verb> --help, shows what can be said)")
    .addHelpText("after", "\nExample:\n  orrery run clocks --set rates=6,1,1 --for 60s");

  addRuns(orrery, end);
  addExperiments(orrery, end);
  addMachines(orrery, end);
  addFactory(orrery, end);
  addLooks(orrery, end);
  addManners(orrery, end);
  return orrery;
}

function addRuns(orrery: Command, end: End): void {
  const run = withReal(withRun(orrery.command("run <system>").description(VERBS.run)));
  withMetrics(
    run,
    "on tcp and nats: tells there how the run is: /metrics, /healthz; 0: any free port",
  )
    .option(
      "--stdin",
      "on tcp and nats: take faults, one a line, from a standard input that is no terminal",
    )
    .option("--out <folder>", "a new folder for the run (default: runs/<system>/<number>)")
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", RUN_EXAMPLES)
    .action(async (name: string, options: RunOptions & MetricsOptions & OutputOptions) => {
      const { run } = await import("./run.ts");
      end(await run(name, options));
    });
  withRun(orrery.command("check <system>").description(VERBS.check), "30s")
    .option("--seeds <number>", "how many, from --seed on (default: 1000)")
    .option("--jobs <number>", "threads (default: one a core)")
    .option("--keep-going", "run all seeds, and explain the first failure of each check")
    .option("--whole", "tell a failure as it was found, without shrinking it")
    .option("--out <folder>", "a new folder for a failure (default: runs/<system>/<number>)")
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", CHECK_EXAMPLES)
    .action(async (name: string, options: CheckOptions) => {
      const { check } = await import("./hunt/check.ts");
      end(await check(name, options));
    });
  addMaelstrom(orrery, end);
  orrery
    .command("why <folder>")
    .description(VERBS.why)
    .option("--seeds <number>", "continuations from each moment (default: 60)")
    .option("--moments <number>", "moments to begin with (default: 20)")
    .option("--jobs <number>", "threads (default: one a core)")
    .option("--json", "print one JSON object instead of a table")
    .addHelpText(
      "after",
      "\nExamples:\n  orrery check examples/wrong/stale-leader.ts\n  orrery why runs/stale-leader/0001",
    )
    .action(async (folder: string, options: WhyOptions) => {
      const { why } = await import("./hunt/why.ts");
      end(await why(folder, options));
    });
  withRun(orrery.command("twice <system>").description(VERBS.twice))
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", "\nExample:\n  orrery twice clocks --seed 7")
    .action(async (name: string, options: RunOptions & OutputOptions) => {
      const { twice } = await import("./twice.ts");
      end(await twice(name, options));
    });
}

function addExperiments(orrery: Command, end: End): void {
  withReach(orrery.command("experiment <file...>").description(VERBS.experiment), NATS_FOR_BOTH)
    .option("--on <runtime>", "sim, tcp or nats (default: what the file says, else sim)")
    .option("--jobs <number>", "runs at a time (default: one a core; on tcp and nats, two)")
    .option(
      "--out <folder>",
      "where its results go, or go on (default: runs/<name>; on tcp, runs/<name>-tcp)",
    )
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", EXPERIMENT_EXAMPLES)
    .action(async (files: readonly string[], options: ExperimentOptions) => {
      const { experiment } = await import("./experiment/experiment.ts");
      end(await experiment(files, options));
    });
  withReach(orrery.command("agree <file>").description(VERBS.agree))
    .option("--on <runtimes>", "the two that are compared", "sim,tcp")
    .option("--jobs <number>", "runs at a time (default: one a core; on tcp and nats, two)")
    .option("--out <folder>", "where results go, or go on (default: runs/agree-<name>)")
    .option("--json", "print one JSON object instead of a table")
    .addHelpText(
      "after",
      "\nExample:\n  orrery agree experiments/clocks/agree-lab.yaml --on sim,tcp",
    )
    .action(async (file: string, options: ExperimentOptions) => {
      const { agree } = await import("./experiment/agree.ts");
      end(await agree(file, options));
    });
}

function addMachines(orrery: Command, end: End): void {
  orrery
    .command("machine")
    .description(VERBS.machine)
    .requiredOption("--id <id>", "which of the configured machines this is")
    .requiredOption("--config <file>", "JSON: the machines by id, with host and port")
    .option("--for <time>", "stop after that (default: run until Ctrl-C)")
    .option(
      "--retries <number>",
      "give up when a peer is not there after so many attempts, one a second",
    )
    .option("--fresh", "forget what earlier starts left: log, record and store")
    .addHelpText("after", MACHINE_EXAMPLES)
    .action(async (options: MachineOptions) => {
      const { machine } = await import("./real/machine.ts");
      end(await machine(options));
    });
  const worker = withReach(orrery.command("worker").description(VERBS.worker))
    .option("--name <name>", "unique among workers (default: the host's)")
    .option("--label <label=value>", "for --place; may be repeated", several)
    .option("--cores <number>", "offers so many (default: all)")
    .option("--folder <folder>", "for stores and records (default: workers/<name>)");
  withMetrics(worker, "says there how it is: /metrics, /healthz (default: nowhere)")
    .addHelpText("after", WORKER_EXAMPLES)
    .action(async (options: OfferOptions) => {
      const { offer } = await import("./real/offer.ts");
      end(await offer(options));
    });
  orrery
    .command("collect <record...>")
    .description(VERBS.collect)
    .option("--out <folder>", "a new folder for the run (default: runs/<system>/<number>)")
    .option("--round <number>", "of several times that all were started, which (default: the last)")
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", "\nExample:\n  orrery collect logs/*.record")
    .action(async (records: readonly string[], options: CollectOptions) => {
      const { collect } = await import("./real/machine.ts");
      end(await collect(records, options));
    });
}

function addLooks(orrery: Command, end: End): void {
  withReal(withRun(orrery.command("view [what...]").description(VERBS.view)))
    .option("--speed <factor>", "times as fast as real time a run plays that is not on tcp", "1")
    .option("--port <number>", "of 127.0.0.1 (default: any that is free)")
    .addHelpText("after", VIEW_EXAMPLES)
    .action(async (what: readonly string[], options: ViewOptions) => {
      // What serves pages is loaded by nobody else.
      const { view } = await import("./view/view.ts");
      end(await view(what, options));
    });
  orrery
    .command("report <folder>")
    .description(VERBS.report)
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", "\nExample:\n  orrery report runs/clocks/latest")
    .action(async (folder: string, options: OutputOptions) => {
      const { EXPERIMENT_FILE } = await import("../experiments/journal.ts");
      if (existsSync(join(folder, EXPERIMENT_FILE))) {
        const { experimentReport } = await import("./experiment/experiment.ts");
        end(await experimentReport(folder, options));
      } else {
        const { report } = await import("./run.ts");
        end(await report(folder, options));
      }
    });
  orrery
    .command("export <folder>")
    .description(VERBS.export)
    .requiredOption("--to <format>", `one of ${EXPORT_FORMATS.join(", ")}`)
    .option("--out <file>", "a new file (default: standard output)")
    .option("--from <time>", "events from this instant of the run on")
    .option("--until <time>", "and before this one")
    .option("--only <names>", "events of these processes, comma-separated")
    .option("--cone <event>", "what the event of that sequence number depends on, and what on it")
    .option("--post <url>", "with --to otlp: post it there, to /v1/traces if no path is given")
    .addHelpText("after", EXPORT_EXAMPLES)
    .action(async (folder: string, options: ExportOptions) => {
      const { exportRun } = await import("./export/export.ts");
      end(await exportRun(folder, options));
    });
  orrery
    .command("list")
    .description(VERBS.list)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  orrery list")
    .action(async (options: OutputOptions) => {
      const { list } = await import("./list.ts");
      end(list(options));
    });
}

/** The options that say where to run. */
function withReal(command: Command): Command {
  const real = command
    .option(
      "--on <runtime>",
      "sim (virtual time), tcp (OS processes, real time) or nats (the same on workers of other hosts)",
      "sim",
    )
    .option(
      "--per-worker <number>",
      "processes of an OS process (default: on tcp 1, on nats as many as make one a core)",
    )
    .option("--retries <number>", "seconds until all must be connected (default: 30)")
    .option(
      "--place <rule>",
      'on nats: "saw-*,weld-1 on site=paris", by labels of workers; may be repeated',
      several,
    );
  return withReach(real);
}

/** The options that say where somebody may ask how it is. */
const withMetrics = (command: Command, says: string): Command =>
  command
    .option("--metrics-port <port>", says)
    .option("--metrics-host <address>", "to listen on for that (default: 127.0.0.1)");

const NATS_SERVERS = "servers, comma-separated (default: NATS_URL, or nats://127.0.0.1:4222)";
const NATS_FOR_BOTH =
  "on sim: the workers there compute the runs, in virtual time (default: this host's cores); on nats: each run is itself on them, in real time (default: NATS_URL, or nats://127.0.0.1:4222)";

/** The options that say how to get to NATS. */
function withReach(command: Command, servers = NATS_SERVERS): Command {
  return command
    .option("--nats <url>", servers)
    .option("--creds <file>", "a user's credentials (default: NATS_CREDS)")
    .option(
      "--js-domain <name>",
      "the JetStream that is meant, where sites have their own (default: NATS_JS_DOMAIN)",
    )
    .option("--tls-ca <file>", "whom to trust (default: NATS_CA, or whom the system trusts)")
    .option("--tls-cert <file>", "the client's certificate (default: NATS_CERT)")
    .option("--tls-key <file>", "and its key (default: NATS_KEY)");
}

/** The options that say what to run. */
function withRun(command: Command, span = "60s"): Command {
  return command
    .option("--for <time>", `how long to run: 500ms, 60s, 5min, 2h (default: ${span})`)
    .option("--seed <number>", "all chance comes from it", "1")
    .option("--set <name=value>", "a parameter of the system; may be repeated", several)
    .option(
      "--delay <delay>",
      'of links: 5ms, 1ms..10ms, "exponential 1ms 5ms", "lognormal 5ms 0.5" (default: 1ms..10ms)',
    )
    .option("--loss <probability>", "that a link loses a message")
    .option("--duplicate <probability>", "that a link doubles a message")
    .option("--fifo", "links keep the order of messages")
    .option("--store-delay <delay>", "from a commit to its durability (default: none)")
    .option(
      "--fault <fault>",
      '"crash machine_2 10s..20s", "partition a|b,c 5s..8s", …, see below; may be repeated',
      several,
    )
    .option("--profile <name>", "draws more faults from the seed; orrery list shows the profiles")
    .option(
      "--lamport <rule>",
      "standard, or send-before-increment: the wrong rule of some programs",
    )
    .option("--strict", "freeze messages and states, and pass messages through the codec");
}
