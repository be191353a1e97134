// Runs on real clocks (`tcp` and `nats`): processes in OS processes, each in its own or some together. The supervisor
// starts these workers, connects them, lets them go at one instant, strikes them with faults, and starts again those
// that die. Where they are, and what connects them, is for a crew and a wire to know.
import { randomBytes } from "node:crypto";
import { OrreryError } from "../../core/errors.ts";
import { fromThen, isCrash, LEADER, namedBy, partsOf } from "../../core/faults.ts";
import { type Micros, micros } from "../../core/micros.ts";
import type { Fault, Run } from "../../core/run.ts";
import type { AnySystem } from "../../core/system.ts";
import type { Running } from "../ports.ts";
import { RESTART } from "../striker.ts";
import {
  Holds,
  isTraced,
  type ProcessStroke,
  type Stroke,
  strokesOf,
  WHO_LEADS,
} from "../strokes.ts";
import { monotonic } from "./clock.ts";
import type { Crew } from "./crew.ts";
import { Fates } from "./fates.ts";
import { Incidents } from "./incidents.ts";
import { addressesOf, brief, checkFault, layoutOf } from "./layout.ts";
import { Ledger, type ProcessView, type WireHealth } from "./ledger.ts";
import type { RealOptions } from "./options.ts";
import type { Pacing } from "./pacing.ts";
import type { FromWorker } from "./protocol.ts";
import { SupervisorRecord } from "./supervisor-record.ts";
import { Timetable, told } from "./timetable.ts";

/** The run begins this long after all are connected, µs, unless something else is said. */
const HEAD_START = 100_000;
/** A worker that will be needed again is started this long before, ms. */
const WARM_UP = 1_000;
/** How long workers have to end by themselves when the run is over, ms. */
const GRACE = 500;

export class RealRun implements Running {
  readonly names: readonly string[];
  readonly rates: readonly number[];
  readonly #run: Run;
  readonly #options: RealOptions;
  readonly #workers: readonly (readonly number[])[];
  readonly #workerNames: readonly string[];
  readonly #crew: Crew;
  readonly #ledger: Ledger;
  readonly #holds = new Holds();
  readonly #cluster: string;
  readonly #secret = randomBytes(16).toString("hex");
  readonly #boots: number[];
  readonly #ports: number[] = [];
  readonly #connected = new Set<number>();
  readonly #fates = new Fates();
  /** Workers that are up again but wait for the instant to begin. */
  readonly #warm = new Set<number>();
  readonly #timetable = new Timetable();
  readonly #incidents = new Incidents();
  readonly #failure: Promise<never>;
  #fail!: (cause: OrreryError) => void;
  #record: SupervisorRecord | undefined;
  #epoch = Number.POSITIVE_INFINITY;
  #unixEpoch = 0;
  #stopped: number | undefined;
  #allConnected: () => void = () => {};
  #listening: () => void = () => {};

