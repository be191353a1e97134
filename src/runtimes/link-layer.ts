// The link layer of every runtime: each copy of a message is lost, doubled or delayed here, by the
// links of the run and by the link faults that hold, and then waits in the queue until it is due.
import { EVERYBODY } from "../core/faults.ts";
import type { Json } from "../core/json.ts";
import { micros } from "../core/micros.ts";
import { PURPOSE, Streams } from "../core/random.ts";
import type { LinkFault, Run } from "../core/run.ts";
import type { Member } from "../core/system.ts";
import { KIND } from "../core/trace-event.ts";
import type { ProcessTable } from "./driver/process-table.ts";
import type { EventQueue } from "./driver/queue.ts";
import { LinkModel, type Sampler, sampler } from "./links.ts";
import type { Transport } from "./ports.ts";

/** What is known of a copy whose bytes were changed on the way. */
export type Corrupted = (
  from: number,
  to: number,
  stamp: number,
  number: number,
  incarnation: number,
  body: Json,
) => void;

/** Each kind's place here keys its dice: add new ones at the end. */
const LINK_FAULTS: readonly LinkFault["kind"][] = [
  "partition",
  "loss",
  "duplicate",
  "corrupt",
  "reorder",
  "delay",
  "clog",
];

/** A link fault that holds: the processes on its sides, and how it delays. */
type Holding = {
  readonly fault: LinkFault;
  readonly from: ReadonlySet<number>;
  readonly to: ReadonlySet<number>;
  readonly delay: Sampler | null;
  readonly streams: Streams;
};

export class LinkLayer implements Transport {
  readonly #table: ProcessTable;
  readonly #queue: EventQueue;
  readonly #links: LinkModel;
  readonly #members: readonly Member[];
  /** Those whose links are none. */
  readonly #clients: ReadonlySet<number>;
  #seed: number;
  #holding: Holding[] = [];
  /** Every copy takes its link, and arrives once: none fails, and no fault holds. */
  #calm: boolean;
  /** Is told of a copy that was corrupted, so that its bytes can be seen to be refused. */
  readonly #corrupted: Corrupted | undefined;
  /** Copies put on their way so far. */
  launched = 0;
  /**
   * Faults draw from streams of their own, one for each kind: without one of them, the dice of the
   * links and of other faults are the same.
   */
  readonly #streams = new Map<string, Streams>();

  constructor(
    table: ProcessTable,
    queue: EventQueue,
    run: Run,
    members: readonly Member[],
    corrupted?: Corrupted,
  ) {
    this.#corrupted = corrupted;
    this.#table = table;
    this.#queue = queue;
    this.#members = members;
    const clients = members.flatMap(({ role }, process) => (role === "client" ? [process] : []));
    this.#clients = new Set(clients);
    this.#seed = run.seed;
    this.#links = new LinkModel(run.links, run.seed, members.length, table.hot);
    this.#calm = this.#isCalm();
  }

  restart(process: number, incarnation: number): void {
    this.#links.restart(process, incarnation);
    for (const streams of this.#streams.values()) streams.restart(process, incarnation);
  }

  /** All chance from now on comes from another seed. */
  reseed(seed: number): void {
    this.#seed = seed;
    this.#links.reseed(seed);
    for (const streams of this.#streams.values()) streams.reseed(seed);
  }

  begin(fault: LinkFault): void {
    this.#holding.push({
      fault,
      streams: this.#streamsOf(fault.kind),
      from: this.#side(fault.from, fault.to),
      to: this.#side(fault.to, fault.from),
      delay: delayOf(fault),
    });
    this.#calm = false;
  }

  end(fault: LinkFault): void {
    const at = this.#holding.findIndex((holding) => holding.fault === fault);
    if (at >= 0) this.#holding.splice(at, 1);
    this.#calm = this.#isCalm();
  }

