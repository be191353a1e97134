// A failure that `orrery check` found, as it is kept in the folder of its run.
import { join } from "node:path";
import { OrreryError } from "../../core/errors.ts";
import type { Run } from "../../core/run.ts";
import { readJson } from "../../experiments/run-folder.ts";

/** The file of a failure in its folder: what `why` takes. */
export const FAILURE_FILE = "failure.json";

/** A failure as it is kept. */
export type Failure = {
  readonly system: string;
  /** As it was named on the command line. */
  readonly named: string;
  readonly check: string;
  /** Of the run as it was shrunk, and of the one that was found. */
  readonly seed: number;
  readonly foundSeed: number;
  readonly reason: string;
  readonly story: readonly string[];
  readonly repeat: string;
  readonly folder: string;
  /** The run as it was found, and as it was shrunk. */
  readonly found: Run;
  readonly run: Run;
  readonly runs: number;
};

/** @throws OrreryError "files/missing" */
export function failureIn(folder: string): Failure {
  const failure = readJson(join(folder, FAILURE_FILE)) as Failure | undefined;
  if (failure?.run !== undefined && failure.check !== undefined) return failure;
  throw new OrreryError("files/missing", `${folder} has no failure that orrery check has kept`);
}
