// The processes of one OS process, in real time: the same driver as in `sim`, woken by the system's
// clock and by messages.
//
// Invariants:
// 1. All that happens between two waits of the event loop is a turn. At its end, in this order: rows
//    are written to the record, what steps stored becomes durable, messages are written to sockets.
//    So nothing leaves that a crash could undo, and the commits of a turn share one fsync.
// 2. Ticks are due at instants reckoned from their number: being late does not add up.
import type { Json } from "../../core/json.ts";
import type { Fault, LinkFault, Run } from "../../core/run.ts";
import type { Member } from "../../core/system.ts";
import { TraceWriter } from "../../trace/writer.ts";
import { blamed } from "../blame.ts";
import { Driver, reserveAbove } from "../driver.ts";
import { FLAG } from "../hot.ts";
import { LinkLayer } from "../link-layer.ts";
import type { Clock } from "../ports.ts";
import { ProcessTable } from "../process-table.ts";
import { EventQueue } from "../queue.ts";
import { NIL, SLOT, SLOT_KIND, SLOT_WORDS, Slots } from "../slots.ts";
import { type Held, type LinkStroke, type ProcessStroke, strokesOf } from "../strokes.ts";
import { Brake } from "./brake.ts";
import { Alarm, monotonic } from "./clock.ts";
import type { DiskStore } from "./disk-store.ts";
import type { ProcessStatus } from "./protocol.ts";
import type { RecordFile } from "./records/record-file.ts";
import { Tally } from "./tally.ts";
import type { WireMessage } from "./wire/message.ts";

/** Ticks that are later than this are passed over, µs. */
const LATE_MAX = 1_000_000;
/** Events that may wait in the inboxes here before peers are made to wait. */
const WAITING_MAX = 1_000_000;

/** Messages kept until the processes start; more are lost. */
const EARLY_MAX = 10_000;

/** Where rows are kept, and a line for what is no row. */
export type Keeping = Pick<RecordFile, "rows" | "line">;

export type HostOptions = {
  readonly members: readonly Member[];
  readonly rates: Float64Array;
  readonly run: Run;
  /** The processes that run here; their stores are open. */
  readonly local: readonly number[];
  readonly store: DiskStore;
  readonly record: Keeping;
  /** Hands a message to the wire; says why if it cannot. */
  readonly send: (message: WireMessage) => string | undefined;
  /** The turn is over: what was handed over may leave. */
  readonly flush: () => void;
  /** More, or few enough again, waits here than should. */
  readonly hold: (held: boolean) => void;
  /** The end of the run was reached. */
  readonly ended: () => void;
  /** A handler threw, or the world failed; nothing goes on here. */
  readonly failed: (cause: unknown) => void;
  /** A process is paused, and that is written. */
  readonly paused: (process: number) => void;
  /** This process is down, and all that it had sent has left. */
  readonly struck: (process: number) => void;
};

export class Host implements Clock {
  readonly #options: HostOptions;
  readonly #slots: Slots;
  readonly #queue: EventQueue;
  readonly #table: ProcessTable;
  readonly #links: LinkLayer;
  readonly #driver: Driver;
  readonly #writer: TraceWriter;
  readonly #alarm = new Alarm(() => this.#turn());
  readonly #local: ReadonlySet<number>;
  readonly #names: readonly string[];
  readonly tally: Tally;
  readonly #brake: Brake;
  /** Commits of this turn, in order. */
  #commits: number[] = [];
  #flushing: NodeJS.Immediate | undefined;
  #epoch = Number.POSITIVE_INFINITY;
  #started = false;
  /** Copies that have been on their way for as long as their links take. */
  #delivered = 0;
  #ended = false;
  #over = false;
  /** What came before the processes had started. */
  readonly #early: (() => void)[] = [];

