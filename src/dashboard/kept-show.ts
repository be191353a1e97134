// A kept run that is replayed: its rows are in memory, and the present moment is a place among them.
import { OrreryError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { lookFromRows } from "./look.ts";
import { Player } from "./player.ts";
import type { Act, Frame, Look, ShowInfo } from "./protocol.ts";
import { Cuts, KEPT_MIN, type RowLog, type Rows } from "./rows.ts";
import type { Show, ViewState } from "./show.ts";
import { Standing } from "./standing.ts";

export type KeptShowOptions = {
  readonly info: ShowInfo;
  /** All rows there are of it, from the first on. */
  readonly log: RowLog;
  /** How long it was, µs. */
  readonly duration: number;
  /** What it was like at its end: what a process had stored, if that was kept; and the verdict on it. */
  readonly stored: ((process: number) => ReadonlyMap<string, Json> | undefined) | undefined;
  readonly audit: (() => Json) | undefined;
  readonly view: (() => ViewState) | undefined;
  readonly repeat: string;
  readonly says: string | null;
  readonly speed: number;
};

export class KeptShow implements Show {
  readonly info: ShowInfo;
  readonly cuts = new Cuts();
  readonly rows: Rows;
  readonly #options: KeptShowOptions;
  readonly #player: Player;
  #now = 0;
  /** Rows up to the present moment. */
  #row = 0;
  #standing: Standing;
  #view: ViewState | undefined;

  /** At its beginning. */
  constructor(options: KeptShowOptions) {
    const { info, log, view, speed } = options;
    this.info = info;
    this.#options = options;
    this.#player = new Player(speed, (span) => this.#to(this.#now + span));
    this.#standing = new Standing(info.rates);
    this.#view = view?.();
    const row = (): number => this.#row;
    this.rows = {
      get end() {
        return row();
      },
      // Pages keep no more than the last of many.
      from: (sequence) => log.between(Math.max(sequence, row() - KEPT_MIN), row()),
    };
  }

  frame(): Frame {
    const { duration, repeat, says } = this.#options;
    return {
      kind: "frame",
      show: this.info.id,
      now: this.#now,
      playing: this.#player.playing,
      speed: this.#player.speed,
      ended: this.#now >= duration,
      rows: this.#row,
      cuts: this.cuts.count,
      standings: this.#standing.standings,
      messages: this.#standing.messages,
      health: null,
      view: this.#view?.state() ?? null,
      repeat,
      says,
    };
  }

  act(act: Act): Json {
    const { audit } = this.#options;
    if (this.#player.heeds(act, this.#now >= this.#options.duration)) return null;
    switch (act.do) {
      case "step":
        this.#player.pause();
        this.#step(act.by);
        return null;
      case "seek":
        this.#to(act.at);
        return null;
      case "audit":
        if (audit !== undefined) return audit();
        break;
      default:
    }
    throw new OrreryError("config/value", `a kept run cannot ${act.do}`);
  }

  look(process: number): Look {
    const { log, stored } = this.#options;
    const rows = log.between(0, this.#row);
    // What was kept is what was there at the end.
    const kept = this.#row === log.end ? stored?.(process) : undefined;
    return lookFromRows(rows, process, kept, this.#standing.standings);
  }

  lot(lot: string): Json {
    return this.#view?.lot?.(lot) ?? null;
  }

  close(): void {
    this.#player.pause();
  }

  #step(by: number): void {
    const { log } = this.#options;
    const row = Math.min(Math.max(0, this.#row + by), log.end);
    this.#show(row);
    this.#now = row === 0 ? 0 : log.time(row - 1);
  }

  /** To an instant. */
  #to(at: number): void {
    const { log, duration } = this.#options;
    const now = Math.min(at, duration);
    // After a step, rows of this very instant may still be to come: they do at the next.
    this.#show(log.after(now));
    this.#now = now;
    if (now >= duration) this.#player.pause();
  }

  /** Shows so many rows. What was is reckoned from the first row on. */
  #show(row: number): void {
    const { log, view } = this.#options;
    if (row < this.#row) {
      this.#standing = new Standing(this.info.rates);
      this.#view = view?.();
      this.#row = 0;
      this.cuts.add(row);
    }
    for (const batch of log.between(this.#row, row)) {
      this.#standing.see(batch);
      this.#view?.see(batch);
    }
    this.#row = row;
  }
}
