// The OS processes of a run, on this host: started, spoken to, counted, and never left behind.
import { type ChildProcess, fork } from "node:child_process";
import { messageOf } from "../../core/errors.ts";
import type { FromWorker, ToWorker, WorkerOrder } from "./protocol.ts";
import { Reaper } from "./reaper.ts";
import { atMost } from "./timetable.ts";

/** What a worker wrote last is kept for the error that may follow: so many characters. */
const LAST_WORDS = 4_000;
/** A worker that was told to stop has this long, ms. */
const STOP_PATIENCE = 3_000;

export type CrewEvents = {
  readonly heard: (index: number, message: FromWorker) => void;
  /**
   * An OS process ended; `words` is what it wrote to standard error at last. `lost`: with its host, which says
   * nothing of it.
   */
  readonly exited: (index: number, words: string, lost?: boolean) => void;
};

type Hand = { readonly child: ChildProcess; words: string; readonly over: Promise<void> };

/** The workers of a run, wherever they are. One that is not there is told nothing. */
export interface Crew {
  /** OS process ids, by worker; of those that live. */
  readonly pids: ReadonlyMap<number, number>;
  /** When it has ended: names of processes of which records and stores could not be had. */
  readonly missing: readonly string[];
  has(index: number): boolean;
  start(order: WorkerOrder): void;
  tell(index: number, message: ToWorker): void;
  tellAll(message: ToWorker): void;
  signal(index: number, signal: Signal): void;
  /**
   * Kills those that are idle, tells the others to stop, and waits until none is left. `grace`: so long they
   * may come to their end by themselves, ms.
   */
  end(idle: Iterable<number>, grace: number): Promise<void>;
}

export type Signal = "SIGKILL" | "SIGSTOP" | "SIGCONT";

export class LocalCrew implements Crew {
  /** All is on this host. */
  readonly missing = [];
  readonly #entry: URL;
  readonly #events: CrewEvents;
  #reaper: Reaper | undefined;
  readonly #hands = new Map<number, Hand>();

  /** `entry`: the module that a worker runs. */
  constructor(entry: URL, events: CrewEvents) {
    this.#entry = entry;
    this.#events = events;
  }

  get pids(): ReadonlyMap<number, number> {
    return new Map([...this.#hands].map(([index, { child }]) => [index, child.pid ?? 0]));
  }

  has(index: number): boolean {
    return this.#hands.has(index);
  }

  start(order: WorkerOrder): void {
    const { index } = order;
    // In a group of its own: what a terminal tells the supervisor is not for workers.
    const child = fork(this.#entry, [], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    const { pid } = child;
    const reaper = (this.#reaper ??= new Reaper());
    if (pid !== undefined) reaper.add(pid);
    const over = new Promise<void>((resolve) => {
      child.once("close", () => {
        if (pid !== undefined) reaper.remove(pid);
        this.#hands.delete(index);
        resolve();
        this.#events.exited(index, hand.words);
      });
    });
    const hand: Hand = { child, words: "", over };
    this.#hands.set(index, hand);
    const keep = (text: Buffer): void => {
      hand.words = (hand.words + text.toString()).slice(-LAST_WORDS);
    };
    // What a system prints goes where it can be read without spoiling results.
    child.stdout?.on("data", (text: Buffer) => void process.stderr.write(text));
    child.stderr?.on("data", keep);
    child.on("message", (message) => this.#events.heard(index, message as FromWorker));
    child.on("error", (cause) => keep(Buffer.from(messageOf(cause))));
    this.tell(index, { kind: "order", order });
  }

  tell(index: number, message: ToWorker): void {
    const child = this.#hands.get(index)?.child;
    if (child?.connected === true) child.send(message, () => {});
  }

  tellAll(message: ToWorker): void {
    for (const index of this.#hands.keys()) this.tell(index, message);
  }

  signal(index: number, signal: Signal): void {
    this.#hands.get(index)?.child.kill(signal);
  }

  async end(idle: Iterable<number>, grace: number): Promise<void> {
    for (const index of idle) this.signal(index, "SIGKILL");
    for (const index of this.#hands.keys()) this.signal(index, "SIGCONT");
    if (grace > 0) await atMost(grace, this.#all());
    this.tellAll({ kind: "stop" });
    await atMost(STOP_PATIENCE, this.#all());
    for (const index of this.#hands.keys()) this.signal(index, "SIGKILL");
    await this.#all();
    this.#reaper?.end();
    this.#reaper = undefined;
  }

  async #all(): Promise<void> {
    await Promise.all([...this.#hands.values()].map(({ over }) => over));
  }
}
