// What a trace leaves out, seen by a system that is run once more: bodies of messages, values stored.
import { countIn } from "../core/counting.ts";
import type { Json } from "../core/json.ts";
import type { AnyProcess, Context, ProcessId } from "../core/process.ts";
import { type AnySystem, wrapped } from "../core/system.ts";

/** What one process asked for, by incarnation and how-many-th: as traces count. */
export class Book {
  readonly #bodies = new Map<string, Json>();
  readonly #bodiesMax: number;
  readonly #stored = new Map<string, string[]>();
  readonly #starts = new Map<number, number>();
  readonly #sends = new Map<number, number>();
  readonly #stores = new Map<number, number>();

  /** Of more than `bodiesMax` messages, those that come later are not kept. */
  constructor(bodiesMax = Number.POSITIVE_INFINITY) {
    this.#bodiesMax = bodiesMax;
  }

  /** The body of a message. */
  body(process: number, incarnation: number, number: number): Json | undefined {
    return this.#bodies.get(`${process}/${incarnation}/${number}`);
  }

  /** What the how-many-th commit of an incarnation, from 0, put, removed and appended, in words. */
  stored(process: number, incarnation: number, number: number): readonly string[] {
    return this.#stored.get(`${process}/${incarnation}/${number}`) ?? [];
  }

  start(process: number): void {
    countIn(this.#starts, process);
    this.#sends.set(process, 0);
    this.#stores.set(process, 0);
  }

  send(process: number, body: Json): void {
    const number = this.#sends.get(process)!;
    this.#sends.set(process, number + 1);
    if (this.#bodies.size >= this.#bodiesMax) return;
    this.#bodies.set(`${process}/${this.#starts.get(process)}/${number}`, body);
  }

  /** One step's changes. */
  store(process: number, changes: string[]): void {
    const number = this.#stores.get(process)!;
    this.#stores.set(process, number + 1);
    this.#stored.set(`${process}/${this.#starts.get(process)}/${number}`, changes);
  }
}

/** The same system, which behaves the same, and writes down what its processes ask for. */
export function spied(
  system: AnySystem,
  bodiesMax?: number,
): { readonly system: AnySystem; readonly book: Book } {
  const book = new Book(bodiesMax);
  return { book, system: wrapped(system, (process) => watch(process, book)) };
}

function watch(process: AnyProcess, book: Book): AnyProcess {
  const stepped = (context: Context<Json>, step: (context: Context<Json>) => unknown): unknown => {
    const spy = new SpyContext(context, book);
    const state = step(spy);
    if (spy.changes.length > 0) book.store(context.self, spy.changes);
    return state;
  };
  return {
    start(stored, context) {
      book.start(context.self);
      return stepped(context, (spy) => process.start(stored, spy));
    },
    receive: (state, from, message, context) =>
      stepped(context, (spy) => process.receive(state, from, message, spy)),
    timeout: (state, timer, context) =>
      stepped(context, (spy) => process.timeout(state, timer, spy)),
    ...(process.idle === undefined
      ? {}
      : {
          idle: (state: unknown, context: Context<Json>) =>
            stepped(context, (spy) => process.idle!(state, spy)),
        }),
  };
}

class SpyContext implements Context<Json> {
  readonly changes: string[] = [];
  readonly #context: Context<Json>;
  readonly #book: Book;

  constructor(context: Context<Json>, book: Book) {
    this.#context = context;
    this.#book = book;
  }

  get self(): ProcessId {
    return this.#context.self;
  }

  get incarnation(): number {
    return this.#context.incarnation;
  }

  get storeId(): string {
    return this.#context.storeId;
  }

  get now() {
    return this.#context.now;
  }

  random(): number {
    return this.#context.random();
  }

  send(to: ProcessId | readonly ProcessId[], message: Json, priority?: number): void {
    if (typeof to === "number" || to.length > 0) this.#book.send(this.self, message);
    this.#context.send(to, message, priority);
  }

  setTimer(timer: string, delay: Context<Json>["now"]): void {
    this.#context.setTimer(timer, delay);
  }

  cancelTimer(timer: string): void {
    this.#context.cancelTimer(timer);
  }

  put(key: string, value: Json): void {
    this.changes.push(`${key} = ${JSON.stringify(value)}`);
    this.#context.put(key, value);
  }

  remove(key: string): void {
    this.changes.push(`no ${key}`);
    this.#context.remove(key);
  }

  append(log: string, value: Json): void {
    this.changes.push(`${JSON.stringify(value)} to ${log}`);
    this.#context.append(log, value);
  }

  note(name: string, fields: { readonly [name: string]: Json }): void {
    this.#context.note(name, fields);
  }
}
