// A run as one of its workers has it: some parts of it as OS processes on this host, told what to do by a supervisor
// that may be anywhere, and their files, which the supervisor collects.
//
// Invariants:
// 1. A part that could start anew elsewhere goes on here only while the supervisor has said, no longer than `FENCE` ago,
//    that it may: it waits for longer than that before it has it started elsewhere.
// 2. A part whose stores hold something goes on: they are here, and nobody else has them.
// 3. Of a part there is one OS process at most, and one order that waits to become the next, the latest.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import { messageOf } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { LocalCrew } from "../real/crew.ts";
import type { FromWorker, ToWorker } from "../real/protocol.ts";
import type { Reach } from "./connect.ts";
import { type Frame, Link } from "./link.ts";
import type { RunHealth } from "./metrics.ts";
import type { Denial, Parts } from "./parts.ts";
import { linkSubject, statusSubject } from "./subjects.ts";
import { Tallies } from "./tally.ts";
import {
  FENCE,
  type FromHost,
  type FromLink,
  type PartOrder,
  readToHost,
  type ToHost,
  type ToLink,
} from "./words.ts";

/** How often that right is asked for, ms. */
const ASK_EVERY = 1_000;
/** Parts of a run whose supervisor was not heard for so long end; what they stored stays, ms. */
const ORPHAN = 300_000;
/** Last words are waited for this long to be heard, ms. */
const LAST_WORDS = 2_000;
/** Who ends stays for so long, ms, to refuse what the supervisor would have started again, which then goes elsewhere. */
const LINGER = 1_000;
/** So much is kept for a part that is about to start; a supervisor says a few words, and faults. */
const TOLD_MAX = 10_000;

export type RunHostOptions = {
  readonly run: string;
  readonly folder: string;
  readonly worker: string;
  /** Which start of the worker this is. */
  readonly start: string;
  readonly connection: NatsConnection;
  readonly reach: Reach;
  /** The module that a part runs. */
  readonly entry: URL;
  readonly parts: Parts;
  /** Says why a part cannot run here: its system is missing, or another. */
  readonly unfit: (order: PartOrder) => string | undefined;
  readonly log: (line: string) => void;
  /** Nothing of the run is left here. */
  readonly over: () => void;
};

type Part = { readonly order: PartOrder; bound: boolean };
/** An order that waits for an earlier start's end, or for leave; and what its part is to be told then. */
type Waiting = { readonly order: PartOrder; readonly told: ToWorker[] };

export class RunHost {
  readonly #options: RunHostOptions;
  readonly #link: Link;
  readonly #crew: LocalCrew;
  readonly #parts = new Map<number, Part>();
  readonly #waiting = new Map<number, Waiting>();
  /** When each question was asked that may be answered yet. */
  readonly #asked = new Map<number, number>();
  readonly #tallies = new Tallies();
  readonly #timer: NodeJS.Timeout;
  #questions = 0;
  #renewed = performance.now();
  #heard = performance.now();
  /** It was told to do something. */
  #told = false;
  #over = false;
  #leaving: Promise<void> | undefined;

