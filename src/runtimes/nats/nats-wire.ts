// The wire of a worker on nats: one connection to the servers, a subject for each worker of the run. What goes to one
// worker until a flush is one message of NATS: who sent it and in which start of him, and frames as on tcp, whose
// checksums tell of damage.
//
// Invariants:
// 1. Of a worker that started again nothing is heard that an earlier start of it sent, once the later was heard.
// 2. A worker is there when it was heard to be: then what is sent to it can reach it.
import type { NatsConnection } from "@nats-io/transport-node";
import type { WorkerOrder } from "../real/protocol.ts";
import { BrokenFrame, FrameReader, PAYLOAD_MAX } from "../real/wire/frames.ts";
import type { NewWire, Unsent, Wire, WireEvents } from "../real/wire/wire.ts";
import { openBucket } from "./buckets.ts";
import { follow, openJetStream, openNats, readReach } from "./connect.ts";
import { KvKeeper } from "./kv-keeper.ts";
import { hereSubject, KEPT_BUCKET, toSubject } from "./subjects.ts";

/** Bytes that say who sent it, and in which start of him. */
const ENVELOPE = 8;
/** More than this that has not left this OS process is not added to. */
const UNSENT_MAX = 16 * 1_048_576;
/** From so many bytes on it is asked how many of them have left. */
const ASK_FROM = 262_144;
/** A worker says that it is there so often until all are, ms. */
const HERE_EVERY = 100;

export const natsWire: NewWire = (order, names, events) => new NatsWire(order, names, events);

class NatsWire implements Wire {
  readonly roams = true;
  readonly refusals: { [reason: string]: number } = {};
  reconnects = 0;
  readonly #order: WorkerOrder;
  readonly #names: readonly string[];
  readonly #events: WireEvents;
  /** By name: its place, and the latest start of it that was heard of; 0: none. */
  readonly #peers: Map<string, { readonly index: number; boot: number }>;
  /** Who sends, and in which start of him. */
  readonly #envelope = Buffer.alloc(ENVELOPE);
  readonly #unsent = new Map<number, Buffer[]>();
  /** Bytes handed to the connection that may not have left. */
  #leaving = 0;
  #flushing = false;
  #connection: NatsConnection | undefined;
  #connected = false;
  #held = false;
  #here: NodeJS.Timeout | undefined;
  #keeper: KvKeeper | undefined;

  constructor(order: WorkerOrder, names: readonly string[], events: WireEvents) {
    this.#order = order;
    this.#names = names;
    this.#events = events;
    this.#peers = new Map(names.map((name, index) => [name, { index, boot: 0 }]));
    this.#envelope.writeUInt32BE(order.index, 0);
    this.#envelope.writeUInt32BE(order.boot, 4);
  }

