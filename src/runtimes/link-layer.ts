// The link layer of every runtime: each copy of a message is lost, doubled or delayed here, by the
// links of the run and by the link faults that hold, and then waits in the queue until it is due.
import { EVERYBODY } from "../core/faults.ts";
import type { Json } from "../core/json.ts";
import { PURPOSE, Streams } from "../core/random.ts";
import type { LinkFault, Run } from "../core/run.ts";
import { KIND } from "../core/trace-event.ts";
import { LinkModel, type Sampler, sampler } from "./links.ts";
import type { Transport } from "./ports.ts";
import type { ProcessTable } from "./process-table.ts";
import type { EventQueue } from "./queue.ts";

/** A link fault that holds: the processes on its sides, and how it delays. */
type Holding = {
  readonly fault: LinkFault;
  readonly from: ReadonlySet<number>;
  readonly to: ReadonlySet<number>;
  readonly delay: Sampler | null;
};

export class LinkLayer implements Transport {
  readonly #table: ProcessTable;
  readonly #queue: EventQueue;
  readonly #links: LinkModel;
  readonly #names: readonly string[];
  readonly #seed: number;
  #holding: Holding[] = [];
  /** Copies put on their way so far. */
  launched = 0;
  /** Faults draw from streams of their own: without them the links' dice are the same. */
  #streams: Streams | null = null;

  constructor(table: ProcessTable, queue: EventQueue, run: Run, names: readonly string[]) {
    this.#table = table;
    this.#queue = queue;
    this.#names = names;
    this.#seed = run.seed;
    this.#links = new LinkModel(run.links, run.seed, names.length);
  }

  restart(process: number, incarnation: number): void {
    this.#links.restart(process, incarnation);
    this.#streams?.restart(process, incarnation);
  }

  begin(fault: LinkFault): void {
    this.#streams ??= new Streams(this.#seed, PURPOSE.fault, this.#names.length);
    this.#holding.push({
      fault,
      from: this.#side(fault.from, fault.to),
      to: this.#side(fault.to, fault.from),
      delay: fault.kind === "delay" ? sampler(fault.delay) : null,
    });
  }

  end(fault: LinkFault): void {
    const at = this.#holding.findIndex((holding) => holding.fault === fault);
    if (at >= 0) this.#holding.splice(at, 1);
  }

  send(
    now: number,
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: Json,
  ): void {
    const faulty = this.#holding.length > 0;
    let lost = this.#links.loses(from);
    let doubled = this.#links.doubles(from);
    if (faulty && this.#cut(from, to)) {
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
    else this.#launch(now, from, to, stamp, number, incarnation, priority, body);
    if (!doubled) return;
    const copyLost = this.#links.loses(from) || (faulty && this.#strikes("loss", from, to));
    if (copyLost) this.#table.drop(to, from, number, incarnation, "lost");
    else this.#launch(now, from, to, stamp, number, incarnation, priority, body);
  }

  #launch(
    now: number,
    from: number,
    to: number,
    stamp: number,
    number: number,
    incarnation: number,
    priority: number,
    body: Json,
  ): void {
    this.launched++;
    const { slots } = this.#table;
    const slot = slots.takeMessage(from, to, stamp, number, incarnation, priority, body);
    const added = this.#holding.length > 0 ? this.#delayed(from, to) : 0;
    this.#queue.push(slot, this.#links.arrival(now + added, from, to));
  }

  /** Traces a copy that a link made of a message. */
  #doubled(from: number, to: number, number: number, incarnation: number): void {
    this.#table.recordMessage(KIND.copy, from, to, number, incarnation);
    this.#table.recorder?.detail("duplicate");
  }

  #cut(from: number, to: number): boolean {
    return this.#holding.some(
      (holding) => holding.fault.kind === "partition" && touches(holding, from, to),
    );
  }

  #strikes(kind: "loss" | "duplicate", from: number, to: number): boolean {
    let struck = false;
    for (const holding of this.#holding) {
      const { fault } = holding;
      if (fault.kind !== kind || !touches(holding, from, to)) continue;
      struck = this.#streams!.uniform(from) < fault.probability || struck;
    }
    return struck;
  }

  #delayed(from: number, to: number): number {
    let added = 0;
    for (const holding of this.#holding) {
      if (holding.delay === null || !touches(holding, from, to)) continue;
      added += holding.delay(this.#streams!, from);
    }
    return added;
  }

  /** Ids of the names on one side; `*` is all that the other side does not name. */
  #side(names: readonly string[], others: readonly string[]): ReadonlySet<number> {
    const all = this.#names.map((name, process) => [name, process] as const);
    const chosen = names.includes(EVERYBODY)
      ? all.filter(([name]) => !others.includes(name))
      : all.filter(([name]) => names.includes(name));
    return new Set(chosen.map(([, process]) => process));
  }
}

const touches = ({ fault, from, to }: Holding, a: number, b: number): boolean =>
  (from.has(a) && to.has(b)) || (fault.oneWay !== true && from.has(b) && to.has(a));
