// The processes as automata: hands each event to its handler with the one context, and keeps the state that comes back.
// When a step happens, and what becomes of what it asks for, is the driver's affair.
import { Effects, type EffectsHost } from "../../core/effects.ts";
import { OrreryError } from "../../core/errors.ts";
import { freeze, type Json } from "../../core/json.ts";
import type { AnyProcess, ProcessId } from "../../core/process.ts";
import { PURPOSE, Streams } from "../../core/random.ts";
import type { Run } from "../../core/run.ts";
import type { Member } from "../../core/system.ts";
import type { Store } from "../ports.ts";
import * as layout from "./layout.ts";
import { Lives } from "./lives.ts";
import type { LocalClocks } from "./local-clocks.ts";
import type { ProcessTable } from "./process-table.ts";

const { HOT, HOT_WORDS } = layout;

export class Automata implements EffectsHost {
  readonly effects: Effects;
  readonly lives = new Lives();
  readonly #table: ProcessTable;
  readonly #store: Store;
  readonly #clocks: LocalClocks;
  readonly #processes: readonly AnyProcess[];
  readonly #states: unknown[];
  readonly #dice: Streams;
  readonly #strict: boolean;

  constructor(
    table: ProcessTable,
    members: readonly Member[],
    store: Store,
    clocks: LocalClocks,
    run: Run,
  ) {
    this.#table = table;
    this.#store = store;
    this.#clocks = clocks;
    this.#strict = run.strict;
    this.effects = new Effects(this, run.strict);
    this.#processes = members.map((member) => member.process);
    this.#states = new Array(members.length).fill(undefined);
    const place = { words: table.hot, stride: HOT_WORDS, at: HOT.dice };
    this.#dice = new Streams(run.seed, PURPOSE.dice, members.length, place);
  }

  incarnationOf(process: number): number {
    return this.lives.known(process, this.#table.incarnation(process));
  }

  storeIdOf(process: number): string {
    return this.#store.idOf(process);
  }

  nowOf(process: number): number {
    return this.#clocks.now(process, this.#table.now);
  }

  draw(process: number): number {
    return this.#dice.uniform(process);
  }

  start(process: number): void {
    const stored = this.#store.load(process);
    this.effects.begin(process);
    this.#keep(process, this.#processes[process]!.start(stored, this.effects));
  }

  receive(process: number, from: number, body: unknown): void {
    const state = this.#begin(process);
    const sender = from as ProcessId;
    this.#keep(
      process,
      this.#processes[process]!.receive(state, sender, body as Json, this.effects),
    );
  }

  timeout(process: number, timer: string): void {
    const state = this.#begin(process);
    this.#keep(process, this.#processes[process]!.timeout(state, timer, this.effects));
  }

  isIdler(process: number): boolean {
    return this.#processes[process]!.idle !== undefined;
  }

  idle(process: number): void {
    const state = this.#begin(process);
    this.#keep(process, this.#processes[process]!.idle!(state, this.effects));
  }

  /** Loses its state. */
  forget(process: number): void {
    this.#states[process] = undefined;
  }

  /** The dice of a new incarnation. */
  restart(process: number, incarnation: number): void {
    this.#dice.restart(process, incarnation);
  }

  /** All chance from now on comes from another seed. */
  reseed(seed: number): void {
    this.#dice.reseed(seed);
  }

  #begin(process: number): unknown {
    this.effects.begin(process);
    return this.#states[process];
  }

  /** Most steps change nothing: to compare costs less than to store. */
  #keep(process: number, state: unknown): void {
    this.effects.end();
    if (state !== this.#states[process]) this.#change(process, state);
  }

  #change(process: number, state: unknown): void {
    if (state instanceof Promise) {
      const said = "a handler returned a promise; handlers cannot be async";
      throw new OrreryError("process/effect", said);
    }
    this.#states[process] = this.#strict ? freeze(state) : state;
  }
}