  /** @throws OrreryError "config/*", "runtime/cannot" before anything is started */
  constructor(system: AnySystem, run: Run, options: RealOptions) {
    const layout = layoutOf(system, run, options.workers);
    this.names = layout.names;
    this.rates = layout.rates;
    this.#workers = layout.workers;
    this.#workerNames = layout.workerNames;
    this.#run = run;
    this.#options = options;
    this.#cluster = options.cluster ?? `run-${randomBytes(4).toString("hex")}`;
    this.#boots = this.#workers.map(() => 1);
    this.#ledger = new Ledger(this.names, this.rates, this.#workers);
    this.#crew = options.crew({
      heard: (index, message) => this.#heard(index, message),
      exited: (index, words, lost = false) => this.#exited(index, words, lost),
    });
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failure.catch(() => {});
  }

  get now(): Micros {
    const reached = Math.max(0, this.#stopped ?? monotonic() - this.#epoch);
    return micros(Math.min(reached, this.#run.duration));
  }

  /** Starts all, connects them, and sets the instant at which they begin. */
  async start(): Promise<void> {
    const [listening, listen] = told();
    const [connected, connect] = told();
    this.#listening = listen;
    this.#allConnected = connect;
    for (const index of this.#workers.keys()) this.#spawn(index);
    await this.#within(listening, () => "some workers did not begin to listen");
    const addresses = addressesOf(this.#workerNames, this.#ports);
    this.#crew.tellAll({ kind: "peers", addresses });
    await this.#within(connected, () => {
      const missing = this.#workerNames.filter((_, index) => !this.#connected.has(index));
      return `not all workers were connected within ${this.#options.patience} s: ${brief(missing)} not`;
    });
    this.#begin();
  }

  /** Resolves at that instant, or rejects when the run has failed. */
  async to(instant: Micros): Promise<void> {
    const left = this.#epoch + Math.min(instant, this.#run.duration) - monotonic();
    if (left > 0) await Promise.race([this.#failure, this.#timetable.pause(left)]);
    await Promise.race([this.#failure, Promise.resolve()]);
  }

  inject(fault: Fault): void {
    const shifted = fromThen(fault, this.now);
    checkFault(shifted);
    for (const stroke of strokesOf(shifted, this.names, this.#run.duration)) this.#plan(stroke);
    this.#incidents.add(shifted);
    for (const part of partsOf(shifted)) if (!namedBy(part).includes(LEADER)) this.#share(part);
  }

  /** Ends whatever crashes and pauses hold a process now. */
  relieve(process: number): void {
    const ended = this.#holds.relieve(process, this.now, (stroke) => this.#strike(stroke));
    for (const fault of ended) this.#incidents.end(fault, this.now);
  }

  /** Workers see by themselves to faults that do not stop them. */
  #share(fault: Fault): void {
    if (!isTraced(fault)) return;
    this.#incidents.shared.push(fault);
    this.#crew.tellAll({ kind: "fault", fault });
  }

  /** Stops all workers, wherever they are. No OS process is left afterwards. */
  async stop(): Promise<void> {
    if (this.#stopped !== undefined) return;
    this.#stopped = this.#epoch === Number.POSITIVE_INFINITY ? 0 : this.now;
    this.#timetable.clear();
    // Who never began has nothing to finish; at the end of the run others do so by their own clocks.
    const idle = this.#epoch === Number.POSITIVE_INFINITY ? this.#workers.keys() : this.#warm;
    await this.#crew.end(idle, this.#stopped >= this.#run.duration ? GRACE : 0);
    this.#record?.close();
  }

  /** What to say of it afterwards: as long as it was, with all the faults that struck it. */
  get suffered(): Run {
    return this.#incidents.suffered(this.#run, this.now);
  }

  /** How each process is, now or at last. */
  views(): readonly ProcessView[] {
    return this.#ledger.views();
  }

  /** When it has ended: processes of which records and stores could not be had. */
  get missing(): readonly string[] {
    return this.#crew.missing;
  }

  pacing(): readonly Pacing[] {
    return this.#ledger.pacing(this.now);
  }

  health(): WireHealth {
    return this.#ledger.health();
  }

  /** OS process ids, by process; of those that live. */
  get pids(): ReadonlyMap<string, number> {
    const pids = [...this.#crew.pids].flatMap(([index, pid]) =>
      this.#namesOf(index).map((name) => [name, pid] as const),
    );
    return new Map(pids);
  }

  #spawn(index: number): void {
    const { system, folder } = this.#options;
    this.#crew.start({
      system,
      run: { ...this.#run, faults: [...this.#run.faults, ...this.#incidents.shared] },
      workers: this.#workers,
      index,
      boot: this.#boots[index]!,
      folder,
      floors: this.#ledger.floors(index),
      cluster: this.#cluster,
      secret: this.#secret,
    });
  }

  #begin(): void {
    const { headStart = HEAD_START } = this.#options;
    this.#epoch = monotonic() + headStart;
    this.#unixEpoch = Date.now() * 1e3 + headStart;
    const { names, rates } = this;
    const whose = { names, rates, epoch: this.#unixEpoch, run: this.#run };
    this.#record = new SupervisorRecord(this.#options.folder, whose);
    for (const index of this.#workers.keys()) this.#go(index);
    for (const fault of this.#run.faults) {
      for (const stroke of strokesOf(fault, this.names, this.#run.duration)) this.#plan(stroke);
    }
  }

  #go(index: number): void {
    const wiped = this.#fates.takeWiped(index);
    const epochs = { epoch: this.#epoch, unixEpoch: this.#unixEpoch };
    this.#crew.tell(index, { kind: "go", ...epochs, wiped });
  }

  #plan(stroke: Stroke): void {
    this.#timetable.at(this.#epoch + stroke.at, () => {
      if (stroke.kind === "process") this.#strike(stroke);
      else {
        const [first] = stroke.fault.from;
        this.#record?.fault(this.now, this.names.indexOf(first!), stroke.act, stroke.fault);
      }
    });
  }

  #strike(planned: ProcessStroke): void {
    const { act, fault } = planned;
    const process = this.#holds.whom(planned, () => this.#ledger.leader());
    if (process === undefined) {
      if (act === "begin") this.#record?.fault(this.now, 0, "spared", fault);
      return;
    }
    const stroke = { ...planned, process };
    if (isTraced(fault)) {
      this.#record?.fault(this.now, process, act, fault);
      const found = act === "begin" && planned.process === WHO_LEADS;
      if (found) this.#share({ ...fault, process: this.names[process]! });
      return;
    }
    const index = this.#workers.findIndex((processes) => processes.includes(process));
    const held = this.#holds.count(stroke);
    const tell = (): void => this.#crew.tell(index, { kind: "stroke", stroke, held });
    if (this.#workers[index]!.length > 1) tell();
    else if (isCrash(fault)) this.#strikeDown(index, stroke, held.crash, tell);
    else if (this.#crew.has(index) && !this.#warm.has(index)) {
      if (act === "end" && held.pause === 0) this.#crew.signal(index, "SIGCONT");
      tell();
    }
  }

  /** A crash of a worker that has one process: at a point of its next step, or `kill -9`. */
  #strikeDown(
    index: number,
    { act, fault }: ProcessStroke,
    crashes: number,
    tell: () => void,
  ): void {
    if (act === "end") {
      if (crashes === 0) this.#recover(index, tell);
      return;
    }
    this.#fates.crash(index, fault.until ?? Number.POSITIVE_INFINITY, fault.kind === "wipe");
    if (!this.#crew.has(index) || this.#warm.has(index)) return;
    if (isCrash(fault) && fault.point !== undefined) tell();
    else {
      this.#fates.kill(index);
      this.#crew.signal(index, "SIGKILL");
    }
  }

  /** Has a worker ready when its time comes: an OS process takes a while to start. */
  #warmUp(index: number, until: number): void {
    if (until > this.#run.duration) return;
    this.#timetable.at(this.#epoch + until - WARM_UP * 1e3, () => {
      if (this.#crew.has(index)) return;
      this.#warm.add(index);
      this.#revive(index);
    });
  }

  #recover(index: number, tell: () => void): void {
    delete this.#fates.until[index];
    if (this.#fates.isDying(index)) return;
    // A crash that never struck is called off; one that just did is over.
    if (this.#crew.has(index) && !this.#warm.has(index)) {
      this.#fates.callOff(index);
      tell();
    } else if (this.#warm.delete(index) && this.#ports[index] !== undefined) this.#join(index);
    else if (!this.#crew.has(index)) this.#revive(index);
  }

  /** Starts a worker anew; it joins when it listens, unless it is kept warm. */
  #revive(index: number): void {
    this.#boots[index]!++;
    delete this.#ports[index];
    this.#spawn(index);
  }

  /** Tells a worker that listens again where the others are, and them where it is. */
  #join(index: number): void {
    const addresses = addressesOf(this.#workerNames, this.#ports);
    this.#crew.tell(index, { kind: "peers", addresses });
    const own = addresses.filter(({ name }) => name === this.#workerNames[index]);
    this.#crew.tellAll({ kind: "peers", addresses: own });
    this.#go(index);
    this.#incidents.back(this.#namesOf(index), this.now);
    // Who was held when he died is held again.
    const again = this.#holds.again(this.#workers[index]!, this.names, this.now);
    for (const each of again) this.#crew.tell(index, { kind: "stroke", ...each });
  }

  #heard(index: number, message: FromWorker): void {
    switch (message.kind) {
      case "listening":
        this.#ports[index] = message.port;
        if (this.#epoch < Number.POSITIVE_INFINITY) {
          if (!this.#warm.has(index)) this.#join(index);
        } else if (this.#workers.every((_, each) => this.#ports[each] !== undefined)) {
          this.#listening();
        }
        break;
      case "connected":
        this.#connected.add(index);
        if (this.#connected.size === this.#workers.length) this.#allConnected();
        break;
      case "status":
      case "stopped":
        this.#ledger.take(index, message.status);
        break;
      case "storeFailed":
        this.#fates.fail(index);
        break;
      case "paused":
        if (this.#workers[index]!.length > 1 || this.#stopped !== undefined) break;
        if (this.#holds.of(message.process).pause === 0) break;
        this.#ledger.pause(message.process);
        this.#crew.signal(index, "SIGSTOP");
        break;
      case "refused":
        this.#options.log(
          `${this.#workerNames[index]} refused ${message.remote}: ${message.reason}`,
        );
        break;
      case "says":
        this.#options.log(message.line);
        break;
      case "failed":
        this.#fail(new OrreryError(message.code, message.message));
        break;
    }
  }

  #exited(index: number, words: string, lost: boolean): void {
    this.#ledger.close(index);
    if (this.#stopped !== undefined || this.now >= this.#run.duration) return;
    const name = this.#workerNames[index]!;
    if (this.#epoch === Number.POSITIVE_INFINITY) {
      const said = `${name} ended as it started:\n${words.trim()}`;
      this.#fail(new OrreryError("worker/failed", said));
      return;
    }
    const warm = this.#warm.delete(index);
    const fate = this.#fates.ended(index);
    for (const process of warm ? [] : this.#workers[index]!) this.#record?.crash(this.now, process);
    const held = this.#holds.down(this.#workers[index]!);
    const planned = held && !warm ? ", as planned" : "";
    this.#options.log(`${name} ${fate === "failed" ? "could not store" : `was killed${planned}`}`);
    if (held && this.#workers[index]!.length === 1) {
      const until = this.#fates.until[index] ?? Number.POSITIVE_INFINITY;
      if (until < Number.POSITIVE_INFINITY) this.#warmUp(index, until);
      return;
    }
    if (fate === "failed") {
      this.#restart(index);
      return;
    }
    const names = this.#namesOf(index);
    const many = fate === "killed" ? undefined : this.#incidents.died(names, this.now, lost);
    if (many === undefined) this.#revive(index);
    else this.#fail(new OrreryError("worker/failed", `${many}, at last ${name}:\n${words.trim()}`));
  }

  #namesOf(index: number): readonly string[] {
    return this.#workers[index]!.map((process) => this.names[process]!);
  }

  /** A worker whose store failed is started again in a while, unless a crash holds it by then. */
  #restart(index: number): void {
    this.#timetable.at(monotonic() + RESTART, () => {
      const held = this.#holds.down(this.#workers[index]!);
      if (!held && !this.#crew.has(index)) this.#revive(index);
    });
  }

  #within(work: Promise<void>, said: () => string): Promise<void> {
    return this.#timetable.within(this.#options.patience * 1e6, [work, this.#failure], said);
  }
}
