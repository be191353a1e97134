// A run of hosted programs: the engine of `sim`, which is handed in, goes by the host's clock instead of as fast as it
// can, and some of its processes are programs. docs/decisions/0022-maelstrom.md says why.
//
// Invariant: whenever the host looks, the engine first does all that was due by then, then takes in what programs have
// printed, and then stops, ends and starts programs as their processes are.

import { join } from "node:path";
import type { TraceBatch } from "../../core/batch.ts";
import { fromThen } from "../../core/faults.ts";
import { micros } from "../../core/micros.ts";
import type { Fault, Run } from "../../core/run.ts";
import { KIND, PRINTED } from "../../core/trace-event.ts";
import { newHeader } from "../../trace/record.ts";
import { TraceWriter } from "../../trace/writer.ts";
import type { Recorder, Running } from "../ports.ts";
import { Alarm, monotonic } from "../real/clock.ts";
import { Incidents } from "../real/incidents.ts";
import { RecordFile } from "../real/records/record-file.ts";
import type { HostedNode } from "./hosted-node.ts";
import { checkNodeFault } from "./node-faults.ts";

/** A simulation, as far as a host deals with it. */
export interface Engine extends Running {
  readonly names: readonly string[];
  readonly rates: readonly number[];
  /** An instant before which nothing is due. */
  readonly due: number;
  ring(process: number, timer: string): void;
  standing(process: number): "up" | "down" | "paused";
  /** Returns the faults that it ended. */
  relieve(process: number): readonly Fault[];
}

export type HostedRunOptions = {
  readonly run: Run;
  /** Starts the engine; nothing happens in it yet. */
  readonly start: (recorder: Recorder) => Engine;
  /** The programs: ids 0 … of the engine's processes. */
  readonly nodes: readonly HostedNode[];
  /** Who notes `finished` when it has nothing more to do; when all have, the run is over. */
  readonly clients: number;
  /** Where its record goes. */
  readonly folder: string;
};

/** What was done is written down this often, µs. */
const WRITE = 50_000;

export class HostedRun {
  readonly engine: Engine;
  readonly #options: HostedRunOptions;
  readonly #writer: TraceWriter;
  readonly #record: RecordFile;
  readonly #alarm = new Alarm(() => this.#turn());
  readonly #incidents = new Incidents();
  #soon: NodeJS.Immediate | undefined;
  #epoch = Number.POSITIVE_INFINITY;
  #written = 0;
  #finished = 0;
  #reached = 0;
  #ended = false;
  #end: () => void = () => {};
  #fail: (cause: unknown) => void = () => {};
  /** Resolves when all is done. @rejects OrreryError "maelstrom/*" if a program failed */
  readonly over: Promise<void>;

  /** @throws OrreryError "config/*", "files/write" */
  constructor(options: HostedRunOptions) {
    this.#options = options;
    const { run, folder } = options;
    this.#writer = new TraceWriter((batch) => this.#see(batch));
    this.engine = options.start(this.#writer);
    const { names, rates } = this.engine;
    const processes = [...names.keys()];
    const epoch = Date.now() * 1_000;
    const header = newHeader({ owner: "host", boot: 1, processes, names, rates, epoch, run });
    this.#record = new RecordFile(join(folder, "records", "host.record"), header, () => 0);
    this.over = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    this.over.catch(() => {});
  }

  /** µs since the run began. */
  get now(): number {
    if (this.#ended) return this.#reached;
    return Math.max(0, Math.min(monotonic() - this.#epoch, this.#options.run.duration));
  }

  /** The run as it was: how long it took, and what was done to it. */
  get suffered(): Run {
    return this.#incidents.suffered(this.#options.run, micros(Math.max(1, this.now)));
  }

  /** Resolves when all programs are there, and the run has begun. @throws OrreryError "maelstrom/*" */
  async begin(): Promise<void> {
    const { nodes } = this.#options;
    const told = { printed: () => this.#look(), failed: this.#fail };
    const opened = nodes.map((node) => node.open(this.engine.names, told));
    await Promise.race([Promise.all(opened), this.over]);
    if (this.#ended) return;
    this.#epoch = monotonic();
    this.#turn();
  }

  /** A fault whose times count from now. @throws OrreryError "config/fault", "runtime/cannot" */
  inject(fault: Fault): void {
    checkNodeFault(fault);
    const shifted = fromThen(fault, this.now);
    this.engine.inject(shifted);
    this.#incidents.add(shifted);
    this.#look();
  }

  /** Ends what crashes and pauses hold a process. */
  relieve(process: number): void {
    for (const fault of this.engine.relieve(process)) {
      this.#incidents.end(fault, micros(Math.max(this.now, fault.at + 1)));
    }
    this.#look();
  }

  /** Ends it where it is. No program is left afterwards. */
  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#reached = this.now;
      this.#ended = true;
      this.#alarm.clear();
      clearImmediate(this.#soon);
      this.engine.stop();
      this.#record.line({ end: Math.round(this.#reached) });
      this.#record.close();
      this.#end();
    }
    await Promise.all(this.#options.nodes.map((node) => node.close()));
  }

  /** Looks once at all that has come in this round of the event loop. */
  #look(): void {
    if (this.#ended || this.#epoch === Number.POSITIVE_INFINITY) return;
    this.#soon ??= setImmediate(() => this.#turn());
  }

  #turn(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    if (this.#ended) return;
    const { nodes, clients, run } = this.#options;
    const { engine } = this;
    try {
      const now = micros(this.now);
      engine.to(now);
      for (const [process, node] of nodes.entries()) {
        if (node.hasPrinted && engine.standing(process) !== "down") engine.ring(process, PRINTED);
      }
      engine.to(now);
      for (const [process, node] of nodes.entries()) node.follow(engine.standing(process));
      if (now - this.#written > WRITE) {
        this.#written = now;
        this.#writer.flush();
      }
      if (now >= run.duration || (clients > 0 && this.#finished >= clients)) {
        this.#end();
        return;
      }
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    this.#alarm.set(this.#epoch + Math.min(engine.due, run.duration, this.now + WRITE));
  }

  #see(batch: TraceBatch): void {
    for (const [index, row] of batch.detailRows.entries()) {
      if (batch.kind(row) !== KIND.internal) continue;
      const { name } = batch.details[index] as { readonly name: string };
      if (name === "finished") this.#finished++;
    }
    this.#record.rows(batch);
  }
}