  async listen(): Promise<number> {
    const { cluster, index } = this.#order;
    const name = `orrery ${cluster} ${this.#names[index]}`;
    const connection = await openNats(readReach(this.#order.wire), name);
    this.#connection = connection;
    this.#connected = true;
    void follow(connection, (connected) => {
      this.#connected = connected;
      if (connected) this.reconnects++;
    });
    connection.subscribe(toSubject(cluster, index), {
      callback: (_, { data }) => this.#heard(data),
    });
    connection.subscribe(hereSubject(cluster), { callback: (_, { data }) => this.#there(data) });
    await connection.flush();
    this.#sayHere();
    this.#here = setInterval(() => this.#sayHere(), HERE_EVERY);
    return 0;
  }

  /** Nobody need be found: subjects lead to them. */
  introduce(): void {}

  get missing(): readonly string[] {
    return this.#names.filter(
      (name, index) => index !== this.#order.index && this.#peers.get(name)!.boot === 0,
    );
  }

  send(worker: string, frame: Buffer): Unsent | undefined {
    if (!this.#connected) return "not connected";
    const most = this.#connection!.info!.max_payload - ENVELOPE;
    if (this.#leaving > UNSENT_MAX || frame.length > most) return "link full";
    const { index } = this.#peers.get(worker)!;
    const waiting = this.#unsent.get(index);
    if (waiting === undefined) this.#unsent.set(index, [frame]);
    else waiting.push(frame);
    return undefined;
  }

  flush(): void {
    if (this.#unsent.size === 0) return;
    for (const [index, frames] of this.#unsent) this.#publish(index, frames);
    this.#unsent.clear();
    // What little is under way need not be counted: asking costs a message there and back.
    if (this.#flushing || this.#leaving < ASK_FROM) return;
    this.#flushing = true;
    const leaving = this.#leaving;
    const over = (): void => {
      this.#flushing = false;
      this.#leaving -= leaving;
    };
    this.#connection!.flush().then(over, over);
  }

  /** Nobody is made to wait by subjects: what comes meanwhile is lost. */
  hold(held: boolean): void {
    this.#held = held;
  }

  refuseMessage(peer: string): void {
    this.#refuse("no message of its sender", peer);
  }

  keeper(ring: (timer: string) => void) {
    const open = async () => {
      const manager = await openJetStream(this.#connection!, readReach(this.#order.wire));
      return await openBucket(manager, KEPT_BUCKET);
    };
    this.#keeper = new KvKeeper(this.#order.cluster, open, ring, this.#events.says);
    return this.#keeper.process;
  }

  close(): void {
    clearInterval(this.#here);
    this.#connected = false;
    this.#keeper?.close();
    void this.#connection?.close();
  }

  #publish(index: number, frames: readonly Buffer[]): void {
    const most = this.#connection!.info!.max_payload;
    let parts: Buffer[] = [this.#envelope];
    let length = ENVELOPE;
    const leave = (): void => {
      this.#connection!.publish(toSubject(this.#order.cluster, index), Buffer.concat(parts));
      this.#leaving += length;
      parts = [this.#envelope];
      length = ENVELOPE;
    };
    for (const frame of frames) {
      if (length + frame.length > most) leave();
      parts.push(frame);
      length += frame.length;
    }
    leave();
  }

  #heard(data: Uint8Array): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (bytes.length < ENVELOPE) return;
    const name = this.#names[bytes.readUInt32BE(0)];
    if (name === undefined) {
      this.#refuse("a stranger", "somebody");
      return;
    }
    if (!this.#isLatest(name, bytes.readUInt32BE(4))) this.#refuse("an earlier start", name);
    else if (this.#held) this.#refuse("too much waits here", name);
    else this.#read(name, bytes.subarray(ENVELOPE));
  }

  #read(name: string, bytes: Buffer): void {
    try {
      for (const payload of new FrameReader(PAYLOAD_MAX).read(bytes)) {
        this.#events.message(name, payload);
      }
    } catch (cause) {
      if (!(cause instanceof BrokenFrame)) throw cause;
      this.#refuse(cause.message, name);
    }
  }

  #isLatest(name: string, boot: number): boolean {
    const peer = this.#peers.get(name)!;
    if (boot < peer.boot) return false;
    peer.boot = boot;
    return true;
  }

  #sayHere(): void {
    const subject = hereSubject(this.#order.cluster);
    if (this.#connected) this.#connection!.publish(subject, this.#envelope);
    if (this.missing.length === 0) clearInterval(this.#here);
  }

  #there(data: Uint8Array): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (bytes.length !== ENVELOPE) return;
    const [index, boot] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
    const name = this.#names[index];
    if (name === undefined || index === this.#order.index) return;
    const peer = this.#peers.get(name)!;
    if (boot <= peer.boot) return;
    peer.boot = boot;
    // Who is new there waits to hear of all.
    this.#sayHere();
    this.#events.linked();
  }

  #refuse(reason: string, remote: string): void {
    const times = (this.refusals[reason] ?? 0) + 1;
    this.refusals[reason] = times;
    if (times === 1) this.#events.refused(reason, remote);
  }
}
