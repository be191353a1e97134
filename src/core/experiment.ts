// A question, and the runs that answer it; as plain data.
import type { Json } from "./json.ts";
import type { Micros } from "./micros.ts";
import type { Run } from "./run.ts";

/** One set of parameters; it is run once for each seed. */
export type Cell = {
  readonly name: string;
  /** Where it stands in the grid: parameter and value. */
  readonly coordinates: { readonly [parameter: string]: Json };
  /** The run of its first seed; the others differ in the seed alone. */
  readonly run: Run;
};

/** Two cells held against each other, seed by seed. */
type Comparison = { readonly metric: string; readonly of: readonly [string, string] };

/** A picture of one metric over two parameters of the grid. */
export type MapOf = { readonly x: string; readonly y: string; readonly metric: string };

export type Experiment = {
  readonly name: string;
  /** In one sentence. */
  readonly question: string;
  /** How the system was named: a name, or a module's path. */
  readonly system: string;
  /** Hash of that module, or null for a system that ships. */
  readonly source: string | null;
  readonly seeds: { readonly first: number; readonly count: number };
  /** Model time at the beginning of each run that does not count. */
  readonly warmUp: Micros;
  readonly cells: readonly Cell[];
  readonly compare: readonly Comparison[];
  readonly map: MapOf | null;
  /** Metrics that tables and figures of all cells show. */
  readonly show: readonly string[];
  /** On which runtime it runs, unless the command line says another. */
  readonly runtime: "sim" | "tcp" | "nats";
  /** What two runtimes must agree in to be called equivalent, and within which bounds. */
  readonly agree: {
    readonly distance: number;
    readonly means: number;
    /** Empty: every metric that is measured. */
    readonly metrics: readonly string[];
  };
};

/** One run of an experiment, measured. */
export type Row = {
  /** Index of the cell. */
  readonly cell: number;
  readonly seed: number;
  /** By metric name, in the order of the cell's first row. */
  readonly metrics: { readonly [metric: string]: number };
  /** Names of the checks that did not hold. */
  readonly failed: readonly string[];
  /** Largest clock minus smallest, at evenly spaced instants of the run. */
  readonly spread: readonly number[];
  /** Why there are no metrics: the run threw. */
  readonly error?: string;
};

/** Some seeds of one cell, as they are given to a worker. */
export type Job = {
  readonly system: string;
  readonly cell: number;
  readonly run: Run;
  readonly warmUp: Micros;
  readonly seeds: readonly number[];
};

/**
 * Runs jobs somewhere: in this thread, in worker threads, on other hosts. Gives a line of JSON for each
 * row: whoever runs it also writes it down, so that one thread does not do it for all.
 */
export type Executor = (job: Job) => Promise<string>;
