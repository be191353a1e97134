// A simulation that is watched: it plays, steps, and goes back, which is to run again up to that step: the same seed
// gives the same bytes. A fault is put into the plan of the run, so the line that repeats it repeats that too.
import { setImmediate } from "node:timers/promises";
import type { InFlight } from "../core/audit.ts";
import { OrreryError } from "../core/errors.ts";
import { parseFault } from "../core/fault-notation.ts";
import { fromThen } from "../core/faults.ts";
import type { Json } from "../core/json.ts";
import { type Micros, micros } from "../core/micros.ts";
import type { Fault, Run } from "../core/run.ts";
import type { Stored } from "../core/stored.ts";
import { type Executing, Execution, type Reseed } from "./execution.ts";
import { lookFrom } from "./look.ts";
import { Player } from "./player.ts";
import type { Act, Frame, Look, ShowInfo } from "./protocol.ts";
import { Cuts, type Rows } from "./rows.ts";
import type { Show } from "./show.ts";

/** A simulation as far as a show drives it. */
export type Steppable = {
  readonly now: Micros;
  /** Events of its queue that were done so far; and goes on until an instant or after so many. */
  readonly turns: number;
  goOn(until: Micros, turns: number): void;
  reseed(seed: number): void;
  stop(): void;
  readonly store: { stored(process: number): Stored };
  /** What waits in a process's inbox: from whom, and what. */
  inbox(process: number): Iterable<readonly [number, Json]>;
  underway(): Iterable<InFlight>;
};

export type SimShowOptions = Omit<Executing, "rates"> & {
  readonly info: ShowInfo;
  readonly run: Run;
  readonly repeat: (run: Run, reseeds: readonly Reseed[]) => string;
  /** Judges the stores as they are now, and what is under way. */
  readonly audit: ((stores: readonly Stored[], underway: Iterable<InFlight>) => Json) | undefined;
  /** Has a branch made, under an id of its own, and makes it known; returns the id. */
  readonly branched: (make: (id: string) => Promise<SimShow>) => Promise<string>;
  readonly speed: number;
};

/** Turns that are done before others may have the thread, and how long a beat of playing may take, ms. */
const SLICE = 2_000;
const BEAT_MAX = 20;

export class SimShow implements Show {
  readonly info: ShowInfo;
  readonly cuts = new Cuts();
  readonly #options: SimShowOptions;
  readonly #reseeds: readonly Reseed[];
  readonly #player: Player;
  #run: Run;
  #execution: Execution;
  /** What is to be done is done one after the other. */
  #acts: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** At its beginning. @throws OrreryError if the run cannot start */
  constructor(options: SimShowOptions, reseeds: readonly Reseed[] = []) {
    this.info = options.info;
    this.#options = options;
    this.#run = options.run;
    this.#reseeds = reseeds;
    this.#player = new Player(options.speed, (span) => this.#beat(span));
    this.#execution = this.#execute(options.run);
  }

  get rows(): Rows {
    return this.#execution.rows;
  }

  frame(): Frame {
    const { now, rows, standing, view, failed } = this.#execution;
    return {
      kind: "frame",
      show: this.info.id,
      now,
      playing: this.#player.playing,
      speed: this.#player.speed,
      ended: now >= this.#run.duration || failed !== undefined,
      rows: rows.end,
      cuts: this.cuts.count,
      standings: standing.standings,
      messages: standing.messages,
      health: null,
      view: view?.state() ?? null,
      repeat: this.#options.repeat(this.#run, this.#reseeds),
      says: failed ?? null,
    };
  }

  act(act: Act): Promise<Json> {
    const done = this.#acts.then(() => this.#do(act));
    this.#acts = done.catch(() => {});
    return done;
  }

  look(process: number): Look {
    const { running } = this.#execution;
    const stored = running.store.stored(process).keyed;
    return lookFrom("simulation", process, stored, [...running.inbox(process)]);
  }

  lot(lot: string): Json {
    return this.#execution.view?.lot?.(lot) ?? null;
  }

  close(): void {
    this.#closed = true;
    this.#player.pause();
    this.#execution.stop();
  }