  constructor(options: HostOptions) {
    const { members, run, rates, store } = options;
    this.#options = options;
    this.#local = new Set(options.local);
    this.#names = members.map(({ name }) => name);
    this.tally = new Tally(members.length);
    this.#brake = new Brake(WAITING_MAX, options.hold);
    this.#slots = new Slots(2 * members.length + 64);
    this.#queue = new EventQueue(this.#slots);
    this.#writer = new TraceWriter((batch) => {
      this.tally.see(batch);
      options.record.rows(batch);
    });
    this.#table = new ProcessTable(members, this.#slots, this.#writer);
    this.#links = new LinkLayer(this.#table, this.#queue, run, this.#names);
    const ports = { clock: this, transport: this.#links, store };
    this.#driver = new Driver(this.#table, members, rates, ports, run);
  }

  /** µs since the run began. */
  get now(): number {
    return Math.min(monotonic() - this.#epoch, this.#options.run.duration);
  }

  /**
   * Starts the processes at instant 0 of the run, which is at `epoch` (µs of `monotonic`): their ticks
   * count from there. `late`: the run has long begun, and they start now.
   */
  start(epoch: number, late = false): void {
    this.#epoch = epoch;
    for (const fault of this.#options.run.faults) this.#plan(fault);
    if (late) this.#table.now = Math.max(0, this.now);
    this.#started = true;
    try {
      for (const process of this.#options.local) this.#begin(process);
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    this.#work(() => {});
    for (const act of this.#early.splice(0)) act();
  }

  /** The driver's clock. Commits wait for the end of the turn instead. */
  at(slot: number, time: number): void {
    if (this.#slots.kind(slot) === SLOT_KIND.commit) this.#commits.push(slot);
    else this.#queue.push(slot, time);
  }

  /** A message has come over the wire. */
  receive(message: WireMessage): void {
    if (!this.#started) {
      // A peer's clock began a little sooner.
      if (this.#early.length < EARLY_MAX) this.#early.push(() => this.receive(message));
      return;
    }
    const { to, from, stamp, number, incarnation, priority, body } = message;
    this.#work(() => {
      const slot = this.#slots.takeMessage(from, to, stamp, number, incarnation, priority, body);
      this.#slots.time[slot] = this.#table.now;
      this.#driver.arrive(slot);
    });
  }

  /** A fault of a process that is here; `held` is how often it is held then, by any. */
  strike(stroke: ProcessStroke, held: Held): void {
    if (!this.#started) {
      this.#early.push(() => this.strike(stroke, held));
      return;
    }
    this.#work(() => {
      const { act, process, fault } = stroke;
      this.tally.pause(process, this.#table.now, held.pause > 0);
      if (act === "crash") {
        this.#driver.crash(process, fault.kind === "crash" ? fault.point : undefined);
      } else if (act === "pause") this.#driver.pause(process);
      else if (act === "resume" && held.pause === 0) this.#driver.resume(process);
      else if (act === "recover" && held.crash === 0) {
        this.#recover(process);
        if (held.pause > 0) this.#driver.pause(process);
      }
    });
    // Written at once: who is stopped in earnest now cannot do it later.
    this.#flush();
    if (stroke.act === "pause") this.#options.paused(stroke.process);
  }

  /** A fault of links that was not planned. */
  inject(fault: LinkFault): void {
    this.#plan(fault);
    this.#arm();
  }

  status(): readonly ProcessStatus[] {
    return this.#options.local.map((process) => {
      const flags = this.#table.flags(process);
      return {
        process,
        incarnation: this.#table.incarnation(process),
        lamport: this.#table.lamport(process),
        waiting: this.#table.waiting(process),
        ...this.tally.of(process),
        state: flags & FLAG.down ? "down" : flags & FLAG.paused ? "paused" : "up",
      };
    });
  }

  /** What is due by now is done, and all that was done is written. No more steps. */
  stop(): void {
    if (this.#over) return;
    if (this.#started) this.#turn();
    if (this.#over) return;
    this.#over = true;
    this.#alarm.clear();
    clearImmediate(this.#flushing);
    this.#driver.end();
    this.#writer.close();
    this.#options.record.line({ end: Math.max(0, this.now) });
    this.#options.flush();
  }

  #begin(process: number): void {
    const { store } = this.#options;
    const { incarnation, lamport } = store.opened(process);
    if (incarnation > 1) this.#links.restart(process, incarnation);
    this.tally.begin(process, this.#table.now);
    this.#driver.begin(process, incarnation, lamport);
  }

  #recover(process: number): void {
    const down = (this.#table.flags(process) & FLAG.down) !== 0;
    if (down) {
      // Durable before anything of it can leave.
      const incarnation = this.#options.store.nextIncarnation(process);
      this.#links.restart(process, incarnation);
    }
    this.#driver.recover(process);
  }

  /** Queues what a fault does to links; the supervisor sees to what it does to processes. */
  #plan(fault: Fault): void {
    for (const stroke of strokesOf(fault, this.#names, this.#options.run.duration)) {
      if (stroke.kind !== "link") continue;
      const slot = this.#slots.take(0, SLOT_KIND.fault);
      this.#slots.body[slot] = stroke;
      this.#queue.push(slot, Math.max(stroke.at, this.#table.now));
    }
  }

  /** What is due; then what came of it. */
  #turn(): void {
    this.#work(() => {});
    this.#flush();
  }

  #advance(): void {
    const until = this.now;
    for (;;) {
      const slot = this.#queue.pop(until);
      if (slot === NIL) return;
      this.#table.now = Math.max(this.#table.now, this.now);
      this.#act(slot);
    }
  }

  #act(slot: number): void {
    const process = this.#slots.process(slot);
    switch (this.#slots.kind(slot)) {
      case SLOT_KIND.tick:
        this.#tick(process, slot);
        break;
      case SLOT_KIND.message:
        this.#deliver(slot);
        break;
      case SLOT_KIND.timer:
        this.#driver.due(slot);
        break;
      case SLOT_KIND.fault: {
        const { act, fault } = this.#slots.body[slot] as LinkStroke;
        this.#slots.free(slot);
        if (act === "begin") this.#links.begin(fault);
        else this.#links.end(fault);
        break;
      }
      default:
        this.#slots.free(slot);
    }
  }

  #tick(process: number, slot: number): void {
    const late = this.#table.now - this.#slots.time[slot]!;
    if ((this.#table.flags(process) & FLAG.paused) === 0) {
      if (late > LATE_MAX) {
        this.tally.skip(process, this.#driver.skip(process, this.#table.now - LATE_MAX));
        return;
      }
      this.tally.tick(process, this.#table.now, late);
    }
    this.#driver.tick(process);
  }

  /** A copy has been on its way for as long as its link takes. */
  #deliver(slot: number): void {
    this.#delivered++;
    const { words, body } = this.#slots;
    const to = this.#slots.process(slot);
    if (this.#local.has(to)) {
      this.#slots.time[slot] = this.#table.now;
      body[slot] = JSON.parse(JSON.stringify(body[slot])) as Json;
      this.#driver.arrive(slot);
      return;
    }
    const word = slot * SLOT_WORDS;
    const message: WireMessage = {
      to,
      from: words[word + SLOT.from]!,
      stamp: words[word + SLOT.stamp]!,
      number: words[word + SLOT.number]!,
      incarnation: words[word + SLOT.incarnation]!,
      priority: words[word + SLOT.priority]!,
      body: body[slot] as Json,
    };
    const reason = this.#options.send(message);
    if (reason === undefined) this.#slots.free(slot);
    else this.#table.dropSlot(slot, reason);
  }

  /**
   * Does all that is due and then something at the present instant; what comes of it is seen to at
   * the end of the turn.
   */
  #work(act: () => void): void {
    if (this.#over) return;
    const now = this.now;
    const last = now >= this.#options.run.duration;
    this.#table.now = Math.max(this.#table.now, now);
    try {
      this.#advance();
      // What is due at the very end still happens, as in `sim`; nothing else does.
      if (!last) act();
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    if (last) {
      this.#flush();
      const first = !this.#ended;
      this.#ended = true;
      if (first) this.#options.ended();
      return;
    }
    this.#flushing ??= setImmediate(() => this.#flush());
  }

  /** Ends the turn: at its latest after all callbacks of this round of the event loop. */
  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#over) return;
    const { store, rates, local } = this.#options;
    try {
      const commits = this.#commits;
      this.#commits = [];
      for (const slot of commits) {
        if (this.#slots.kind(slot) === SLOT_KIND.commit) this.#driver.durable(slot);
        else this.#slots.free(slot);
      }
      let waiting = 0;
      for (const process of local) {
        waiting += this.#table.waiting(process);
        const lamport = this.#table.lamport(process);
        if (lamport < store.reserved(process)) continue;
        store.reserve(process, reserveAbove(lamport, rates[process]!));
      }
      // Rows first: they are taken back if the commit they tell of did not come to pass.
      if (store.changed) this.#options.record.line(store.turn());
      this.#writer.flush();
      store.commit();
      this.#queue.sweep();
      this.#options.flush();
      this.#brake.set(waiting);
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    this.#arm();
    if (this.#links.launched > this.#delivered) return;
    for (const process of local) {
      if ((this.#table.flags(process) & FLAG.down) !== 0) this.#options.struck(process);
    }
  }

  #arm(): void {
    if (this.#over) return;
    const due = Math.min(this.#queue.next(), this.#options.run.duration);
    this.#alarm.set(this.#epoch + due);
  }

  #fail(cause: unknown): void {
    this.#over = true;
    this.#alarm.clear();
    const name = this.#names[this.#driver.stepping] ?? "a process";
    this.#options.failed(blamed(cause, name, this.#table.now));
  }
}
