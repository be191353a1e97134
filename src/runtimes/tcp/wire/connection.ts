// One connection from its opening to its end: first the handshake, then frames both ways.
import type { Socket } from "node:net";
import {
  BrokenFrame,
  FRAME,
  FrameReader,
  GREETING_MAX,
  PAYLOAD_MAX,
} from "../../real/wire/frames.ts";
import {
  byeFrame,
  type Challenge,
  challengeFrame,
  type Hello,
  helloFrame,
  newNonce,
  proofFrame,
  proofOf,
  readChallenge,
  readHello,
  readProof,
  readRefusal,
  refuseFrame,
  sameProof,
  WIRE_VERSION,
  welcomeFrame,
} from "./handshake.ts";

/** A greeting that takes longer than this is none, ms. */
const GREETING_PATIENCE = 5_000;
/** A peer to whom we say that we stop hangs up within this, ms, or is stopped itself. */
const BYE_PATIENCE = 2_000;
/** What may wait to be written to one peer, bytes: beyond it messages are dropped. */
const WAITING_MAX = 4 * 1_048_576;
/** A kernel asks a silent peer after this, ms, whether it is still there. */
const KEEP_ALIVE = 5_000;
/** What is said of whoever speaks another language. */
const NOT_OURS = "not the wire of Orrery";

/** Who we are, to those we connect to. */
export type Identity = {
  readonly name: string;
  readonly cluster: string;
  /** What all must have configured alike, in short. */
  readonly model: string;
  /** Empty: no secret. */
  readonly secret: string;
  /** Rises with each start of this program, so that peers know the old one from the new. */
  readonly boot: number;
};

export type ConnectionEvents = {
  /** Said before the handshake ends: may this peer, of that boot, be here? Returns a reason if not. */
  readonly judge: (peer: string, boot: number) => string | undefined;
  readonly ready: (connection: Connection) => void;
  readonly message: (connection: Connection, payload: Buffer) => void;
  readonly closed: (connection: Connection) => void;
  /** We refuse it, or it refuses us. */
  readonly refused: (reason: string, byPeer: boolean) => void;
};

export class Connection {
  /** The peer's name: known from the start if we dialled. */
  peer: string;
  boot = 0;
  /** The peer said that it stops. */
  left = false;
  readonly dialled: boolean;
  readonly #socket: Socket;
  readonly #self: Identity;
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader(GREETING_MAX);
  readonly #patience: NodeJS.Timeout;
  #hello: Hello | undefined;
  #answer: Challenge | undefined;
  #ready = false;
  #done = false;
  #waiting: Buffer[] = [];
  #bytes = 0;

  /** `peer`: whom we dialled; undefined if we were. */
  constructor(socket: Socket, self: Identity, peer: string | undefined, events: ConnectionEvents) {
    this.#socket = socket;
    this.#self = self;
    this.#events = events;
    this.peer = peer ?? "";
    this.dialled = peer !== undefined;
    this.#patience = setTimeout(() => this.#refuse("too slow a greeting"), GREETING_PATIENCE);
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.end());
    socket.on("close", () => this.#close());
    if (peer === undefined) return;
    const { name: from, cluster, model, boot } = self;
    const said = { version: WIRE_VERSION, cluster, model, from, to: peer, boot, nonce: newNonce() };
    this.#hello = said;
    socket.write(helloFrame(said));
  }

