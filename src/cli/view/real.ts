// A run on real processes as a show: started, watched, and kept when it is over.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import type { Run } from "../../core/run.ts";
import { RealShow } from "../../dashboard/real-show.ts";
import { newRunFolder } from "../../experiments/run-folder.ts";
import { Tails } from "../../runtimes/real/records/tails.ts";
import { glimpse, STORES } from "../../runtimes/real/stored-files.ts";
import type { RealRun } from "../../runtimes/real/supervisor.ts";
import { told } from "../../runtimes/real/timetable.ts";
import { keptStores } from "../audits.ts";
import {
  checkReal,
  type KeptReal,
  keepRealRun,
  newRealRun,
  noteBegun,
  UNTIL_STOPPED,
} from "../real/run-real.ts";
import type { RealRunOptions } from "../real/where.ts";
import { runtimeOf } from "../request.ts";
import { factoryJudgeOf } from "./audit.ts";
import { infoOf, viewOf, type Watched } from "./sim.ts";

export type WatchedReal = Watched & {
  /** As the system was named on the command line. */
  readonly name: string;
  readonly options: RealRunOptions;
  /** The line that repeats its conditions on real processes. */
  readonly repeatInReality: Watched["repeat"];
};

export class RealWatch {
  readonly show: RealShow;
  readonly #title: string;
  readonly #running: RealRun;
  readonly #kept: KeptReal;
  readonly #run: Run;
  /** Undefined: it was not begun. */
  #over: Promise<void> | undefined;
  #stop: () => void = () => {};
  #stopping = false;

  /** Nothing is started yet. @throws OrreryError "config/*", "runtime/cannot", "files/write", "nats/*" */
  static async open(watched: WatchedReal): Promise<RealWatch> {
    const { system, name, run, title, options } = watched;
    // What cannot start must not leave a folder.
    checkReal(system, run, options);
    const folder = newRunFolder(system.name, undefined);
    const log = (line: string): void => void process.stderr.write(`  ${title}: ${line}\n`);
    try {
      const running = await newRealRun(system, name, run, folder, options, log);
      return new RealWatch(watched, running, folder);
    } catch (cause) {
      rmSync(folder, { recursive: true, force: true });
      throw cause;
    }
  }

  private constructor(watched: WatchedReal, running: RealRun, folder: string) {
    const { system, name, run, title, options } = watched;
    const runtime = runtimeOf(options) as KeptReal["runtime"];
    this.#title = title;
    this.#run = run;
    this.#kept = { system, name, runtime, folder, repeat: watched.repeatInReality };
    this.#running = running;
    this.show = this.#newShow(watched, folder);
  }

  /** Starts it; and keeps it when it is over, by itself or as it was stopped. */
  begin(): void {
    noteBegun(this.#kept, this.#running, this.#run);
    const [stopped, stop] = told();
    this.#stop = stop;
    this.#over = this.#go(stopped);
    this.#over.catch(() => {});
  }

  /** Resolves when it is over and kept. @throws OrreryError what ended it, if it was not its time */
  get over(): Promise<void> | undefined {
    return this.#over;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stop();
    if (this.#over !== undefined) await this.#over;
    else {
      await this.#running.stop();
      this.#discard();
    }
  }

  async #go(stopped: Promise<void>): Promise<void> {
    const running = this.#running;
    try {
      await Promise.race([running.start(), stopped]);
      while (running.now < this.#run.duration && !this.#stopping) {
        await Promise.race([running.to(this.#run.duration), stopped]);
      }
    } catch (cause) {
      await running.stop();
      await this.show.end(messageOf(cause));
      if (running.now > 0) this.#log(`what was done until then is in ${this.#kept.folder}/records`);
      else this.#discard();
      throw cause;
    }
    await running.stop();
    await this.show.end();
    if (running.now === 0) this.#discard();
    else await this.#keep();
  }

  #discard(): void {
    rmSync(this.#kept.folder, { recursive: true, force: true });
  }

  async #keep(): Promise<void> {
    const { folder } = this.#kept;
    const { outcome } = await keepRealRun(this.#kept, this.#running);
    const failed = outcome.verdicts.filter(({ result }) => result === "fails");
    const said =
      failed.length === 0
        ? "no check fails"
        : `${failed.map(({ check }) => check).join(", ")} failed`;
    const seconds = (outcome.header.run.duration / 1e6).toFixed(1);
    this.#log(`${seconds} s, ${said}; Folder ${folder}`);
  }

  #log(line: string): void {
    process.stderr.write(`  ${this.#title}: ${line}\n`);
  }

  #newShow(watched: WatchedReal, folder: string): RealShow {
    const { run } = watched;
    const running = this.#running;
    const { names, rates } = running;
    // No two stores of work that goes on are of one instant: what can allow for that is asked.
    const judge = run.system === "factory" ? factoryJudgeOf(run) : undefined;
    const audit = (): ReturnType<NonNullable<typeof judge>> =>
      judge!(keptStores(folder, names) ?? [], keptStores(folder, names));
    return new RealShow({
      info: {
        ...infoOf(watched, names, rates),
        source: "real",
        runtime: this.#kept.runtime,
        duration: run.duration === UNTIL_STOPPED ? null : run.duration,
        can: judge === undefined ? ["fault"] : ["fault", "audit"],
      },
      run: {
        get now() {
          return running.now;
        },
        inject: (fault) => running.inject(fault),
        relieve: (process) => running.relieve(process),
        health: () => healthOf(running),
        repeat: () => watched.repeat(running.suffered),
        tails: () => new Tails(folder, names.length),
        stored: (process) => glimpse(join(folder, STORES), names[process]!),
        audit: judge && audit,
      },
      view: viewOf(run, names),
    });
  }
}

function healthOf(running: RealRun) {
  const { reconnects, refusals } = running.health();
  const sums = { late: 0, skipped: 0 };
  for (const { late, skipped } of running.pacing()) {
    sums.late += late;
    sums.skipped += skipped;
  }
  const refused = Object.values(refusals).reduce((all, times) => all + times, 0);
  return { ...sums, reconnects, refusals: refused };
}
