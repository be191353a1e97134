// A host as the supervisor of a run sees it: a link to it, how far its clock is off, and whether it is there.
import type { NatsConnection } from "@nats-io/transport-node";
import type { Json } from "../../core/json.ts";
import { offsetOf } from "./clock-offset.ts";
import { Link } from "./link.ts";
import { workerSubject } from "./subjects.ts";
import {
  FENCE,
  type FromHost,
  type FromLink,
  type HostInfo,
  readFromHost,
  readHost,
  type ToHost,
  type ToLink,
} from "./words.ts";

/** A host that was silent for so long is not told to go on, ms. */
const SUSPECT = 10_000;
/** Beyond the fence, before what it had may be started elsewhere, ms. */
const MARGIN = 2_000;
/** One that was silent for so long is asked whether it is there, ms. */
const SILENT = 1_000;
/** Clocks drift apart: they are read again after this, ms, for who starts later. */
const READ_EVERY = 60_000;

export type HostEvents = {
  readonly said: (word: FromHost) => void;
  /** It started anew: nothing of what it had lives. */
  readonly restarted: () => void;
  /** It is there, and its clock is known: it can be given something. */
  readonly ready: () => void;
  /** It started anew as another version, and gets nothing any more. */
  readonly other: (version: string) => void;
  /** It does not answer; and it does again. */
  readonly away: (away: boolean) => void;
};

export class RemoteHost {
  info: HostInfo;
  readonly #connection: NatsConnection;
  readonly #run: string;
  readonly #events: HostEvents;
  #start: string;
  #link: Link;
  #offset: number | undefined;
  #meeting = false;
  /** When its clock was read last. */
  #met = 0;
  #heard = performance.now();
  /** When it was last told that it may go on. */
  #echoed = performance.now();
  #away = false;

  constructor(connection: NatsConnection, run: string, info: HostInfo, events: HostEvents) {
    this.#connection = connection;
    this.#run = run;
    this.info = info;
    this.#events = events;
    this.#start = info.start;
    this.#link = this.#newLink();
    void this.#meet();
  }

  get away(): boolean {
    return this.#away;
  }

  get ready(): boolean {
    return !this.#away && this.#offset !== undefined;
  }

  /** Its monotonic clock less ours, µs. */
  get offset(): number {
    return this.#offset ?? 0;
  }

  /** What could be elsewhere does not run there any more, or will not be taken. */
  get lost(): boolean {
    const fenced = performance.now() - this.#echoed > FENCE + MARGIN;
    return this.info.draining || (this.#away && fenced);
  }

  say(word: ToHost): void {
    this.#link.say(word as unknown as Json);
  }

  take({ start, frame, ask }: FromLink): void {
    this.#heard = performance.now();
    if (this.#away) {
      this.#away = false;
      this.#events.away(false);
      if (start === this.#start && this.ready) this.#events.ready();
    }
    if (start !== this.#start) {
      this.#again(start);
      return;
    }
    if (ask !== undefined) {
      this.#echoed = this.#heard;
      this.#send({ echo: ask });
    }
    if (frame !== undefined) this.#link.take(frame);
  }

  /** Sees to what time brings; called twice a second or so. */
  look(): void {
    const silent = performance.now() - this.#heard;
    if (silent > SILENT) this.#send({});
    if (silent > SUSPECT && !this.#away) {
      this.#away = true;
      this.#events.away(true);
    }
    const read = this.#offset !== undefined && performance.now() - this.#met < READ_EVERY;
    if (!read && silent < SUSPECT) void this.#meet();
  }

  close(): void {
    this.#link.close();
  }

  #newLink(): Link {
    return new Link(
      (frame) => this.#send({ frame }),
      (word) => {
        const read = readFromHost(word);
        if (read !== undefined) this.#events.said(read);
      },
    );
  }

  #send(what: Pick<ToLink, "frame" | "echo">): void {
    if (this.#connection.isClosed()) return;
    const said: ToLink = { run: this.#run, start: this.#start, ...what };
    this.#connection.publish(workerSubject(this.info.worker, "run"), JSON.stringify(said));
  }

  #again(start: string): void {
    this.#link.close();
    this.#start = start;
    this.#offset = undefined;
    this.#link = this.#newLink();
    this.#events.restarted();
    void this.#meet();
  }

  /** Asks who it is now, and what its clock shows. */
  async #meet(): Promise<void> {
    if (this.#meeting) return;
    this.#meeting = true;
    const start = this.#start;
    const { worker, version } = this.info;
    const asked = this.#connection.request(workerSubject(worker, "who"), "", { timeout: SILENT });
    const info = await asked.then(readHost, () => undefined);
    const offset = await offsetOf(this.#connection, worker);
    this.#meeting = false;
    if (info === undefined || offset === undefined || this.#start !== start) return;
    this.info = info;
    this.#met = performance.now();
    // Two versions would write one store.
    if (info.version !== version) this.#events.other(info.version);
    else this.#offset = offset;
    if (this.ready) this.#events.ready();
  }
}
