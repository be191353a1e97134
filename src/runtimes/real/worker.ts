// A worker: some of a run's processes in an OS process of their own, told what to do by the supervisor
// that started it. Without that supervisor it ends.
import { join } from "node:path";
import { messageOf, OrreryError } from "../../core/errors.ts";
import { isKeeper } from "../../core/keeper.ts";
import { type AnySystem, type Member, membersOf } from "../../core/system.ts";
import { newHeader } from "../../trace/record.ts";
import { drawRates } from "../driver/rates.ts";
import { Alarm, monotonic } from "./clock.ts";
import { DiskStore } from "./disk-store.ts";
import { Host } from "./host.ts";
import { workerNames } from "./layout.ts";
import type { FromWorker, ToWorker, WorkerOrder } from "./protocol.ts";
import { RecordFile } from "./records/record-file.ts";
import { STORES } from "./stored-files.ts";
import { messageFrame, readMessage, type WireMessage } from "./wire/message.ts";
import type { NewWire, Wire } from "./wire/wire.ts";

/** How often a worker says how it is, ms. */
const STATUS_EVERY = 250;

/** Runs a worker, on the orders of its parent process. */
export function runWorker(
  findSystem: (name: string) => Promise<AnySystem>,
  newWire: NewWire,
): void {
  const tell: Tell = (message, then) => {
    if (process.connected) process.send!(message, () => then?.());
  };
  let worker: Worker | undefined;
  const fail = (cause: unknown): void => {
    const code = cause instanceof OrreryError ? cause.code : "worker/failed";
    tell({ kind: "failed", code, message: messageOf(cause) }, () => process.exit(1));
  };
  // Some tell everybody; what is to be done is for the supervisor to say.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => {
    worker?.stop();
    process.exit(1);
  });
  process.on("uncaughtException", fail);
  const hear = async (message: ToWorker): Promise<void> => {
    if (message.kind !== "order") worker?.hear(message);
    else {
      const { order } = message;
      const opening = new Worker(order, await findSystem(order.system), newWire, tell, fail);
      await opening.open();
      worker = opening;
    }
  };
  // One after the other: a fault may come while the system is still being loaded.
  let hearing = Promise.resolve();
  process.on("message", (message: ToWorker) => {
    if (message.kind === "stop" && worker === undefined) process.exit(0);
    hearing = hearing.then(() => hear(message)).catch(fail);
  });
}

type Tell = (message: FromWorker, then?: () => void) => void;

class Worker {
  readonly #order: WorkerOrder;
  readonly #system: AnySystem;
  readonly #names: readonly string[];
  readonly #members: readonly Member[];
  readonly #rates: Float64Array;
  readonly #local: readonly number[];
  readonly #tell: Tell;
  readonly #fail: (cause: unknown) => void;
  readonly #workers: readonly string[];
  /** The worker of each process. */
  readonly #home: readonly string[];
  readonly #wire: Wire;
  readonly #store: DiskStore;
  #record: RecordFile | undefined;
  #host: Host | undefined;
  #bound: () => void = () => {};
  #beat: NodeJS.Timeout | undefined;
  /** Faults that came before there was anybody to suffer them. */
  readonly #waiting: Extract<ToWorker, { kind: "stroke" | "fault" }>[] = [];
  #cpuAtStart = process.cpuUsage();