  constructor(options: RunHostOptions) {
    this.#options = options;
    this.#link = new Link(
      (frame) => this.#send({ frame }),
      (word) => this.#take(word),
    );
    this.#crew = new LocalCrew(options.entry, {
      heard: (index, message) => this.#fromPart(index, message),
      exited: (index, words) => this.#exited(index, words),
    });
    this.#timer = setInterval(() => this.#ask(), ASK_EVERY);
  }

  /** Parts that live. */
  get parts(): number {
    return this.#crew.pids.size;
  }

  get health(): RunHealth {
    const [part] = this.#parts.values();
    const system = part?.order.run.system;
    return { run: this.#options.run, system, parts: this.parts, tally: this.#tallies.sum };
  }

  take({ frame, echo }: ToLink): void {
    this.#heard = performance.now();
    const asked = echo === undefined ? undefined : this.#asked.get(echo);
    if (asked !== undefined) this.#renewed = Math.max(this.#renewed, asked);
    if (frame !== undefined) this.#link.take(frame);
  }

  /** Ends all parts, as the worker ends, and lets the supervisor know. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    this.#over = true;
    clearInterval(this.#timer);
    const lingers = this.parts + this.#waiting.size > 0 ? LINGER : 0;
    await this.#crew.end([], 0);
    const now = performance.now();
    const [least, until] = [now + lingers, now + LAST_WORDS];
    // At least once: that the last word was heard has still to be said.
    do await sleep(50);
    while (performance.now() < (this.#link.quiet && this.#waiting.size === 0 ? least : until));
    this.#link.close();
  }

  #send(what: { readonly frame?: Frame; readonly ask?: number }): void {
    const { connection, run, worker, start } = this.#options;
    if (connection.isClosed()) return;
    const said: FromLink = { worker, start, ...what };
    connection.publish(linkSubject(run), JSON.stringify(said));
  }

  #say(word: FromHost): void {
    this.#link.say(word as unknown as Json);
  }

  #ask(): void {
    const now = performance.now();
    if (this.parts === 0 && now - this.#heard > ORPHAN) {
      // Nothing was ever said by either side: it was made by words that were late, for a run that is over.
      if (!this.#told) void this.leave().then(this.#options.over);
      return;
    }
    const question = ++this.#questions;
    this.#asked.set(question, now);
    this.#asked.delete(question - FENCE / ASK_EVERY);
    this.#send({ ask: question });
    if (now - this.#renewed > FENCE) this.#fence();
    if (now - this.#heard > ORPHAN && this.parts > 0) {
      this.#options.log(`run ${this.#options.run}: its supervisor is gone; its parts end`);
      void this.#crew.end([], 0);
    }
  }

  /** Ends what may by now be started elsewhere. */
  #fence(): void {
    for (const [index, { bound }] of this.#parts) {
      if (!bound && this.#crew.has(index)) this.#crew.signal(index, "SIGKILL");
    }
  }

  #take(word: Json): void {
    this.#told = true;
    const read = readToHost(word);
    if (read === undefined) this.#options.log(`run ${this.#options.run}: a word made no sense`);
    else if (!this.#over) this.#do(read);
    else if (read.do === "start") this.#refuse(read.order, { reason: "the worker ends" });
  }

  #do(word: ToHost): void {
    switch (word.do) {
      case "start":
        this.#startAfter(word.order);
        break;
      case "tell":
        this.#tell(word.index, word.message);
        break;
      case "signal":
        if (word.signal === "SIGKILL") this.#callOff(word.index);
        this.#crew.signal(word.index, word.signal);
        break;
    }
  }

  /** Of two starts only the later counts, and it waits for the earlier one's end. */
  #startAfter(order: PartOrder): void {
    const waiting = { order, told: [] };
    this.#waiting.set(order.index, waiting);
    if (this.#crew.has(order.index)) this.#crew.signal(order.index, "SIGKILL");
    else void this.#start(waiting);
  }

  #tell(index: number, message: ToWorker): void {
    const told = this.#waiting.get(index)?.told;
    if (message.kind === "stop") this.#callOff(index);
    else if (told !== undefined && told.length < TOLD_MAX) told.push(message);
    this.#crew.tell(index, message);
  }

  /** What did not start yet will not. */
  #callOff(index: number): void {
    const waiting = this.#waiting.get(index);
    if (waiting === undefined) return;
    this.#waiting.delete(index);
    this.#say({ said: "exited", index, boot: waiting.order.boot, words: "" });
  }

  async #start(waiting: Waiting): Promise<void> {
    const { order, told } = waiting;
    const { index, boot } = order;
    const { run, folder, worker, parts, reach, unfit, log } = this.#options;
    const misfit = unfit(order);
    if (misfit !== undefined) {
      this.#waiting.delete(index);
      const message = `worker ${worker}: ${misfit}`;
      const failed = { kind: "failed", code: "nats/workers", message } as const;
      this.#say({ said: "heard", index, message: failed });
      return;
    }
    const stored = existsSync(this.#mark(index));
    const denial = await this.#denialFor(order, stored);
    // Meanwhile it was called off, or another start of it was asked for.
    if (this.#waiting.get(index) !== waiting) return;
    if (denial === undefined && this.#over) await parts.release(run, index, boot).catch(() => {});
    this.#waiting.delete(index);
    if (denial !== undefined || this.#over) {
      this.#refuse(order, denial ?? { reason: "the worker ends" });
      return;
    }
    this.#parts.set(index, { order, bound: stored });
    this.#crew.start({ ...order, folder, wire: reach as Json });
    for (const message of told) this.#crew.tell(index, message);
    const pid = this.#crew.pids.get(index) ?? 0;
    log(`run ${run}: part ${index + 1} of ${order.workers.length} starts (${order.run.system})`);
    this.#say({ said: "started", index, boot, pid });
  }

  /** Says why a part may not start here, if it may not. */
  async #denialFor({ index, boot }: PartOrder, stored: boolean): Promise<Denial | undefined> {
    const { run, folder, parts } = this.#options;
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      return failed(cause);
    }
    const claim = parts.claim(run, index, boot, stored).catch(failed);
    // Whose stores are here needs nobody's leave.
    return stored ? undefined : await claim;
  }

  #refuse({ index, boot }: PartOrder, denial: Denial): void {
    this.#say({ said: "refused", index, boot, ...denial });
  }

  #fromPart(index: number, message: FromWorker): void {
    const { connection, run, worker } = this.#options;
    if ("status" in message) this.#tallies.take(index, message.status);
    if (message.kind === "binding") void this.#bind(index);
    else if (message.kind === "status") {
      const status = { worker, index, status: message.status };
      if (!connection.isClosed()) connection.publish(statusSubject(run), JSON.stringify(status));
    } else this.#say({ said: "heard", index, message });
  }

  /** It stores something for the first time: first it is made known that its stores are here. */
  async #bind(index: number): Promise<void> {
    const part = this.#parts.get(index);
    if (part === undefined) return;
    const { run, parts, log } = this.#options;
    if (!part.bound) {
      const { boot } = part.order;
      // If the run was let go of meanwhile, or the part ended, whoever is there now asks for himself.
      const isThere = () => !this.#over && this.#parts.get(index) === part && this.#crew.has(index);
      const bind = async (): Promise<Denial | undefined> => {
        const denied = await parts.bind(run, index, boot);
        if (denied === undefined && isThere()) writeFileSync(this.#mark(index), "");
        return denied;
      };
      const denial = await bind().catch(failed);
      if (!isThere()) return;
      if (denial !== undefined) {
        log(`run ${run}: part ${index + 1} ends: ${denial.reason}`);
        this.#crew.signal(index, "SIGKILL");
        return;
      }
      part.bound = true;
      this.#say({ said: "bound", index });
    }
    this.#crew.tell(index, { kind: "bound" });
  }

  #mark(index: number): string {
    return join(this.#options.folder, `${index}.bound`);
  }

  #exited(index: number, words: string): void {
    this.#tallies.close(index);
    const part = this.#parts.get(index);
    if (part === undefined) return;
    const { run, log } = this.#options;
    log(`run ${run}: part ${index + 1} has ended`);
    this.#say({ said: "exited", index, boot: part.order.boot, words });
    const waiting = this.#waiting.get(index);
    if (waiting === undefined) return;
    if (this.#over) {
      this.#waiting.delete(index);
      this.#refuse(waiting.order, { reason: "the worker ends" });
    } else void this.#start(waiting);
  }
}

const failed = (cause: unknown): Denial => ({ reason: messageOf(cause) });
