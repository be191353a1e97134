// One machine of a scale model, started by itself in a terminal or on a host of its own: it finds its
// peers, waits until all are there, and then runs until it is stopped.
import { appendFileSync, rmSync } from "node:fs";
import { OrreryError } from "../../core/errors.ts";
import type { Run } from "../../core/run.ts";
import type { Member } from "../../core/system.ts";
import { LOG_HEADER, logLine } from "../../trace/log.ts";
import { newHeader } from "../../trace/record.ts";
import { drawRates } from "../driver/rates.ts";
import { monotonic } from "../real/clock.ts";
import { DiskStore } from "../real/disk-store.ts";
import { Host } from "../real/host.ts";
import { Lateness, type Pacing } from "../real/pacing.ts";
import type { ProcessStatus } from "../real/protocol.ts";
import { RecordFile } from "../real/records/record-file.ts";
import { messageFrame, readMessage, type WireMessage } from "../real/wire/message.ts";
import type { Unsent, Wire } from "../real/wire/wire.ts";
import { checkOpenness, filesOf, type Machines, modelOf, tagsOf } from "./machines.ts";
import { ForeignLinks } from "./wire/foreign-links.ts";
import type { ForeignWire } from "./wire/foreign-wires.ts";
import { Mesh } from "./wire/mesh.ts";

/** Peers that are not there are dialled again after this, ms. */
const RETRY_EVERY = 1_000;
/** Lines kept for a record that has not begun; the host keeps as many messages. */
const EARLY_MAX = 10_000;

export type MachineOptions = {
  readonly machines: Machines;
  readonly index: number;
  readonly members: readonly Member[];
  readonly run: Run;
  /** Attempts to reach a peer before giving up at the start; afterwards there is no giving up. */
  readonly retries: number;
  /** Forget what earlier starts left. */
  readonly fresh: boolean;
  readonly say: (line: string) => void;
};

/** What a machine did, when it has stopped. */
export type MachineSummary = {
  readonly status: ProcessStatus;
  readonly seconds: number;
  readonly lateness: Pick<Pacing, "lateP50Micros" | "lateP99Micros" | "lateMaxMicros">;
  readonly achievedPerSecond: number;
  readonly refusals: { readonly [reason: string]: number };
  readonly log: string;
  readonly record: string;
};

/** What both kinds of wire can do. */
type Links = Pick<Wire, "missing" | "refusals" | "flush" | "hold" | "close"> & {
  listen(host: string, port: number): Promise<unknown>;
  dialAll(): void;
  send(message: WireMessage): Unsent | undefined;
};

export class Machine {
  readonly #options: MachineOptions;
  readonly #names: readonly string[];
  readonly #rates: Float64Array;
  readonly #store: DiskStore;
  /** Begins when the clock does. */
  #record: RecordFile | undefined;
  /** Lines for it from before that. */
  readonly #early: object[] = [];
  readonly #files: ReturnType<typeof filesOf>;
  readonly #links: Links;
  readonly #host: Host;
  readonly #lateness = new Lateness();
  /** Messages heard over a foreign wire, by peer: they bring no number. */
  readonly #heard: number[];
  readonly #done: Promise<void>;
  #end!: () => void;
  #fail!: (cause: unknown) => void;
  #began = false;
  #told = "";
  #beat: NodeJS.Timeout | undefined;

