// The effects that a handler asks for in one step. Nothing in here makes an effect happen; that is the
// driver's work.
import { OrreryError } from "./errors.ts";
import { type Json, sealed } from "./json.ts";
import { MICROS_MAX, type Micros } from "./micros.ts";
import type { Context, ProcessId } from "./process.ts";

/** Kinds of effect, in the order in which a handler asked for them. */
export const EFFECT = {
  send: 0,
  note: 1,
  setTimer: 2,
  cancelTimer: 3,
  put: 4,
  remove: 5,
  append: 6,
};

/** The most effects one step may ask for; more is taken for a loop that does not end. */
const EFFECTS_MAX = 1_000_000;

/** What a context must ask its driver for. */
export interface EffectsHost {
  incarnationOf(process: number): number;
  storeIdOf(process: number): string;
  draw(process: number): number;
  /** Time as this process sees it. */
  nowOf(process: number): number;
}

/**
 * The context of every step of a driver: one object, refilled, so that a step allocates nothing.
 * Effect i is `kinds[i]` with operands `first[i]` and `second[i]`, 0 ≤ i < count; a send has a priority.
 */
export class Effects implements Context<Json> {
  self = 0 as ProcessId;
  count = 0;
  /** How many of the effects are stamped events: sends and notes. */
  stamped = 0;
  /** How many of the effects go to the store. */
  stored = 0;
  readonly kinds: number[] = [];
  readonly first: unknown[] = [];
  readonly second: unknown[] = [];
  /** Of sends only. */
  readonly priorities: number[] = [];
  readonly #host: EffectsHost;
  readonly #strict: boolean;
  /** A handler is running: only then may it ask for effects. */
  #open = false;

  /** In a strict run, whatever is handed over is checked to be JSON and frozen from then on. */
  constructor(host: EffectsHost, strict: boolean) {
    this.#host = host;
    this.#strict = strict;
  }

  /** Empties it for a step of `process`. */
  begin(process: number): void {
    this.self = process as ProcessId;
    this.count = 0;
    this.stamped = 0;
    this.stored = 0;
    this.#open = true;
  }

  /** The handler has returned. */
  end(): void {
    this.#open = false;
  }

  get now(): Micros {
    return this.#host.nowOf(this.self) as Micros;
  }

  get incarnation(): number {
    return this.#host.incarnationOf(this.self);
  }

  get storeId(): string {
    return this.#host.storeIdOf(this.self);
  }

  random(): number {
    return this.#host.draw(this.self);
  }

  send(to: ProcessId | readonly ProcessId[], message: Json, priority = 0): void {
    if (typeof to !== "number" && to.length === 0) return;
    if (this.#strict) Object.freeze(to);
    this.stamped++;
    this.priorities[this.count] = priority;
    this.#record(EFFECT.send, to, message);
  }

  note(name: string, fields: { readonly [name: string]: Json } = {}): void {
    this.stamped++;
    this.#record(EFFECT.note, name, fields);
  }

  setTimer(timer: string, delay: Micros): void {
    if (!Number.isFinite(delay)) {
      throw new OrreryError("process/effect", `timer "${timer}" was set to ${delay} µs`);
    }
    this.#record(EFFECT.setTimer, timer, Math.min(delay, MICROS_MAX));
  }

  cancelTimer(timer: string): void {
    this.#record(EFFECT.cancelTimer, timer, null);
  }

  put(key: string, value: Json): void {
    this.stored++;
    this.#record(EFFECT.put, key, value);
  }

  remove(key: string): void {
    this.stored++;
    this.#record(EFFECT.remove, key, null);
  }

  append(log: string, value: Json): void {
    this.stored++;
    this.#record(EFFECT.append, log, value);
  }

  #record(kind: number, first: unknown, second: unknown): void {
    if (!this.#open)
      throw new OrreryError("process/effect", "an effect was asked for after its step");
    const at = this.count++;
    if (at >= EFFECTS_MAX) {
      throw new OrreryError("process/effect", `a step asked for more than ${EFFECTS_MAX} effects`);
    }
    if (this.#strict) sealed(second, "what was handed over");
    this.kinds[at] = kind;
    this.first[at] = first;
    this.second[at] = second;
  }
}