  #isCalm(): boolean {
    return this.#holding.length === 0 && this.#links.isSure && this.#clients.size === 0;
  }

  send(
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: Json,
  ): void {
    if (this.#calm) this.#launch(from, to, stamp, number, incarnation, priority, body);
    else this.#risk(from, to, stamp, number, incarnation, priority, body);
  }

  /** Sends a copy over links that may lose or double it, or on which faults hold. */
  #risk(
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: Json,
  ): void {
    if (this.#meetsClient(from, to)) {
      this.#launch(from, to, stamp, number, incarnation, priority, body);
      return;
    }
    const faulty = this.#holding.length > 0;
    let lost = this.#links.loses(from);
    let doubled = this.#links.doubles(from);
    if (faulty && this.cuts(from, to)) {
      this.#table.drop(to, from, number, incarnation, "partition");
      return;
    }
    if (faulty) {
      lost = this.#strikes("loss", from, to) || lost;
      doubled = this.#strikes("duplicate", from, to) || doubled;
    }
    // First the copy, then the losses: a message is never without copies while one is to come.
    if (doubled) this.#doubled(from, to, number, incarnation);
    if (lost) this.#table.drop(to, from, number, incarnation, "lost");
    else if (faulty && this.#strikes("corrupt", from, to)) {
      // A frame's checksum tells: what arrives is thrown away.
      this.#table.drop(to, from, number, incarnation, "corrupt");
      this.#corrupted?.(from, to, stamp, number, incarnation, body);
    } else this.#launch(from, to, stamp, number, incarnation, priority, body);
    if (!doubled) return;
    const copyLost = this.#links.loses(from) || (faulty && this.#strikes("loss", from, to));
    if (copyLost) this.#table.drop(to, from, number, incarnation, "lost");
    else this.#launch(from, to, stamp, number, incarnation, priority, body);
  }

  #launch(
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: Json,
  ): void {
    this.launched++;
    const { slots, now } = this.#table;
    const slot = slots.takeMessage(from, to, stamp, number, incarnation, priority, body);
    if (this.#meetsClient(from, to)) slots.time[slot] = now + 1;
    else {
      const leaves = this.#holding.length > 0 ? now + this.#delayed(now, from, to) : now;
      slots.time[slot] = this.#links.arrival(leaves, from, to);
    }
    this.#queue.push(slot);
  }

  #meetsClient(from: number, to: number): boolean {
    return this.#clients.size > 0 && (this.#clients.has(from) || this.#clients.has(to));
  }

  /** Traces a copy that a link made of a message. */
  #doubled(from: number, to: number, number: number, incarnation: number): void {
    this.#table.recordMessage(KIND.copy, from, to, number, incarnation);
    this.#table.recorder?.detail("duplicate");
  }

  #streamsOf(kind: LinkFault["kind"]): Streams {
    const known = this.#streams.get(kind);
    if (known !== undefined) return known;
    const purpose = PURPOSE.linkFault + LINK_FAULTS.indexOf(kind);
    const streams = new Streams(this.#seed, purpose, this.#members.length);
    this.#streams.set(kind, streams);
    return streams;
  }

  /** Does a partition hold between these two? */
  cuts(from: number, to: number): boolean {
    return this.#holding.some(
      (holding) => holding.fault.kind === "partition" && touches(holding, from, to),
    );
  }

  #strikes(kind: "loss" | "duplicate" | "corrupt", from: number, to: number): boolean {
    let struck = false;
    for (const holding of this.#holding) {
      const { fault, streams } = holding;
      if (fault.kind !== kind || !touches(holding, from, to)) continue;
      struck = streams.uniform(from) < fault.probability || struck;
    }
    return struck;
  }

  /**
   * What the faults that hold add to a copy's way: delays add up, a clog is waited out. No copy is held
   * back for longer than those faults last: after that there is calm.
   */
  #delayed(now: number, from: number, to: number): number {
    let added = 0;
    let free = now;
    let end = now;
    for (const holding of this.#holding) {
      const { fault, delay, streams } = holding;
      if ((delay === null && fault.kind !== "clog") || !touches(holding, from, to)) continue;
      end = Math.max(end, fault.until ?? Number.POSITIVE_INFINITY);
      if (fault.kind === "clog") free = Math.max(free, fault.until);
      if (delay === null) continue;
      const drawn = delay(streams, from);
      const spared = fault.kind === "reorder" && streams.uniform(from) >= fault.probability;
      if (!spared) added += drawn;
    }
    return Math.min(added + (free - now), end - now);
  }

  /** Ids of the names on one side; `*` is all that the other side does not name. */
  #side(names: readonly string[], others: readonly string[]): ReadonlySet<number> {
    const everybody = names.includes(EVERYBODY);
    const chosen = this.#members.flatMap(({ name, role }, process) => {
      if (names.includes(name)) return [process];
      return everybody && role === undefined && !others.includes(name) ? [process] : [];
    });
    return new Set(chosen);
  }
}

function delayOf(fault: LinkFault): Sampler | null {
  if (fault.kind === "delay") return sampler(fault.delay);
  if (fault.kind !== "reorder") return null;
  return sampler({ kind: "uniform", min: micros(1), max: fault.within });
}

const touches = ({ fault, from, to }: Holding, a: number, b: number): boolean =>
  (from.has(a) && to.has(b)) || (fault.oneWay !== true && from.has(b) && to.has(a));
