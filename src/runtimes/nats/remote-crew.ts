// The workers of a run on other hosts, as its supervisor sees them: parts, each an OS process that some host has. A host
// that is silent may be dead, or cut off, or slow: what of it stored something waits for it, what did not starts
// elsewhere when it cannot be running there any more.
//
// Invariants:
// 1. A part is started by one host at a time: by another one only after the first said that it ended, started anew, or
//    has not been told for longer than `FENCE` that it may go on (run-host.ts).
// 2. What is said of an earlier start of a part is passed over.
import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import type { Crew, CrewEvents, Signal } from "../real/crew.ts";
import { brief } from "../real/layout.ts";
import type { ToWorker, WorkerOrder, WorkerStatus } from "../real/protocol.ts";
import { Collector } from "./collector.ts";
import type { Denial } from "./parts.ts";
import { least, type Placed, type Rule } from "./placement.ts";
import { RemoteHost } from "./remote-host.ts";
import { linkSubject, statusSubject } from "./subjects.ts";
import { type FromHost, type HostInfo, readFromLink, readStatus } from "./words.ts";

/** How often it is looked how hosts are and what is new there; and a part is offered again, ms. */
const LOOK_EVERY = 500;
/** Parts have this long to end when they are told to, ms; and hosts as long to hand over what is kept there. */
const STOP_PATIENCE = 8_000;

export type RemoteCrewOptions = {
  readonly connection: NatsConnection;
  readonly run: string;
  /** Hash of the system's module, if it is one. */
  readonly source: string | null;
  readonly hosts: readonly HostInfo[];
  readonly placed: readonly Placed[];
  readonly rules: readonly Rule[];
  readonly names: readonly string[];
  readonly folder: string;
  readonly log: (line: string) => void;
  /** All was collected, as far as it could be. */
  readonly closed: () => Promise<void>;
};

type Part = {
  readonly placed: Placed;
  worker: string;
  order: WorkerOrder | undefined;
  /** It was ordered, and has not ended since. */
  live: boolean;
  /** Its order waits for its host. */
  waits: boolean;
  bound: boolean;
  pid: number;
  /** How it was when that was last heard. */
  status: WorkerStatus | undefined;
};

export class RemoteCrew implements Crew {
  readonly missing: string[] = [];
  readonly #options: RemoteCrewOptions;
  readonly #events: CrewEvents;
  readonly #hosts = new Map<string, RemoteHost>();
  readonly #collecting = new Map<string, Promise<unknown>>();
  readonly #parts: readonly Part[];
  readonly #collector: Collector;
  readonly #subscriptions: Subscription[] = [];
  readonly #timer: NodeJS.Timeout;
  /** Nothing is started any more. */
  #ending = false;
  /** What was said last of a worker that would not have a part. */
  #refusal = "";
  /** Is told when a part ended. */
  #ended: () => void = () => {};

