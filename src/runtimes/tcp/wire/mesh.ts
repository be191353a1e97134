// Everybody connected with everybody, once: listens, dials, dials again, and settles which connection
// counts when there are several with one peer.
//
// Invariants:
// 1. With each peer at most one connection is written to; frames are read from any until it ends.
// 2. Of two connections with one start of a peer, both sides keep the same: the one that the lower
//    of them dialled, or of two dialled by one side the newer, as then the older is dead.
// 3. A peer's later start replaces the earlier; an earlier one is refused.
import { connect, createServer, type Server, type Socket } from "node:net";
import { messageOf, OrreryError } from "../../../core/errors.ts";
import type { Address, Unsent } from "../../real/wire/wire.ts";
import { Connection, type Identity } from "./connection.ts";

/** Strangers that may be greeting at a time; more are hung up on. Twice as many as members, at least. */
const STRANGERS_MIN = 64;
/** How long to wait before dialling again, ms: at first, and at most. */
const RETRY_MIN = 50;
const RETRY_MAX = 1_000;
/** The higher of two peers lets the lower dial first for this long, ms. */
const COURTESY = 250;

export type MeshEvents = {
  readonly message: (peer: string, payload: Buffer) => void;
  /** Is now connected, or again. */
  readonly linked: (peer: string) => void;
  /** It is gone: of its own will, or not. */
  readonly lost: (peer: string, left: boolean) => void;
  /** For the first refusal of each reason. */
  readonly refused: (reason: string, remote: string) => void;
  /** Dialling failed, so often in a row. */
  readonly failed: (peer: string, attempts: number) => void;
};

export type MeshOptions = {
  readonly identity: Identity;
  /** Names of all that may connect. */
  readonly members: readonly string[];
  readonly events: MeshEvents;
  /** Always wait this long between attempts, ms; default: from 50 ms up to a second. */
  readonly retryEvery?: number;
};

type PeerAddress = Address & { readonly host: string };

type Peer = {
  readonly name: string;
  address: PeerAddress | undefined;
  current: Connection | undefined;
  boot: number;
  dialling: boolean;
  attempts: number;
  retry: NodeJS.Timeout | undefined;
  known: boolean;
};

export class Mesh {
  /** How often each reason led to a refusal, and how often a lost connection came back. */
  readonly refusals: { [reason: string]: number } = {};
  reconnects = 0;
  readonly #options: MeshOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #connections = new Set<Connection>();
  readonly #strangers = new Set<Connection>();
  #server: Server | undefined;
  #closed = false;
  #held = false;

