// What the command line can do, by verb.

/** The verbs, in the order in which one meets them. */
export const VERBS = {
  run: "runs a system once and keeps trace, logs, tables, verdicts and figures in a folder",
  experiment:
    "runs a file's cells with many seeds on all cores, and writes a report with statistics",
  agree: "runs an experiment on two runtimes and says, for each metric, how far apart they are",
  machine: "starts one machine of a scale model, in a terminal or on a host of its own",
  collect: "merges the records of such machines into a run, with trace, checks and figures",
  worker: "offers this host to runs and experiments of others, over NATS",
  check: "hunts: many seeds with faults drawn from each; a failure is made small, told and drawn",
  maelstrom:
    "hosts programs that speak Maelstrom's protocol, tries them with faults, and judges and tells what they did",
  node: "is one process of a system as a program, for a tool that speaks Maelstrom's protocol",
  why: "re-seeds a failing run from ever later moments, and says at which it became likely to fail",
  factory:
    "plans a factory's flow, audits its stores, traces its lots, writes random factory files",
  view: "serves a page on which runs are watched, live or kept: stepped, taken back, and broken",
  twice: "runs a seed twice and says whether both are the same, or where they part",
  report: "judges, measures and draws a kept run or experiment again",
  export: "writes a kept run in the words of another tool",
  new: "writes a system of one's own to begin with: a process, a check, its test",
  clean: "removes old run folders under runs/, after saying which and how much they take",
  completion: "prints a script that completes verbs, options and names in a shell",
  list: "shows systems, parameters, checks and verbs, each in one line",
} as const;

/** Is told the exit status of the verb that ran. */
export type End = (status: number) => void;

/** An option that may be repeated. */
export const several = (value: string, values: readonly string[] = []): string[] => [
  ...values,
  value,
];