  constructor(options: RemoteCrewOptions, events: CrewEvents) {
    this.#options = options;
    this.#events = events;
    const { connection, run } = options;
    this.#collector = new Collector(connection, run, options.folder);
    this.#parts = options.placed.map((placed) => ({
      placed,
      worker: placed.worker,
      order: undefined,
      live: false,
      waits: false,
      bound: false,
      pid: 0,
      status: undefined,
    }));
    for (const info of options.hosts) this.#hosts.set(info.worker, this.#newHost(info));
    const hear = (subject: string, callback: (said: { json(): unknown }) => void): void => {
      const heard = connection.subscribe(subject, { callback: (_, said) => callback(said) });
      this.#subscriptions.push(heard);
    };
    hear(linkSubject(run), (said) => {
      const word = readFromLink(said);
      if (word !== undefined) this.#hosts.get(word.worker)?.take(word);
    });
    hear(statusSubject(run), (said) => {
      const { index, status } = readStatus(said) ?? {};
      const part = this.#parts[index ?? -1];
      if (index === undefined || status === undefined || part?.live !== true) return;
      part.status = status;
      this.#events.heard(index, { kind: "status", status });
    });
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
  }

  get pids(): ReadonlyMap<number, number> {
    const living = [...this.#parts.entries()].filter(([, { live, pid }]) => live && pid > 0);
    return new Map(living.map(([index, { pid }]) => [index, pid]));
  }

  has(index: number): boolean {
    return this.#parts[index]!.live;
  }

  start(order: WorkerOrder): void {
    const part = this.#parts[order.index]!;
    part.order = order;
    if (!part.bound && this.#hosts.get(part.worker)!.lost) this.#move(part);
    part.waits = true;
    this.#dispatch(part);
  }

  tell(index: number, message: ToWorker): void {
    const part = this.#parts[index]!;
    const { kind } = message;
    const { order } = part;
    if (kind === "fault" && part.waits && order !== undefined) {
      const { run } = order;
      part.order = { ...order, run: { ...run, faults: [...run.faults, message.fault] } };
    }
    if (!part.live) return;
    const host = this.#hosts.get(part.worker)!;
    // Its OS processes know their own host's clock.
    const told = kind === "go" ? { ...message, epoch: message.epoch + host.offset } : message;
    host.say({ do: "tell", index, message: told });
  }

  tellAll(message: ToWorker): void {
    for (const index of this.#parts.keys()) this.tell(index, message);
  }

  signal(index: number, signal: Signal): void {
    const { live, worker } = this.#parts[index]!;
    if (live) this.#hosts.get(worker)!.say({ do: "signal", index, signal });
  }

  async end(idle: Iterable<number>, grace: number): Promise<void> {
    this.#ending = true;
    for (const index of idle) this.signal(index, "SIGKILL");
    for (const index of this.#parts.keys()) this.signal(index, "SIGCONT");
    if (grace > 0) await this.#allEnded(grace);
    this.tellAll({ kind: "stop" });
    if (!(await this.#allEnded(STOP_PATIENCE))) {
      for (const index of this.#parts.keys()) this.signal(index, "SIGKILL");
      await this.#allEnded(STOP_PATIENCE / 4);
    }
    clearInterval(this.#timer);
    await this.#collectAll();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#collector.close();
    await this.#options.closed();
  }

  #newHost(info: HostInfo): RemoteHost {
    const { connection, run } = this.#options;
    const { worker } = info;
    return new RemoteHost(connection, run, info, {
      said: (word) => this.#take(worker, word),
      restarted: () => {
        for (const [index, part] of this.#parts.entries()) {
          const lives = part.worker === worker && part.live;
          if (lives) this.#exit(index, part, "its worker started anew", true);
        }
      },
      ready: () => {
        for (const part of this.#parts) if (part.worker === worker) this.#dispatch(part);
      },
      away: (away) => this.#away(worker, away),
      other: (version) => this.#other(worker, version),
    });
  }

  /** Sends an order when its host is there, and its clock was read. */
  #dispatch(part: Part): void {
    const { order, worker } = part;
    const host = this.#hosts.get(worker)!;
    if (this.#ending || !part.waits || order === undefined || !host.ready) return;
    part.waits = false;
    part.live = true;
    part.pid = 0;
    const { folder: _ours, ...rest } = order;
    host.say({ do: "start", order: { ...rest, source: this.#options.source } });
  }

  #take(worker: string, word: FromHost): void {
    const part = this.#parts[word.index];
    if (part === undefined || part.worker !== worker) return;
    const { boot = 0 } = part.order ?? {};
    switch (word.said) {
      case "heard":
        if (part.live) this.#events.heard(word.index, word.message);
        break;
      case "started":
        if (word.boot === boot) part.pid = word.pid;
        break;
      case "exited":
        if (word.boot === boot && part.live) this.#exit(word.index, part, word.words, false);
        break;
      case "bound":
        part.bound = true;
        break;
      case "refused":
        if (word.boot === boot && part.live) this.#refused(part, word);
        break;
    }
  }

  #exit(index: number, part: Part, words: string, lost: boolean): void {
    part.live = false;
    part.pid = 0;
    this.#events.exited(index, words, lost);
    this.#ended();
  }

  /** A worker would not have a part: it is another's, or the worker ends. */
  #refused(part: Part, { reason, on }: Denial): void {
    part.live = false;
    const said = `${part.worker} does not take ${brief(this.#namesOf(part))}: ${reason}`;
    if (said !== this.#refusal) this.#options.log(`worker ${said}`);
    this.#refusal = said;
    if (on !== undefined && this.#hosts.has(on)) {
      // Its worker died before it could say so.
      part.worker = on;
      part.bound = true;
    } else if (!part.bound) this.#move(part);
    part.waits = true;
    setTimeout(() => this.#dispatch(part), LOOK_EVERY);
  }

  /** Chooses another host for a part that has no stores, if there is one. */
  #move(part: Part): void {
    const others = [...this.#hosts.values()].filter(
      ({ away, info }) => !away && info.worker !== part.worker,
    );
    const names = this.#namesOf(part);
    const load = ({ worker }: HostInfo): number =>
      this.#parts.filter((each) => each.worker === worker).length;
    try {
      const infos = others.map(({ info }) => info);
      const { worker } = least(infos, names, this.#options.rules, load);
      this.#options.log(`${brief(names)} starts on ${worker}, no longer on ${part.worker}`);
      part.worker = worker;
    } catch {
      // Nobody else may have it: it waits.
    }
  }

  #look(): void {
    for (const host of this.#hosts.values()) {
      host.look();
      if (host.lost) this.#giveUp(host);
      void this.#collect(host);
    }
  }

  #away(worker: string, away: boolean): void {
    const names = this.#namesOn(worker);
    const whom = names.length === 0 ? "" : `: ${brief(names)} cannot be reached`;
    const said = away ? `does not answer${whom}` : "answers again";
    this.#options.log(`worker ${worker} ${said}`);
    if (!away) return;
    // For all that is known they are down; if they are not, they will say so themselves.
    for (const [index, { worker: its, live, status }] of this.#parts.entries()) {
      if (its !== worker || !live || status === undefined) continue;
      const processes = status.processes.map((each) => ({ ...each, state: "down" as const }));
      this.#events.heard(index, { kind: "status", status: { ...status, processes, late: [] } });
    }
  }

  #other(worker: string, version: string): void {
    const said = `worker ${worker} is of version ${version} now: it takes no part in this run`;
    if (said !== this.#refusal) this.#options.log(said);
    this.#refusal = said;
  }

  /** What may move ends there now, if it has not long ended. */
  #giveUp({ info }: RemoteHost): void {
    for (const [index, part] of this.#parts.entries()) {
      const goes = part.worker === info.worker && part.live && !part.bound;
      if (goes) this.#exit(index, part, "its worker does not answer", true);
    }
  }

  #namesOn(worker: string): readonly string[] {
    return this.#parts
      .filter((part) => part.worker === worker)
      .flatMap((part) => this.#namesOf(part));
  }

  #namesOf({ placed }: Part): readonly string[] {
    return placed.processes.map((process) => this.#options.names[process]!);
  }

  async #collect({ away, info: { worker } }: RemoteHost): Promise<void> {
    if (this.#collecting.has(worker) || away) return;
    const collected = this.#collector.records(worker);
    this.#collecting.set(worker, collected);
    await collected;
    this.#collecting.delete(worker);
  }

  /** Brings what is left, and lets go of what was brought. */
  async #collectAll(): Promise<void> {
    const collect = async (host: RemoteHost): Promise<void> => {
      const { worker } = host.info;
      const names = this.#namesOn(worker);
      // Two at once would write one file; and what is forgotten would be read as cut.
      await this.#collecting.get(worker);
      const all = await this.#collector.rest(worker, new Set(names), STOP_PATIENCE);
      host.close();
      if (all) await this.#collector.forget(worker);
      else this.missing.push(...names);
    };
    await Promise.all([...this.#hosts.values()].map(collect));
    if (this.missing.length === 0) return;
    const where = `in runs/${this.#options.run} of their workers' folders`;
    this.#options.log(`what ${brief(this.missing)} recorded and stored is still ${where}`);
  }

  /** False if some part lives on after so many ms; those of hosts that are away are not waited for. */
  async #allEnded(patience: number): Promise<boolean> {
    const until = performance.now() + patience;
    const living = (): boolean =>
      this.#parts.some(({ live, worker }) => live && !this.#hosts.get(worker)!.away);
    while (living() && performance.now() < until) {
      const ended = new Promise<void>((resolve) => {
        this.#ended = resolve;
      });
      await Promise.race([ended, sleep(100)]);
    }
    return !living();
  }
}
