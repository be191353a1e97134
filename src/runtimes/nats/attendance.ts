// Which workers take part in an experiment: its client makes it known each second, and hears who is there.
import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { OrreryError } from "../../core/errors.ts";
import { type Announced, type Answer, readAnswer } from "./job-words.ts";
import { answersSubject, EXPERIMENTS } from "./subjects.ts";

const SAY_EVERY = 1_000;
/** Who did not answer for so long is not there, ms. */
const SILENT = 5_000;
/** Once a worker takes part, others are waited for so long, ms. */
const STALL = 300;
/** None takes part: it is said again and again for so long at first, and later when all have gone, ms. */
const PATIENCE = 3_000;
const LONG_PATIENCE = 60_000;
const LOOK_EVERY = 20;

type Heard = Answer & { readonly at: number };

export class Attendance {
  readonly #connection: NatsConnection;
  readonly #announced: Omit<Announced, "over">;
  readonly #log: (line: string) => void;
  readonly #fail: (error: Error) => void;
  readonly #answers = new Map<string, Heard>();
  #saying: NodeJS.Timeout | undefined;
  /** When somebody last took part. */
  #attended = 0;
  #alone = false;

  constructor(
    connection: NatsConnection,
    announced: Omit<Announced, "over">,
    log: (line: string) => void,
    fail: (error: Error) => void,
  ) {
    this.#connection = connection;
    this.#announced = announced;
    this.#log = log;
    this.#fail = fail;
  }

  /** Resolves when somebody takes part. @throws OrreryError "nats/workers", saying why nobody does */
  async open(): Promise<void> {
    this.#connection.subscribe(answersSubject(this.#announced.experiment), {
      callback: (_, said) => {
        const answer = readAnswer(said);
        const at = performance.now();
        if (answer !== undefined) this.#answers.set(answer.worker, { ...answer, at });
      },
    });
    this.#say(false);
    const began = performance.now();
    while (this.workers === 0) {
      if (performance.now() - began > PATIENCE) throw this.#nobody(PATIENCE);
      await sleep(LOOK_EVERY);
      if (this.workers > 0) await sleep(STALL);
    }
    this.#attended = performance.now();
    this.#saying = setInterval(() => this.#again(), SAY_EVERY);
  }

  get workers(): number {
    return this.#present().length;
  }

  /** Of all that take part. */
  get cores(): number {
    return this.#present().reduce((sum, { cores }) => sum + cores, 0);
  }

  /** Lets workers know that nothing more is wanted. */
  end(): void {
    clearInterval(this.#saying);
    this.#say(true);
  }

  #present(): readonly Heard[] {
    const since = performance.now() - SILENT;
    return [...this.#answers.values()].filter(({ at, unfit }) => at > since && unfit === undefined);
  }

  #say(over: boolean): void {
    if (this.#connection.isClosed()) return;
    const reply = answersSubject(this.#announced.experiment);
    this.#connection.publish(EXPERIMENTS, JSON.stringify({ ...this.#announced, over }), { reply });
  }

  #again(): void {
    this.#say(false);
    const now = performance.now();
    const alone = this.workers === 0;
    if (!alone) this.#attended = now;
    if (alone !== this.#alone) {
      this.#log(alone ? "no worker takes part; waiting for one" : "a worker takes part again");
    }
    this.#alone = alone;
    if (now - this.#attended <= LONG_PATIENCE) return;
    clearInterval(this.#saying);
    this.#fail(this.#nobody(LONG_PATIENCE));
  }

  #nobody(patience: number): OrreryError {
    const since = performance.now() - Math.max(patience, SILENT);
    const unfit = [...this.#answers.values()].filter(({ at }) => at > since);
    const reasons = unfit.map((each) => `${each.worker}: ${each.unfit ?? "it is gone"}`);
    const seconds = patience / 1e3;
    const said =
      reasons.length === 0
        ? `no worker took part for ${seconds} s`
        : `no worker can take part: ${reasons.join("; ")}`;
    return new OrreryError("nats/workers", said);
  }
}
