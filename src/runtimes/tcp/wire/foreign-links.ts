// Links to machines that speak another program's wire: a connection that we dial carries what we
// send to its machine, one that others dial carries what they send to us. Who is at the other end of
// those is not said on most wires; it is guessed here, and known when records are merged.
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { connect, type Server, type Socket } from "node:net";
import { messageOf, OrreryError } from "../../../core/errors.ts";
import type { WireMessage } from "../../real/wire/message.ts";
import type { Unsent } from "../../real/wire/wire.ts";
import { encode, type ForeignWire, type WireReader, wireReader } from "./foreign-wires.ts";
import { listening } from "./mesh.ts";

/** What may wait to be written to one machine, bytes. */
const WAITING_MAX = 1_048_576;
/** Connections that others may have with us. */
const CALLERS_MAX = 256;
/** A kernel asks a silent caller after this, ms, whether it is still there. */
const KEEP_ALIVE = 5_000;
/** How machines with the native wire begin; as clocks it would be nonsense. */
const GREETING = '{"version":';
/** Addresses of datagrams that are remembered. */
const SOURCES_MAX = 1_024;

export type ForeignPeer = {
  readonly index: number;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tag: string;
};

export type ForeignEvents = {
  /** A clock came over the connection `via`, perhaps from that peer. */
  readonly heard: (peer: number, clock: number, via: string) => void;
  /** We dialled a peer from that port of ours. */
  readonly dialled: (peer: number, port: number) => void;
  readonly linked: (name: string) => void;
  readonly lost: (name: string) => void;
  readonly failed: (name: string, attempts: number) => void;
  readonly refused: (reason: string, remote: string) => void;
};

export type ForeignOptions = {
  readonly wire: ForeignWire;
  readonly transport: "tcp" | "udp";
  readonly tag: string;
  readonly peers: readonly ForeignPeer[];
  /** ms between attempts. */
  readonly retryEvery: number;
  readonly events: ForeignEvents;
};

type Outgoing = {
  readonly peer: ForeignPeer;
  socket: Socket | undefined;
  attempts: number;
  retry?: NodeJS.Timeout;
};

/** Somebody who sends to us: who he may be, and how far his stream was read. */
type Caller = {
  readonly via: string;
  readonly peer: number | undefined;
  readonly reader: WireReader;
  readonly socket?: Socket;
  /** A clock came from it. */
  spoke?: boolean;
};

export class ForeignLinks {
  readonly refusals: { [reason: string]: number } = {};
  readonly #options: ForeignOptions;
  readonly #outgoing: readonly Outgoing[];
  readonly #callers = new Map<string, Caller>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #udp: UdpSocket | undefined;
  #closed = false;
  #held = false;

  constructor(options: ForeignOptions) {
    this.#options = options;
    this.#outgoing = options.peers.map((peer) => ({ peer, socket: undefined, attempts: 0 }));
  }

