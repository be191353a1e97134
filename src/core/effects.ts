// A step: one handler call and the effects it asked for. Nothing in here makes an effect happen;
// that is the driver's work.
import { OrreryError } from "./errors.ts";
import { type Json, sealed } from "./json.ts";
import { MICROS_MAX, type Micros } from "./micros.ts";
import type { AnyProcess, Context, ProcessId } from "./process.ts";

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

/** Kinds of step. */
export const STEP = { start: 0, receive: 1, timeout: 2, idle: 3 };

/** The most effects one step may ask for; more is taken for a loop that does not end. */
const EFFECTS_MAX = 1_000_000;

/** What a context must ask its driver for. */
export interface EffectsHost {
  incarnationOf(process: number): number;
  storeIdOf(process: number): string;
  draw(process: number): number;
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
  /** In an array, because a plain field would allocate a number object at each assignment. */
  readonly #now = new Float64Array(1);

  /** In a strict run, whatever is handed over is checked to be JSON and frozen from then on. */
  constructor(host: EffectsHost, strict: boolean) {
    this.#host = host;
    this.#strict = strict;
  }

  /** Empties it for a step of `process` at instant `now`. */
  begin(process: number, now: number): void {
    this.self = process as ProcessId;
    this.#now[0] = now;
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
    return this.#now[0]! as Micros;
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

/**
 * Calls the handler for one event and returns the next state; what it asked for is then in
 * `effects`. `from` and `body` are the sender and message of a receive, `body` the name of a
 * timer, or the stored map of a start.
 */
export function step(
  process: AnyProcess,
  kind: number,
  state: unknown,
  from: number,
  body: unknown,
  effects: Effects,
): unknown {
  const after = handled(process, kind, state, from, body, effects);
  if (after === state || !(after instanceof Promise)) return after;
  const said = "a handler returned a promise; handlers cannot be async";
  throw new OrreryError("process/effect", said);
}

function handled(
  process: AnyProcess,
  kind: number,
  state: unknown,
  from: number,
  body: unknown,
  effects: Effects,
): unknown {
  switch (kind) {
    case STEP.receive:
      return process.receive(state, from as ProcessId, body as Json, effects);
    case STEP.idle:
      return process.idle!(state, effects);
    case STEP.timeout:
      return process.timeout(state, body as string, effects);
    default:
      return process.start(body as ReadonlyMap<string, Json>, effects);
  }
}