  constructor(options: MeshOptions) {
    this.#options = options;
    for (const name of options.members) {
      if (name === options.identity.name) continue;
      this.#peers.set(name, {
        name,
        address: undefined,
        current: undefined,
        boot: 0,
        dialling: false,
        attempts: 0,
        retry: undefined,
        known: false,
      });
    }
  }

  /**
   * Listens; port 0 takes a free one. Returns the port.
   * @throws OrreryError "net/listen" if the port is taken
   */
  listen(host: string, port: number): Promise<number> {
    return listening(
      (server) => {
        this.#server = server;
      },
      (socket) => this.#accept(socket),
      host,
      port,
    );
  }

  /** Where a peer is; dials it if it is not connected. */
  introduce(address: PeerAddress): void {
    const peer = this.#peers.get(address.name);
    if (peer === undefined) return;
    peer.address = address;
    peer.attempts = 0;
    clearTimeout(peer.retry);
    const courteous = this.#options.identity.name > address.name;
    peer.retry = setTimeout(() => this.#dial(peer), courteous ? COURTESY : 0);
  }

  /** Dials a peer that was introduced without further courtesy. */
  dialNow(name: string): void {
    const peer = this.#peers.get(name);
    if (peer !== undefined) this.#dial(peer);
  }

  /** Connections whose greeting is over, of all peers. */
  get connections(): number {
    return this.#connections.size;
  }

  isLinked(name: string): boolean {
    return this.#peers.get(name)?.current !== undefined;
  }

  get missing(): readonly string[] {
    return [...this.#peers.values()]
      .filter(({ current }) => current === undefined)
      .map(({ name }) => name);
  }

  /** Sends a frame, at the next `flush`; says why not, if it cannot. */
  send(name: string, bytes: Buffer): Unsent | undefined {
    const connection = this.#peers.get(name)?.current;
    if (connection === undefined) return "not connected";
    return connection.write(bytes) ? undefined : "link full";
  }

  flush(): void {
    for (const { current } of this.#peers.values()) current?.flush();
  }

  /** Stops and starts reading from all peers. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    for (const connection of this.#connections) connection.hold(held);
  }

  /** Counts a message that its sender may not send, or that is none. */
  refuseMessage(peer: string): void {
    this.#refused("no message of its sender", peer);
  }

  close(): void {
    this.#closed = true;
    this.#server?.close();
    for (const peer of this.#peers.values()) {
      clearTimeout(peer.retry);
      peer.current = undefined;
    }
    for (const connection of this.#connections) connection.bye();
    for (const connection of this.#strangers) connection.destroy();
  }

  #accept(socket: Socket): void {
    const most = Math.max(STRANGERS_MIN, 2 * this.#peers.size);
    if (this.#strangers.size >= most || this.#closed) {
      this.#refused("too many strangers", `${socket.remoteAddress}:${socket.remotePort}`);
      socket.on("error", () => {}).destroy();
      return;
    }
    this.#strangers.add(this.#connection(socket, undefined));
  }

  #dial(peer: Peer): void {
    const { address } = peer;
    if (this.#closed || address === undefined || peer.current !== undefined || peer.dialling)
      return;
    peer.dialling = true;
    const socket = connect(address.port, address.host);
    const failed = (): void => {
      socket.destroy();
      this.#failed(peer);
    };
    socket.once("error", failed);
    socket.setTimeout(RETRY_MAX * 5, failed);
    socket.once("connect", () => {
      socket.off("error", failed).setTimeout(0);
      this.#strangers.add(this.#connection(socket, peer.name));
    });
  }

  #failed(peer: Peer): void {
    peer.dialling = false;
    if (this.#closed || peer.current !== undefined) return;
    peer.attempts++;
    this.#options.events.failed(peer.name, peer.attempts);
    this.#again(peer);
  }

  #again(peer: Peer): void {
    clearTimeout(peer.retry);
    const { retryEvery } = this.#options;
    const wait = retryEvery ?? Math.min(RETRY_MIN * 2 ** peer.attempts, RETRY_MAX);
    if (!this.#closed) peer.retry = setTimeout(() => this.#dial(peer), wait);
  }

  #connection(socket: Socket, dialled: string | undefined): Connection {
    return new Connection(socket, this.#options.identity, dialled, {
      judge: (name, boot) => this.#judge(name, boot),
      ready: (connection) => this.#settle(connection),
      message: (connection, payload) => this.#options.events.message(connection.peer, payload),
      closed: (connection) => this.#ended(connection),
      refused: (reason, byPeer) => {
        const remote = dialled ?? `${socket.remoteAddress}:${socket.remotePort}`;
        if (!byPeer) this.#refused(reason, remote);
        // Whom we did not dial: what he calls himself and why is not for our books.
        else if (dialled === undefined) this.#refused("refused by who dialled us", remote);
        else this.#refused(`refused by ${dialled}`, remote, printable(reason));
      },
    });
  }

  #judge(name: string, boot: number): string | undefined {
    const peer = this.#peers.get(name);
    if (peer === undefined) return "a stranger";
    // What an earlier start said is over with its connection: nobody is kept out by the dead.
    const known = peer.current === undefined ? 0 : peer.boot;
    return boot < known ? "an earlier start" : undefined;
  }

  /** Counts by reasons of our own, which are few; what a peer says is only told on. */
  #refused(reason: string, remote: string, said = ""): void {
    const times = (this.refusals[reason] ?? 0) + 1;
    this.refusals[reason] = times;
    if (times > 1) return;
    this.#options.events.refused(said === "" ? reason : `${reason}: ${said}`, remote);
  }

  #settle(connection: Connection): void {
    const peer = this.#peers.get(connection.peer)!;
    this.#strangers.delete(connection);
    this.#connections.add(connection);
    connection.hold(this.#held);
    if (connection.dialled) peer.dialling = false;
    const other = peer.current;
    if (other !== undefined && connection.boot === peer.boot && !this.#wins(connection, other)) {
      connection.end();
      return;
    }
    if (connection.boot !== peer.boot) for (const each of this.#of(peer)) each.destroy();
    else other?.end();
    peer.boot = connection.boot;
    peer.current = connection;
    peer.attempts = 0;
    if (peer.known && other === undefined) this.reconnects++;
    peer.known = true;
    if (other === undefined) this.#options.events.linked(peer.name);
  }

  /** All older connections with a peer. */
  #of(peer: Peer): readonly Connection[] {
    return [...this.#connections].filter(
      (each) => each.peer === peer.name && each.boot === peer.boot,
    );
  }

  #wins(newer: Connection, older: Connection): boolean {
    if (newer.dialled === older.dialled) return true;
    const low = this.#options.identity.name < newer.peer;
    return newer.dialled === low;
  }

  #ended(connection: Connection): void {
    this.#connections.delete(connection);
    this.#strangers.delete(connection);
    const peer = this.#peers.get(connection.peer);
    if (peer === undefined) return;
    if (peer.current === connection) {
      peer.current = undefined;
      if (this.#closed) return;
      this.#options.events.lost(peer.name, connection.left);
      this.#again(peer);
    } else if (connection.dialled && peer.dialling) {
      this.#failed(peer);
    }
  }
}

/** Without what a terminal would act on. */
const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 80);

/** Opens a server. @throws OrreryError "net/listen" */
export function listening(
  keep: (server: Server) => void,
  accept: (socket: Socket) => void,
  host: string,
  port: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: false }, accept);
    keep(server);
    server.once("error", (cause) => {
      const said = `cannot listen on ${host}:${port}: ${messageOf(cause)}`;
      reject(new OrreryError("net/listen", said, { cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