  constructor(
    order: WorkerOrder,
    system: AnySystem,
    newWire: NewWire,
    tell: Tell,
    fail: (cause: unknown) => void,
  ) {
    this.#order = order;
    this.#system = system;
    this.#tell = tell;
    this.#fail = fail;
    const members = membersOf(system, order.run.params);
    this.#names = members.map(({ name }) => name);
    this.#rates = drawRates(members, order.run.seed);
    this.#local = order.workers[order.index]!;
    this.#workers = workerNames(order.workers, this.#names);
    const home: string[] = [];
    order.workers.forEach((processes, index) => {
      for (const process of processes) home[process] = this.#workers[index]!;
    });
    this.#home = home;
    this.#store = new DiskStore(join(order.folder, STORES), this.#names);
    this.#wire = newWire(order, this.#workers, {
      message: (peer, payload) => this.#heard(peer, payload),
      linked: () => this.#linked(),
      refused: (reason, remote) => this.#tell({ kind: "refused", reason, remote }),
      says: (line) => this.#tell({ kind: "says", line }),
      failed: fail,
    });
    this.#members = members.map((member, process) => {
      if (!isKeeper(member.process) || this.#wire.keeper === undefined) return member;
      const ring = (timer: string): void => this.#host?.ring(process, timer);
      return { ...member, process: this.#wire.keeper(ring) };
    });
  }

  /** Is ready for its first step, and can be reached. */
  async open(): Promise<void> {
    await this.#system.ready?.(this.#local.map((process) => this.#names[process]!));
    const port = await this.#wire.listen();
    this.#tell({ kind: "listening", port });
  }

  hear(message: Exclude<ToWorker, { kind: "order" }>): void {
    switch (message.kind) {
      case "peers":
        for (const address of message.addresses) this.#wire.introduce(address);
        this.#linked();
        break;
      case "go":
        this.#go(message);
        break;
      case "stroke":
        if (this.#host === undefined) this.#waiting.push(message);
        else this.#host.strike(message.stroke, message.held);
        break;
      case "fault":
        if (this.#host === undefined) this.#waiting.push(message);
        else this.#host.inject(message.fault);
        break;
      case "bound":
        this.#bound();
        break;
      case "stop":
        this.#end();
        break;
    }
  }

  /** Stops without a word. */
  stop(): void {
    clearInterval(this.#beat);
    this.#host?.stop();
    this.#record?.close();
    this.#store.close();
    this.#wire.close();
    this.#host = undefined;
    this.#record = undefined;
  }

  #linked(): void {
    if (this.#wire.missing.length === 0) this.#tell({ kind: "connected" });
  }

  #heard(peer: string, payload: Buffer): void {
    const message = readMessage(payload);
    const known =
      message !== undefined &&
      this.#home[message.from] === peer &&
      this.#local.includes(message.to);
    if (known) this.#host?.receive(message);
    else this.#wire.refuseMessage(peer);
  }

  #go({ epoch, unixEpoch, wiped }: Extract<ToWorker, { kind: "go" }>): void {
    const { run, index, boot, folder, floors } = this.#order;
    const owner = this.#workers[index]!;
    this.#local.forEach((process, at) => {
      this.#store.open(process);
      const floor = floors?.[at];
      if (floor !== undefined) this.#store.raise(process, floor);
      // Starts are counted on; of those before this one it knows nothing.
      if (wiped) this.#store.wipe(process, this.#store.opened(process).incarnation - 1);
    });
    const header = newHeader({
      owner,
      boot,
      processes: this.#local,
      names: this.#names,
      rates: this.#rates,
      epoch: unixEpoch,
      run,
    });
    const path = join(folder, "records", `${owner}.record`);
    this.#record = new RecordFile(path, header, (process) => this.#store.turnOf(process));
    const host = new Host({
      members: this.#members,
      rates: this.#rates,
      run,
      local: this.#local,
      store: this.#store,
      record: this.#record,
      send: (message) => {
        const bytes = messageFrame(message);
        if (bytes === undefined) {
          throw new OrreryError("process/effect", "a message is longer than 1 MiB");
        }
        return this.#wire.send(this.#home[message.to]!, bytes);
      },
      corrupted: (from, to, stamp, number, incarnation, body) =>
        this.#sendCorrupted({ from, to, stamp, number, incarnation, priority: 0, body }),
      ...(this.#wire.roams === true && { bind: (then) => this.#bind(then) }),
      flush: () => this.#wire.flush(),
      hold: (held) => this.#wire.hold(held),
      ended: () => this.#end(),
      failed: this.#fail,
      paused: (process) => this.#tell({ kind: "paused", process }),
      struck: (_process, failed) => {
        // A planned crash struck within a step. Alone in here, it is a crash in earnest.
        if (this.#local.length > 1) return;
        const die = (): boolean => process.kill(process.pid, "SIGKILL");
        if (failed) this.#tell({ kind: "storeFailed" }, die);
        else die();
      },
    });
    this.#host = host;
    this.#cpuAtStart = process.cpuUsage();
    for (const message of this.#waiting.splice(0)) this.hear(message);
    new Alarm(() => host.start(epoch, boot > 1)).set(Math.max(epoch, monotonic()));
    this.#beat = setInterval(
      () => this.#tell({ kind: "status", status: this.#status() }),
      STATUS_EVERY,
    );
  }

  #bind(then: () => void): void {
    this.#bound = then;
    this.#tell({ kind: "binding" });
  }

  /** Sends a message with one bit wrong: its receiver must see that, and hang up. */
  #sendCorrupted(message: WireMessage): void {
    const bytes = messageFrame(message);
    if (bytes === undefined || this.#local.includes(message.to)) return;
    bytes[bytes.length - 1]! ^= 1;
    this.#wire.send(this.#home[message.to]!, bytes);
  }

  #status() {
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    return {
      processes: this.#host?.status() ?? [],
      late: this.#host?.tally.takeLateness() ?? [],
      cpuMicros: user + system,
      residentBytes: process.memoryUsage.rss(),
      reconnects: this.#wire.reconnects,
      dropped: this.#host?.tally.dropped ?? 0,
      refusals: this.#wire.refusals,
    };
  }

  #end(): void {
    if (this.#host === undefined) process.exit(0);
    this.#host.stop();
    const status = this.#status();
    this.stop();
    this.#tell({ kind: "stopped", status }, () => process.exit(0));
  }
}