  /** @throws OrreryError "net/open", "store/locked", "files/write" */
  constructor(options: MachineOptions) {
    const { machines, index, members, run, fresh } = options;
    this.#options = options;
    checkOpenness(this.#self.host, machines);
    this.#names = members.map(({ name }) => name);
    this.#rates = drawRates(members, run.seed);
    this.#heard = members.map(() => 0);
    const [name, { log: asked }] = Object.entries(machines.machines)[index]!;
    this.#files = filesOf(name, asked);
    const { log, record, stores } = this.#files;
    this.#store = new DiskStore(stores, this.#names);
    // First the lock: what a running machine keeps is not to be touched.
    this.#store.open(index, fresh);
    if (fresh) for (const path of [log, record]) rmSync(path, { force: true });
    this.#done = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    this.#done.catch(() => {});
    this.#links = machines.wire === "native" ? this.#native() : this.#foreign(machines.wire);
    this.#host = this.#newHost();
  }

  /** Runs until `stop`, or the end of the run. @throws OrreryError "net/listen", "net/unconnected" */
  async run(): Promise<MachineSummary> {
    const { say, run } = this.#options;
    const { host, port } = this.#self;
    try {
      await this.#links.listen(host, port);
      say(`${this.#files.id} listens on ${host}:${port}`);
      const others = this.#peers.map(({ name, host: at, port: on }) => `${name} (${at}:${on})`);
      say(`connecting to ${others.join(", ") || "nobody: it is alone"}`);
      this.#links.dialAll();
      this.#linked();
      await this.#done;
    } finally {
      clearInterval(this.#beat);
      this.#collectLateness();
      this.#host.stop();
      this.#links.close();
      this.#record?.close();
      this.#store.close();
    }
    const status = this.#host.status()[0]!;
    const { ticking, ticks } = status;
    return {
      status,
      seconds: this.#began ? Math.max(0, Math.min(this.#host.now, run.duration)) / 1e6 : 0,
      lateness: this.#lateness.measure(),
      achievedPerSecond: ticking > 0 ? (ticks * 1e6) / ticking : 0,
      refusals: this.#links.refusals,
      log: this.#files.log,
      record: this.#files.record,
    };
  }

  stop(): void {
    this.#end();
  }

  get #self() {
    return Object.values(this.#options.machines.machines)[this.#options.index]!;
  }

  get #peers() {
    const { machines, index } = this.#options;
    const tags = tagsOf(machines.machines);
    return Object.entries(machines.machines)
      .map(([name, { host, port }], each) => ({ index: each, name, host, port, tag: tags[each]! }))
      .filter((peer) => peer.index !== index);
  }

  #native(): Links {
    const { machines, index } = this.#options;
    const mesh = new Mesh({
      identity: {
        name: this.#files.id,
        cluster: machines.cluster,
        model: modelOf(machines),
        secret: machines.secret ?? "",
        // Later starts have later times, also when the store was wiped.
        boot: Date.now(),
      },
      members: this.#names,
      retryEvery: RETRY_EVERY,
      events: {
        message: (peer, payload) => {
          const message = readMessage(payload);
          const known = message?.to === index && this.#names[message.from] === peer;
          if (known) this.#host.receive(message);
          else mesh.refuseMessage(peer);
        },
        ...this.#linkEvents(),
      },
    });
    return {
      get missing() {
        return mesh.missing;
      },
      refusals: mesh.refusals,
      listen: (host, port) => mesh.listen(host, port),
      dialAll: () => {
        for (const peer of this.#peers) mesh.introduce(peer);
      },
      send: (message) => mesh.send(this.#names[message.to]!, messageFrame(message)!),
      flush: () => mesh.flush(),
      hold: (held) => mesh.hold(held),
      close: () => mesh.close(),
    };
  }

  #foreign(wire: ForeignWire): Links {
    const { machines, index } = this.#options;
    return new ForeignLinks({
      wire,
      transport: machines.transport,
      tag: tagsOf(machines.machines)[index]!,
      peers: this.#peers,
      retryEvery: RETRY_EVERY,
      events: {
        heard: (peer, clock, via) => this.#try(() => this.#hear(peer, clock, via)),
        dialled: (peer, from) => this.#try(() => this.#keep({ dialled: peer, port: from })),
        ...this.#linkEvents(),
      },
    });
  }

  #linkEvents() {
    const { say, retries } = this.#options;
    return {
      linked: (name: string) => {
        if (this.#began) say(`${name} is back`);
        else this.#try(() => this.#linked());
      },
      lost: (name: string, left = false) =>
        say(left ? `${name} has stopped` : `lost ${name}; trying again each second`),
      failed: (name: string, attempts: number) => {
        if (this.#began) return;
        this.#sayMissing();
        if (attempts < retries) return;
        const said = `${name} could not be reached in ${attempts} attempts`;
        this.#fail(new OrreryError("net/unconnected", said));
      },
      refused: (reason: string, remote: string) => say(`refused ${remote}: ${reason}`),
    };
  }

  /** What fails where others call ends the run. */
  #try(act: () => void): void {
    try {
      act();
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #sayMissing(): void {
    const missing = this.#links.missing.join(", ");
    if (missing === "" || missing === this.#told) return;
    this.#told = missing;
    this.#options.say(`not there yet: ${missing}; trying again each second`);
  }

  /** All are there: the clock begins. */
  #linked(): void {
    if (this.#began || this.#links.missing.length > 0) return;
    const { say, index } = this.#options;
    this.#began = true;
    say(`connected; ticking at ${this.#rates[index]}/s, log in ${this.#files.log}`);
    this.#record = this.#newRecord();
    for (const line of this.#early) this.#record.line(line);
    appendFileSync(this.#files.log, LOG_HEADER);
    this.#host.start(monotonic());
    this.#beat = setInterval(() => this.#collectLateness(), RETRY_EVERY);
  }

  #newRecord(): RecordFile {
    const { index, run, machines } = this.#options;
    const header = newHeader({
      owner: this.#files.id,
      boot: this.#store.opened(index).incarnation,
      processes: [index],
      names: this.#names,
      rates: this.#rates,
      epoch: Date.now() * 1_000,
      run,
      foreign: machines.wire !== "native",
    });
    return new RecordFile(this.#files.record, header, (process) => this.#store.turnOf(process));
  }

  #keep(line: object): void {
    if (this.#record === undefined) {
      if (this.#early.length < EARLY_MAX) this.#early.push(line);
    } else this.#record.line(line);
  }

  #collectLateness(): void {
    for (const [, late] of this.#host.tally.takeLateness()) this.#lateness.add(late);
  }

  #hear(peer: number, clock: number, via: string): void {
    const { index } = this.#options;
    const number = this.#heard[peer]!++;
    this.#keep({ heard: [index, peer, number, clock], via });
    this.#host.receive({
      from: peer,
      to: index,
      stamp: clock,
      number,
      incarnation: 1,
      priority: 0,
      body: clock,
    });
  }

  #newHost(): Host {
    const { members, run, index } = this.#options;
    return new Host({
      members,
      rates: this.#rates,
      run,
      local: [index],
      store: this.#store,
      record: {
        rows: (batch) => {
          this.#record?.rows(batch);
          let text = "";
          for (let row = 0; row < batch.count; row++) {
            text += `${logLine(this.#names, batch, row)}\n`;
          }
          appendFileSync(this.#files.log, text);
        },
        line: (value) => this.#keep(value),
      },
      send: (message) => this.#links.send(message),
      flush: () => this.#links.flush(),
      hold: (held) => this.#links.hold(held),
      ended: () => this.#end(),
      failed: (cause) => this.#fail(cause),
      paused: () => {},
      struck: () => {},
    });
  }
}
