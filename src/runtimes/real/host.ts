// The processes of one OS process, in real time: the same driver as in `sim`, woken by the system's
// clock and by messages.
//
// Invariants:
// 1. All that happens between two waits of the event loop is a turn. At its end, in this order: rows
//    are written to the record, what steps stored becomes durable, messages are written to sockets.
//    So nothing leaves that a crash could undo, and the commits of a turn share one fsync.
// 2. Ticks are due at instants reckoned from their number: being late does not add up.
import type { Json } from "../../core/json.ts";
import type { Fault } from "../../core/run.ts";
import { KIND } from "../../core/trace-event.ts";
import { TraceWriter } from "../../trace/writer.ts";
import { blamed } from "../blame.ts";
import { Driver } from "../driver/driver.ts";
import { FLAG, NIL, SLOT_KIND } from "../driver/layout.ts";
import { ProcessTable } from "../driver/process-table.ts";
import { EventQueue } from "../driver/queue.ts";
import { reserveAbove } from "../driver/reserve.ts";
import { Slots } from "../driver/slots.ts";
import { FaultyStore } from "../faulty-store.ts";
import { LinkLayer } from "../link-layer.ts";
import type { Clock } from "../ports.ts";
import { RESTART, type Restart, Striker } from "../striker.ts";
import { type Held, isTraced, type ProcessStroke, type Stroke, strokesOf } from "../strokes.ts";
import { Binding } from "./binding.ts";
import { Brake } from "./brake.ts";
import { Alarm, monotonic } from "./clock.ts";
import type { HostOptions } from "./host-options.ts";
import type { ProcessStatus } from "./protocol.ts";
import { Tally } from "./tally.ts";
import { messageIn, type WireMessage } from "./wire/message.ts";

/** Ticks that are later than this are passed over, µs. */
const LATE_MAX = 1_000_000;
/** Events that may wait in the inboxes here before peers are made to wait. */
const WAITING_MAX = 1_000_000;
/** Messages kept until the processes start; more are lost. */
const EARLY_MAX = 10_000;

/** A commit that is due within this, µs, is due at the end of the turn: no fault delays it. */
const AT_ONCE = 1;

