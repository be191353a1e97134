// The jobs of one stage in a piece of a run: those around its first crash, or else the first ones.
import type { Gantt, GanttBar } from "../../../core/figure.ts";
import { STATES, type State } from "../measured/measures.ts";
import type { Heard } from "./heard.ts";
import { TONE_OF } from "./time-in-state.ts";

/** Jobs that a figure has room for; so many begin before a crash, if there are. */
const JOBS_MAX = 60;
const BEFORE = JOBS_MAX / 2;
/** A stage changes its state a few times for each job. */
const CHANGES_MAX = 8 * JOBS_MAX;
/** Of a stage that does not come back, so much is shown after its crash, as a share of what is before. */
const AFTER = 0.4;

/** µs; it has no end while it goes on. `suspended`: it did when its process crashed, and nobody has said more. */
type Job = {
  readonly number: number;
  readonly from: number;
  to?: number;
  ended: GanttBar["ended"];
  readonly interrupted: number[];
  suspended?: number;
};

type Change = { readonly at: number; readonly is: State };

/** Jobs one after the other, and how the stage stood until the last of them is over. */
class Piece {
  readonly jobs: Job[] = [];
  /** Until it says how it stands, it is not there. */
  readonly changes: Change[] = [{ at: 0, is: "crashed" }];
  /** Beyond this it is not known how the stage stood. */
  until = Number.POSITIVE_INFINITY;

  get isFull(): boolean {
    return this.jobs.length === JOBS_MAX;
  }

  begin(job: Job): void {
    if (this.isFull) return;
    this.jobs.push(job);
    if (this.jobs.length === 1) this.#forget(job.from);
  }

  change(change: Change): void {
    const over = this.isFull && this.jobs.every(({ to }) => to !== undefined);
    if (over || change.is === this.changes.at(-1)?.is) return;
    if (this.changes.length < CHANGES_MAX) this.changes.push(change);
    else this.until = Math.min(this.until, change.at);
  }

  /** Forgets all but so many of the last jobs, and makes room for changes. */
  roll(most: number): void {
    if (this.jobs.length > most) {
      this.jobs.shift();
      this.#forget(this.jobs[0]!.from);
    }
    if (this.changes.length === CHANGES_MAX) this.changes.shift();
  }

  #forget(before: number): void {
    const first = this.changes.findLastIndex(({ at }) => at <= before);
    this.changes.splice(0, first);
  }
}

export class JobLog {
  readonly #first = new Piece();
  readonly #around = new Piece();
  readonly #open = new Map<number, Job>();
  #crash: number | undefined;
  count = 0;

  hear(heard: Heard): void {
    const { at } = heard;
    if (heard.kind === "start" || heard.kind === "wiped") return;
    if (heard.kind === "crash") {
      for (const job of this.#open.values()) job.suspended ??= at;
      this.#change({ at, is: "crashed" });
      this.#crash ??= at;
      return;
    }
    const { name, fields } = heard;
    if (name === "stands") {
      this.#forgetLost();
      this.#change({ at, is: fields.is as State });
    } else if (name === "begins") {
      this.#forgetLost();
      this.#begin({ number: fields.job as number, from: at, ended: "open", interrupted: [] });
    } else if (name === "cut off") this.#cut(fields.job as number, at, fields.policy === "resume");
    else if (name === "makes" || name === "ships") {
      this.#close(fields.job as number, at, (fields.amount as number) > 0 ? "good" : "scrap");
    }
  }

  /** Did its process crash while it was followed? */
  get crashed(): boolean {
    return this.#crash !== undefined;
  }

  /** None without a job. `end` of the run, µs. */
  gantt(end: number): Gantt | undefined {
    const { jobs, changes, until } = this.#crash === undefined ? this.#first : this.#around;
    if (jobs.length === 0) return undefined;
    const from = Math.max(jobs[0]!.from, changes[0]!.at);
    const to = Math.min(until, this.#until(jobs, from, end));
    if (to <= from) return undefined;
    return {
      kind: "gantt",
      from: from / 1e6,
      to: to / 1e6,
      lanes: lanesOf(jobs, end),
      parts: STATES.map((state) => ({ name: state, tone: TONE_OF[state] })),
      band: bandOf(changes, to),
    };
  }

  #begin(job: Job): void {
    this.count++;
    this.#open.set(job.number, job);
    this.#first.begin(job);
    this.#around.begin(job);
    if (this.#crash === undefined) this.#around.roll(BEFORE);
  }

  #change(change: Change): void {
    if (this.#crash === undefined) this.#around.roll(BEFORE);
    this.#first.change(change);
    this.#around.change(change);
  }

  #cut(number: number, at: number, resumes: boolean): void {
    const job = this.#open.get(number);
    if (job === undefined) return;
    const since = job.suspended ?? at;
    delete job.suspended;
    if (resumes) job.interrupted.push(since);
    else this.#close(number, since, "cut");
  }

  #close(number: number, to: number, ended: Job["ended"]): void {
    const job = this.#open.get(number);
    if (job === undefined) return;
    job.to = to;
    job.ended = ended;
    this.#open.delete(number);
  }

  /** Whoever comes back says first what became of its jobs; of those of a lost store it knows nothing. */
  #forgetLost(): void {
    for (const { number, suspended } of [...this.#open.values()]) {
      if (suspended !== undefined) this.#close(number, suspended, "cut");
    }
  }

  #until(jobs: readonly Job[], from: number, end: number): number {
    const crash = this.#crash;
    if (crash !== undefined && jobs.every((job) => job.from <= crash)) {
      return Math.min(end, crash + AFTER * (crash - from));
    }
    return Math.max(...jobs.map(({ to = end }) => to));
  }
}

/** Each job in the first lane that is free when it begins. */
function lanesOf(jobs: readonly Job[], end: number): readonly (readonly GanttBar[])[] {
  const lanes: GanttBar[][] = [];
  const free: number[] = [];
  for (const { number, from, to = end, ended, interrupted } of jobs) {
    const found = free.findIndex((until) => until <= from);
    const lane = found < 0 ? lanes.length : found;
    free[lane] = to;
    lanes[lane] ??= [];
    lanes[lane].push({
      from: from / 1e6,
      to: to / 1e6,
      label: String(number),
      ended,
      interrupted: interrupted.map((at) => at / 1e6),
    });
  }
  return lanes;
}

/** States one after the other, up to `end`, µs. */
function bandOf(changes: readonly Change[], end: number): Gantt["band"] {
  return changes.map(({ at, is }, index) => ({
    from: at / 1e6,
    to: (changes[index + 1]?.at ?? Math.max(at, end)) / 1e6,
    part: STATES.indexOf(is),
  }));
}