  async #do(act: Act): Promise<Json> {
    if (this.#player.heeds(act, this.#execution.now >= this.#run.duration)) return null;
    switch (act.do) {
      case "step":
        this.#player.pause();
        if (act.by >= 0) await this.#drive(this.#execution, this.#run.duration, act.by);
        else {
          const turns = Math.max(0, this.#execution.turns + act.by);
          await this.#goBack((again) => this.#drive(again, this.#run.duration, turns));
        }
        return null;
      case "seek":
        await this.#seek(micros(Math.min(act.at, this.#run.duration)));
        return null;
      case "fault":
        await this.#strike((run, now) => withFault(run, act.text, now));
        return null;
      case "recover": {
        const name = this.info.names[act.process] ?? "";
        await this.#strike((run, now) => withRecovery(run, name, now));
        return null;
      }
      case "branch":
        return await this.#branch(act);
      case "audit": {
        const { running } = this.#execution;
        const stores = this.info.names.map((_, process) => running.store.stored(process));
        if (this.#options.audit !== undefined) {
          return this.#options.audit(stores, running.underway());
        }
        break;
      }
      default:
    }
    throw new OrreryError("config/value", `a simulation cannot ${act.do}`);
  }

  #execute(run: Run): Execution {
    const { start, view } = this.#options;
    return new Execution({ rates: this.info.rates, start, view }, run, this.#reseeds);
  }

  /** Goes on while it plays. What is too much for a beat is left out: the run is then slower than it should be. */
  #beat(span: number): void {
    const execution = this.#execution;
    const until = micros(Math.min(execution.now + span, this.#run.duration));
    const patience = performance.now() + BEAT_MAX;
    while (execution.advance(until, SLICE) === SLICE) if (performance.now() > patience) break;
    if (execution.now >= this.#run.duration || execution.failed !== undefined) {
      this.#player.pause();
    }
  }

  /** Goes on until an instant, or for so many turns, in slices. */
  async #drive(execution: Execution, until: Micros, turns: number): Promise<void> {
    for (let left = turns; left > 0 && !this.#closed; left -= SLICE) {
      const slice = Math.min(left, SLICE);
      if (execution.advance(until, slice) < slice) return;
      if (left > SLICE) await setImmediate();
    }
  }

  /** All that is due by an instant is done, and nothing else. */
  async #seek(at: Micros): Promise<void> {
    const { playing } = this.#player;
    this.#player.pause();
    const go = (execution: Execution) => this.#drive(execution, at, Number.POSITIVE_INFINITY);
    if (at < this.#execution.now) await this.#goBack(go);
    else await go(this.#execution);
    if (playing) this.#player.play();
  }

  async #goBack(go: (execution: Execution) => Promise<void>): Promise<void> {
    const had = this.rows.end;
    await this.#again(this.#run, go);
    if (this.rows.end < had) this.cuts.add(this.rows.end);
  }

  /** Executes a run anew, as far as is said, and then goes on with that. */
  async #again(run: Run, go: (execution: Execution) => Promise<void>): Promise<void> {
    const again = this.#execute(run);
    await go(again);
    this.#execution.stop();
    this.#run = run;
    this.#execution = again;
  }

  /** Goes on for so many turns, and then, as time goes on between two turns, until an instant. */
  async #reach(execution: Execution, turns: number, at: Micros): Promise<void> {
    await this.#drive(execution, this.#run.duration, turns);
    if (at > execution.now) await this.#drive(execution, at, Number.POSITIVE_INFINITY);
  }

  /** A fault from now on is one that was planned: what was done until now is done again, and is the same. */
  async #strike(struck: (run: Run, now: Micros) => Run): Promise<void> {
    const { playing } = this.#player;
    this.#player.pause();
    const { turns, now } = this.#execution;
    const run = struck(this.#run, now);
    await this.#again(run, (execution) => this.#reach(execution, turns, now));
    if (playing) this.#player.play();
  }

  /** Another show of the same run, which is where this one is, and from there on goes its own way. */
  async #branch({ seed, fault }: Extract<Act, { do: "branch" }>): Promise<string> {
    const { turns, now } = this.#execution;
    const says = [
      ...(seed === undefined ? [] : [`seed ${seed} from here on`]),
      ...(fault === undefined ? [] : [fault]),
    ].join(", ");
    const run = fault === undefined ? this.#run : withFault(this.#run, fault, now);
    const reseeds = seed === undefined ? this.#reseeds : [...this.#reseeds, { turn: turns, seed }];
    const { speed } = this.#player;
    const branchOf = { show: this.info.id, at: now, says: says === "" ? "as it was" : says };
    return await this.#options.branched(async (id) => {
      const info = { ...this.info, id, branchOf };
      const branch = new SimShow({ ...this.#options, info, run, speed }, reseeds);
      await branch.#reach(branch.#execution, turns, now);
      return branch;
    });
  }
}

/** The run with one more fault, its times counted from the instant after `now`. */
function withFault(run: Run, text: string, now: Micros): Run {
  return { ...run, faults: [...run.faults, fromThen(parseFault(text), now + 1)] };
}

/** The run in which whatever crashes and pauses hold a process ends in the instant after `now`. */
function withRecovery(run: Run, process: string, now: Micros): Run {
  const faults = run.faults.map((fault): Fault => {
    const { at, until = Number.POSITIVE_INFINITY } = fault;
    const holds = at <= now && until > now && HOLDING.has(fault.kind);
    return holds && "process" in fault && fault.process === process
      ? ({ ...fault, until: micros(now + 1) } as Fault)
      : fault;
  });
  return { ...run, faults };
}

const HOLDING: ReadonlySet<Fault["kind"]> = new Set(["crash", "wipe", "pause"]);
