// What a worker does for experiments: it hears of them, says whether it takes part, and has for each a JobTaker for as
// long as its client is there.
import type { JetStreamClient } from "@nats-io/jetstream";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { type JobPool, JobTaker } from "./job-taker.ts";
import { type Announced, type Answer, readAnnounced } from "./job-words.ts";
import { EXPERIMENTS } from "./subjects.ts";

export type JobHostOptions = {
  readonly worker: string;
  readonly cores: number;
  readonly version: string;
  /** Why an experiment's system cannot run here, if it cannot. */
  readonly unfit: (experiment: Announced) => string | undefined;
  readonly jetstream: JetStreamClient;
  /** Opens what runs jobs of one experiment: modules differ between experiments. */
  readonly open: () => JobPool;
  readonly log: (line: string) => void;
};

/** Jobs at a time for each core: one runs, others come and go. */
const JOBS_PER_CORE = 3;
/** Experiments at a time: each has threads of its own. */
const EXPERIMENTS_MAX = 16;
/** A client of which nothing is heard for so long is gone, or its servers are, ms. */
const GONE = 15_000;
const LOOK_EVERY = 1_000;
/** Experiments of which it was said that they cannot run here. */
const TOLD_MAX = 1_000;

type Taking = { readonly taker: JobTaker; heard: number };

export class JobHost {
  readonly #connection: NatsConnection;
  readonly #options: JobHostOptions;
  readonly #taking = new Map<string, Taking>();
  readonly #told = new Set<string>();
  readonly #ending = new Set<Promise<void>>();
  #looking: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(connection: NatsConnection, options: JobHostOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** Takes part from now on. */
  open(): void {
    this.#connection.subscribe(EXPERIMENTS, { callback: (_, said) => this.#hear(said) });
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
  }

  /** Jobs under way. */
  get jobs(): number {
    return [...this.#taking.values()].reduce((sum, { taker }) => sum + taker.jobs, 0);
  }

  /** Takes no more, finishes what it soon can, hands back the rest. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#looking);
    const taking = [...this.#taking.values()];
    await Promise.all([...taking.map(({ taker }) => taker.leave()), ...this.#ending]);
    await this.#connection.flush().catch(() => {});
  }

  #hear(said: Msg): void {
    const announced = readAnnounced(said);
    if (announced === undefined || this.#closing) return;
    if (announced.over) {
      this.#drop(announced.experiment);
      return;
    }
    const taking = this.#taking.get(announced.experiment);
    const unfit = taking === undefined ? this.#take(announced) : undefined;
    if (taking !== undefined) taking.heard = performance.now();
    const { worker, cores } = this.#options;
    const answer: Answer = { worker, cores, ...(unfit !== undefined && { unfit }) };
    said.respond(JSON.stringify(answer));
  }

  /** Takes part in an experiment from now on; says why not, if it does not. */
  #take(announced: Announced): string | undefined {
    const { experiment } = announced;
    const unfit = this.#unfit(announced);
    const { cores, log } = this.#options;
    if (unfit !== undefined) {
      if (this.#told.size < TOLD_MAX && !this.#told.has(experiment)) {
        this.#told.add(experiment);
        log(`experiment ${experiment} is left to others: ${unfit}`);
      }
      return unfit;
    }
    const options = { ...this.#options, places: cores * JOBS_PER_CORE };
    const taker = new JobTaker(this.#connection, announced, options);
    this.#taking.set(experiment, { taker, heard: performance.now() });
    taker.start();
    log(`experiment ${experiment} of ${announced.system}: takes part`);
    return undefined;
  }

  #unfit(announced: Announced): string | undefined {
    const { version, unfit } = this.#options;
    if (announced.version !== version)
      return `this is version ${version}, not ${announced.version}`;
    if (this.#taking.size >= EXPERIMENTS_MAX) return `it has ${EXPERIMENTS_MAX} experiments`;
    return unfit(announced);
  }

  #drop(experiment: string): void {
    const taking = this.#taking.get(experiment);
    if (taking === undefined) return;
    this.#taking.delete(experiment);
    this.#options.log(`experiment ${experiment}: over`);
    const ending = taking.taker.drop();
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }

  #look(): void {
    const gone = performance.now() - GONE;
    for (const [experiment, { heard }] of this.#taking) if (heard < gone) this.#drop(experiment);
  }
}