export class Host implements Clock {
  readonly #options: HostOptions;
  readonly #slots: Slots;
  readonly #queue: EventQueue;
  readonly #table: ProcessTable;
  readonly #links: LinkLayer;
  readonly #driver: Driver;
  readonly #striker: Striker;
  readonly #writer: TraceWriter;
  readonly #alarm = new Alarm(() => this.#turn());
  readonly #local: ReadonlySet<number>;
  readonly #names: readonly string[];
  readonly tally: Tally;
  readonly #brake: Brake;
  /** Those that are down as their store failed. */
  readonly #failed = new Set<number>();
  /** How often each process was held when last struck. */
  readonly #held = new Map<number, Held>();
  /** Commits of this turn, in order; and of earlier ones, until it is known that the stores are here. */
  #commits: number[] = [];
  readonly #binding: Binding;
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
    this.#binding = new Binding(options.bind, () => this.#flush());
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
    this.#links = new LinkLayer(this.#table, this.#queue, run, members, options.corrupted);
    const stores = new FaultyStore(
      store,
      run.seed,
      members.length,
      (process) => this.#storeFailed(process),
      () => this.#table.now,
    );
    const ports = { clock: this, transport: this.#links, store: stores };
    this.#driver = new Driver(this.#table, members, rates, ports, run);
    // Durable before anything of it can leave.
    const recovering = (process: number): number => store.nextIncarnation(process);
    this.#striker = new Striker(this.#driver, this.#links, stores, recovering);
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
      // What befell before this start holds from its first step on.
      if (late) this.#advance();
      for (const process of this.#options.local) this.#begin(process);
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    this.#work(() => {});
    for (const act of this.#early.splice(0)) act();
  }

  /** The driver's clock. Commits wait for the end of the turn instead, unless a fault delays them. */
  at(slot: number): void {
    const soon = this.#slots.time[slot]! <= this.#table.now + AT_ONCE;
    if (soon && this.#slots.kind(slot) === SLOT_KIND.commit) this.#commits.push(slot);
    else this.#queue.push(slot);
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
      this.tally.pause(stroke.process, this.#table.now, held.pause > 0);
      this.#held.set(stroke.process, held);
      this.#striker.process(stroke, held);
    });
    // Written at once: who is stopped in earnest now cannot do it later.
    this.#flush();
    if (stroke.act === "begin" && stroke.fault.kind === "pause") {
      this.#options.paused(stroke.process);
    }
  }

  /** What a timer of a process waited for has come to pass. */
  ring(process: number, timer: string): void {
    this.#work(() => this.#driver.ring(process, timer));
  }

  /** A fault that was not planned; it is not one that the supervisor sees to. */
  inject(fault: Fault): void {
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
        led: this.#table.leads.get(process) ?? -1,
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
    const { incarnation, lamport, born } = store.opened(process);
    if (incarnation > 1) this.#links.restart(process, incarnation);
    this.tally.begin(process, this.#table.now);
    this.#driver.begin(process, incarnation, lamport, born);
  }

  /** Queues what a fault does to links, clocks, stores and rates here; the supervisor sees to the rest. */
  #plan(fault: Fault): void {
    for (const stroke of strokesOf(fault, this.#names, this.#options.run.duration)) {
      if (!isTraced(stroke.fault)) continue;
      if (stroke.kind === "process" && !this.#local.has(stroke.process)) continue;
      this.#later(stroke, Math.max(stroke.at, this.#table.now));
    }
  }

  #later(body: Stroke | Restart, due: number): void {
    const slot = this.#slots.take(0, SLOT_KIND.fault);
    this.#slots.body[slot] = body;
    this.#queue.pushAt(slot, due);
  }

  #storeFailed(process: number): void {
    this.#table.record(KIND.fault, process);
    this.#table.recorder?.detail("store failed");
    this.#failed.add(process);
    this.#later({ kind: "restart", process }, this.#table.now + RESTART);
  }

  #fall(stroke: Stroke | Restart): void {
    const whom = stroke.kind === "link" ? -1 : stroke.process;
    const held = this.#held.get(whom) ?? { crash: 0, pause: 0 };
    if (stroke.kind === "link") this.#striker.links(stroke);
    else if (stroke.kind === "process") this.#striker.process(stroke, held);
    else if (this.#failed.delete(whom)) this.#striker.restart(whom, held);
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
      case SLOT_KIND.commit:
        this.#commits.push(slot);
        break;
      case SLOT_KIND.fault: {
        const stroke = this.#slots.body[slot] as Stroke | Restart;
        this.#slots.free(slot);
        this.#fall(stroke);
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
    this.#driver.tick(process, slot);
  }

  /** A copy has been on its way for as long as its link takes. */
  #deliver(slot: number): void {
    this.#delivered++;
    const { body } = this.#slots;
    const to = this.#slots.process(slot);
    if (this.#local.has(to)) {
      this.#slots.time[slot] = this.#table.now;
      body[slot] = JSON.parse(JSON.stringify(body[slot])) as Json;
      this.#driver.arrive(slot);
      return;
    }
    const reason = this.#options.send(messageIn(this.#slots, slot));
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
    if (!last) {
      this.#flushing ??= setImmediate(() => this.#flush());
      return;
    }
    this.#flush();
    if (this.#ended) return;
    this.#ended = true;
    this.#options.ended();
  }

  /** Ends the turn: at its latest after all callbacks of this round of the event loop. */
  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#over) return;
    const { store, rates, local } = this.#options;
    try {
      for (const slot of this.#takeCommits()) {
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
      if ((this.#table.flags(process) & FLAG.down) === 0) continue;
      this.#options.struck(process, this.#failed.has(process));
    }
  }

  /** What may become durable now. */
  #takeCommits(): readonly number[] {
    return this.#commits.length > 0 && this.#binding.holds() ? this.#commits.splice(0) : [];
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