  /** Adds a frame to what `flush` will write. False: too much waits already. */
  write(bytes: Buffer): boolean {
    if (this.#bytes + bytes.length + this.#socket.writableLength > WAITING_MAX) return false;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    return true;
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const [only] = this.#waiting;
    this.#socket.write(this.#waiting.length === 1 ? only! : Buffer.concat(this.#waiting));
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** Stops and starts reading: what peers send then waits in the kernels, and then with them. */
  hold(held: boolean): void {
    if (held) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Says that we stop, and hangs up; on a peer that does not hear of it, by force. */
  bye(): void {
    this.write(byeFrame());
    this.end();
    setTimeout(() => this.#socket.destroy(), BYE_PATIENCE).unref();
  }

  /** Writes what waits, and hangs up. What the peer still sends is read. */
  end(): void {
    this.flush();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    try {
      for (const payload of this.#reader.read(chunk)) {
        if (this.#done) return;
        if (this.#ready && payload[0] === FRAME.bye) this.left = true;
        else if (this.#ready && payload[0] === FRAME.refuse) this.#greet(payload);
        else if (this.#ready) this.#events.message(this, payload);
        else this.#greet(payload);
      }
    } catch (cause) {
      if (!(cause instanceof BrokenFrame)) throw cause;
      this.#refuse(this.#ready ? "a broken frame" : NOT_OURS);
    }
  }

  #greet(payload: Buffer): void {
    const type = payload[0];
    let fault: string | undefined;
    if (type === FRAME.refuse) {
      this.#done = true;
      this.#events.refused(readRefusal(payload)?.reason ?? "no reason", true);
      this.#socket.destroy();
    } else if (type === FRAME.hello && !this.dialled && this.#hello === undefined) {
      fault = this.#heardHello(readHello(payload));
    } else if (type === FRAME.challenge && this.dialled && this.#answer === undefined) {
      fault = this.#heardChallenge(readChallenge(payload));
    } else if (type === FRAME.proof && !this.dialled && this.#answer !== undefined) {
      fault = this.#heardProof(readProof(payload)?.proof);
    } else if (type === FRAME.welcome && this.dialled && this.#answer !== undefined) {
      this.#accept();
    } else {
      fault = NOT_OURS;
    }
    if (fault !== undefined) this.#refuse(fault);
  }

  /** These take in a frame of the handshake, or say why they do not. */
  #heardHello(hello: Hello | undefined): string | undefined {
    if (hello === undefined) return NOT_OURS;
    const { name, cluster, model, secret, boot } = this.#self;
    if (hello.version !== WIRE_VERSION) return "another version of the wire";
    if (hello.cluster !== cluster) return "another cluster";
    if (hello.model !== model) return "another configuration of machines, seed or internal";
    if (hello.to !== name) return "meant for another";
    const reason = this.#events.judge(hello.from, hello.boot);
    if (reason !== undefined) return reason;
    this.#hello = hello;
    this.peer = hello.from;
    this.boot = hello.boot;
    const answer = { boot, nonce: newNonce() };
    const proof = proofOf(secret, "acceptor", hello, answer);
    this.#answer = { ...answer, proof };
    this.#socket.write(challengeFrame(this.#answer));
    return undefined;
  }

  #heardChallenge(challenge: Challenge | undefined): string | undefined {
    if (challenge === undefined) return NOT_OURS;
    const { secret } = this.#self;
    const expected = proofOf(secret, "acceptor", this.#hello!, challenge);
    if (!sameProof(expected, challenge.proof)) return "another secret";
    const reason = this.#events.judge(this.peer, challenge.boot);
    if (reason !== undefined) return reason;
    this.boot = challenge.boot;
    this.#answer = challenge;
    this.#socket.write(proofFrame(proofOf(secret, "dialer", this.#hello!, challenge)));
    return undefined;
  }

  #heardProof(proof: string | undefined): string | undefined {
    const expected = proofOf(this.#self.secret, "dialer", this.#hello!, this.#answer!);
    if (proof === undefined || !sameProof(proof, expected)) return "another secret";
    this.#socket.write(welcomeFrame());
    this.#accept();
    return undefined;
  }

  #accept(): void {
    clearTimeout(this.#patience);
    this.#ready = true;
    this.#reader.max = PAYLOAD_MAX;
    this.#events.ready(this);
  }

  #refuse(reason: string): void {
    if (this.#done) return;
    this.#done = true;
    this.#events.refused(reason, false);
    this.#socket.end(refuseFrame(reason));
    // Who goes on talking is cut off.
    setTimeout(() => this.#socket.destroy(), 100).unref();
  }

  #close(): void {
    clearTimeout(this.#patience);
    this.#done = true;
    this.#events.closed(this);
  }
}