  /** @throws OrreryError "net/listen" */
  async listen(host: string, port: number): Promise<void> {
    if (this.#options.transport === "udp") {
      await this.#bind(host, port);
      return;
    }
    const keep = (server: Server): void => {
      this.#server = server;
    };
    await listening(keep, (socket) => this.#accept(socket), host, port);
  }

  /** Begins to dial all. Datagrams need no dialling. */
  dialAll(): void {
    if (this.#options.transport === "udp") return;
    for (const each of this.#outgoing) this.#dial(each);
  }

  get missing(): readonly string[] {
    if (this.#options.transport === "udp") return [];
    return this.#outgoing.filter(({ socket }) => socket === undefined).map(({ peer }) => peer.name);
  }

  /** Sends a message's clock; says why not, if it cannot. */
  send({ to, stamp }: WireMessage): Unsent | undefined {
    const { wire, tag, transport } = this.#options;
    const outgoing = this.#outgoing.find(({ peer }) => peer.index === to)!;
    const bytes = encode(wire, Math.max(0, stamp), tag);
    if (transport === "udp") {
      this.#udp?.send(bytes, outgoing.peer.port, outgoing.peer.host, () => {});
      return undefined;
    }
    const { socket } = outgoing;
    if (socket === undefined) return "not connected";
    if (socket.writableLength > WAITING_MAX) return "link full";
    socket.write(bytes);
    return undefined;
  }

  /** Nothing waits for it. */
  flush(): void {}

  /** Stops and starts reading. Datagrams that come meanwhile are lost. */
  hold(held: boolean): void {
    this.#held = held;
    for (const socket of this.#sockets) {
      if (held) socket.pause();
      else socket.resume();
    }
  }

  close(): void {
    this.#closed = true;
    this.#server?.close();
    this.#udp?.close();
    for (const { retry } of this.#outgoing) clearTimeout(retry);
    for (const socket of this.#sockets) socket.destroy();
  }

  #bind(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
      this.#udp = socket;
      socket.once("error", (cause) => {
        const said = `cannot listen on ${host}:${port}: ${messageOf(cause)}`;
        reject(new OrreryError("net/listen", said, { cause }));
      });
      socket.on("message", (bytes, from) => this.#datagram(bytes, from));
      socket.bind(port, host, () => {
        socket.on("error", () => {});
        for (const { peer } of this.#outgoing) this.#options.events.dialled(peer.index, port);
        resolve();
      });
    });
  }

  #dial(outgoing: Outgoing): void {
    if (this.#closed) return;
    const { peer } = outgoing;
    const socket = connect(peer.port, peer.host);
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("connect", () => {
      outgoing.attempts = 0;
      outgoing.socket = socket;
      this.#options.events.dialled(peer.index, socket.localPort ?? 0);
      this.#options.events.linked(peer.name);
    });
    // Some programs answer on the connection that we dialled.
    const via = `${peer.host}:${peer.port}`;
    this.#listenTo(socket, { via, peer: peer.index, reader: this.#reader() });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      const was = outgoing.socket === socket;
      outgoing.socket = undefined;
      if (this.#closed) return;
      if (was) this.#options.events.lost(peer.name);
      else this.#options.events.failed(peer.name, ++outgoing.attempts);
      outgoing.retry = setTimeout(() => this.#dial(outgoing), this.#options.retryEvery);
    });
  }

  #accept(socket: Socket): void {
    const via = `${socket.remoteAddress}:${socket.remotePort}`;
    if (this.#callers.size >= CALLERS_MAX) {
      this.#refused("too many connections", via);
      // Who has never sent a clock makes room.
      const silent = [...this.#callers.values()].find(({ spoke }) => spoke !== true);
      silent?.socket?.destroy();
      if (silent === undefined) {
        socket.on("error", () => {}).destroy();
        return;
      }
      this.#callers.delete(silent.via);
    }
    this.#sockets.add(socket);
    socket.setKeepAlive(true, KEEP_ALIVE);
    const peer = this.#guess(socket.remoteAddress ?? "");
    const caller: Caller = { via, peer, reader: this.#reader(), socket };
    this.#callers.set(via, caller);
    this.#listenTo(socket, caller);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#callers.delete(via);
    });
  }

  #listenTo(socket: Socket, caller: Caller): void {
    if (this.#held) socket.pause();
    let first = true;
    socket.on("data", (chunk) => {
      if (first && chunk.includes(GREETING)) {
        this.#refused("a machine with the native wire", caller.via);
        socket.destroy();
        return;
      }
      first = false;
      if (this.#take(caller, chunk)) caller.spoke = true;
    });
    socket.on("end", () => socket.end());
  }

  #datagram(bytes: Buffer, from: RemoteInfo): void {
    if (this.#held) return;
    const via = `${from.address}:${from.port}`;
    let caller = this.#callers.get(via);
    if (caller === undefined) {
      if (this.#callers.size >= SOURCES_MAX) {
        this.#refused("too many senders", via);
        // The one that was first heard of longest ago makes room.
        this.#callers.delete([...this.#callers.keys()][0]!);
      }
      const known = this.#options.peers.find(({ port }) => port === from.port)?.index;
      const reader = this.#reader();
      caller = { via, peer: known ?? this.#guess(from.address), reader };
      this.#callers.set(via, caller);
    }
    // A datagram is whole, or wrong: what it leaves is not the beginning of the next.
    this.#take({ ...caller, reader: this.#reader() }, bytes, true);
  }

  /** Takes in what came; was there a clock in it? */
  #take({ reader, peer, via }: Caller, chunk: Buffer, whole = false): boolean {
    const before = reader.refused;
    const heard = reader.read(chunk);
    for (const { clock, tag } of heard) {
      const said = this.#options.peers.find((each) => each.tag === tag)?.index;
      const from = tag === undefined ? peer : said;
      if (from === undefined) this.#refused("from nobody we know", via);
      else this.#options.events.heard(from, clock, via);
    }
    if (reader.refused > before) this.#refused("no clock", via, reader.refused - before);
    else if (whole && heard.length === 0) this.#refused("no clock", via);
    return heard.length > 0;
  }

  /** The first peer at that address who does not speak to us yet; if all do, the first there. */
  #guess(address: string): number | undefined {
    const { peers } = this.#options;
    const speaking = new Set([...this.#callers.values()].map(({ peer }) => peer));
    const here = peers.filter(({ host }) => sameHost(host, address));
    const possible = here.length > 0 ? here : peers;
    return (possible.find(({ index }) => !speaking.has(index)) ?? possible[0])?.index;
  }

  #reader(): WireReader {
    const { wire, peers } = this.#options;
    return wireReader(
      wire,
      peers.map(({ tag }) => tag),
    );
  }

  #refused(reason: string, remote: string, times = 1): void {
    const before = this.refusals[reason] ?? 0;
    this.refusals[reason] = before + times;
    if (before === 0) this.#options.events.refused(reason, remote);
  }
}

const sameHost = (host: string, address: string): boolean =>
  address === host ||
  address === `::ffff:${host}` ||
  (host === "localhost" && /^(::1|127\.)/.test(address));
