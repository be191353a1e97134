// A simulation as a show, and what is said of any show.
import type { Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import type { Reseed } from "../../dashboard/execution.ts";
import type { ShowInfo } from "../../dashboard/protocol.ts";
import type { Dashboard } from "../../dashboard/server.ts";
import type { ViewState } from "../../dashboard/show.ts";
import { SimShow } from "../../dashboard/sim-show.ts";
import { sim } from "../../runtimes/sim/simulation.ts";
import { FactoryView } from "../../systems/factory/view.ts";
import { shippedOf } from "../systems.ts";
import { judgeOf } from "./audit.ts";

/** A run that is to be watched. */
export type Watched = {
  readonly id: string;
  readonly title: string;
  readonly system: AnySystem;
  readonly run: Run;
  /** Times as fast as real time, at first. */
  readonly speed: number;
  /** The line that repeats it in `sim`. */
  readonly repeat: (run: Run) => string;
};

/** A simulation at its beginning, paused. @throws OrreryError if it cannot start */
export function simShow(dashboard: Dashboard, watched: Watched): SimShow {
  const { id, system, run, repeat, speed } = watched;
  const { names, rates } = sim.start(system, run, null);
  const audit = judgeOf(system, run);
  const can = ["play", "step", "fault", "branch"] as const;
  return new SimShow({
    info: {
      ...infoOf(watched, names, rates),
      source: "sim",
      runtime: "sim",
      duration: run.duration,
      can: audit === undefined ? can : [...can, "audit"],
    },
    run,
    start: (asked, writer) => sim.start(system, asked, writer),
    view: viewOf(run, names),
    repeat: (asked, reseeds) => `${repeat(asked)}${reseedText(reseeds)}`,
    audit,
    branched: async (make) => {
      const branch = await make(dashboard.newId(id));
      await dashboard.addGuest(branch);
      return branch.info.id;
    },
    speed,
  });
}

/** What only a branch can do stands behind the line as a comment. */
const reseedText = (reseeds: readonly Reseed[]): string =>
  reseeds.length === 0
    ? ""
    : `  # then, as a branch: ${reseeds.map(({ turn, seed }) => `seed ${seed} from turn ${turn} on`).join(", ")}`;

/** What is said of a run whatever its events come from. */
export function infoOf(
  { id, title, run }: Pick<Watched, "id" | "title" | "run">,
  names: readonly string[],
  rates: readonly number[],
): Omit<ShowInfo, "source" | "runtime" | "duration" | "can"> {
  const theory = shippedOf(run)?.theory(run, rates) ?? [];
  return {
    id,
    title,
    system: run.system,
    seed: run.seed,
    names,
    rates,
    theory: Object.fromEntries(theory.map(([process, says]) => [names[process]!, says])),
    view: viewOf(run, names) === undefined ? null : "factory",
  };
}

/** The state of a system's own view, if it has one. */
export const viewOf = (run: Run, names: readonly string[]): (() => ViewState) | undefined =>
  run.system === "factory" ? () => new FactoryView(run, names) : undefined;
