// Stronger links than a runtime gives, as wrappers around a process: process in, process out.
import type { Json } from "./json.ts";
import { type Micros, ms } from "./micros.ts";
import type { AnyProcess, Context, Process, ProcessId } from "./process.ts";

/** With this begin keys of the store and the timer that a wrapper takes for itself. */
export const LINK_PREFIX = "link/";
const RESEND = `${LINK_PREFIX}resend`;

/** Messages that are sent again at a time, to each peer. */
const WINDOW = 64;

/** Its place among all to that peer, from 0, and what was sent; or up to where all has come. */
type Wire =
  | { readonly place: number; readonly body: Json }
  | { readonly have: number; readonly beyond: readonly number[] };

export type PerfectLinks = {
  /** `fifo`: handed over in the order sent. `any`: as they come. Default fifo. */
  readonly order?: "fifo" | "any";
  /** How long to wait before all that is not acknowledged is sent again. Default 250 ms. */
  readonly resend?: Micros;
};

type Peer = {
  /** Sent and not acknowledged: place and body, oldest first. */
  readonly unacknowledged: readonly (readonly [place: number, body: Json])[];
  readonly next: number;
  /** All below this were handed over, and these beyond it. */
  readonly have: number;
  readonly beyond: readonly number[];
  /** What came before its turn, for links that keep the order: lost in a crash, and then sent again. */
  readonly early: ReadonlyMap<number, Json>;
};

type Peers = ReadonlyMap<number, Peer>;
type State = { readonly inner: unknown; readonly peers: Peers };

const STRANGER: Peer = { unacknowledged: [], next: 0, have: 0, beyond: [], early: new Map() };

/**
 * Gives a process perfect links: every message that it sends is handed over exactly once, also when the
 * network loses or doubles it and when both ends crash and recover, as long as their stores are kept
 * and both are up for long enough. What was sent, and what came, is stored in the commit of the step.
 * Not for stores that are wiped; priorities of sends are not kept. Cost: two or three puts a message, and an acknowledgement.
 * Source: Cachin, Guerraoui, Rodrigues 2011, §2.4 (stubborn and perfect links), with a log.
 */
export function perfectLinks(inner: AnyProcess, options: PerfectLinks = {}): Process<State, Wire> {
  const fifo = options.order !== "any";
  const resend = options.resend ?? ms(250);
  const { idle } = inner;
  /** A step of the process inside: its sends become numbered ones. */
  const stepped = (
    peers: Peers,
    context: Context<Wire>,
    step: (context: Context<Json>) => unknown,
  ): State => {
    const sender = new Sender(peers, context, resend);
    const state = step(sender.context);
    return { inner: state, peers: sender.peers };
  };
  return {
    start(stored, context) {
      const peers = readPeers(stored);
      const own = new Map([...stored].filter(([key]) => !key.startsWith(LINK_PREFIX)));
      if (waiting(peers)) sendAgain(peers, context, resend);
      return stepped(peers, context, (its) => inner.start(own, its));
    },
    receive({ inner: state, peers }, from, wire, context) {
      const peer = peers.get(from) ?? STRANGER;
      if ("have" in wire) {
        return {
          inner: state,
          peers: withPeer(peers, from, acknowledged(peer, from, wire, context)),
        };
      }
      const came = arrived(peer, wire, fifo);
      if (came.bodies.length > 0) {
        context.put(`${LINK_PREFIX}in/${from}`, [came.peer.have, ...came.peer.beyond]);
      }
      context.send(from, { have: came.peer.have, beyond: came.peer.beyond });
      const after = withPeer(peers, from, came.peer);
      if (came.bodies.length === 0) return { inner: state, peers: after };
      return stepped(after, context, (its) =>
        came.bodies.reduce<unknown>(
          (inside, body) => inner.receive(inside, from, body, its),
          state,
        ),
      );
    },
    timeout({ inner: state, peers }, timer, context) {
      if (timer !== RESEND) {
        return stepped(peers, context, (its) => inner.timeout(state, timer, its));
      }
      if (waiting(peers)) sendAgain(peers, context, resend);
      return { inner: state, peers };
    },
    ...(idle === undefined
      ? {}
      : {
          idle: ({ inner: state, peers }: State, context: Context<Wire>) =>
            stepped(peers, context, (its) => idle.call(inner, state, its)),
        }),
  };
}

const withPeer = (peers: Peers, id: number, peer: Peer): Peers => new Map(peers).set(id, peer);

const waiting = (peers: Peers): boolean =>
  [...peers.values()].some(({ unacknowledged }) => unacknowledged.length > 0);

/** Takes a message in; gives those that are handed over now, in their order. */
function arrived(
  peer: Peer,
  { place, body }: { readonly place: number; readonly body: Json },
  fifo: boolean,
): { readonly peer: Peer; readonly bodies: readonly Json[] } {
  if (place < peer.have || peer.beyond.includes(place)) return { peer, bodies: [] };
  if (!fifo) {
    const beyond = new Set([...peer.beyond, place]);
    let { have } = peer;
    while (beyond.delete(have)) have++;
    const after = { ...peer, have, beyond: [...beyond].sort((a, b) => a - b) };
    return { peer: after, bodies: [body] };
  }
  const early = new Map(peer.early);
  if (place < peer.have + WINDOW) early.set(place, body);
  const bodies: Json[] = [];
  let { have } = peer;
  for (; early.has(have); have++) {
    bodies.push(early.get(have)!);
    early.delete(have);
  }
  return { peer: { ...peer, have, early }, bodies };
}

function acknowledged(
  peer: Peer,
  from: number,
  { have, beyond }: { readonly have: number; readonly beyond: readonly number[] },
  context: Context<Wire>,
): Peer {
  const has = ([place]: Peer["unacknowledged"][number]): boolean =>
    place < have || beyond.includes(place);
  for (const [place] of peer.unacknowledged.filter(has)) {
    context.remove(`${LINK_PREFIX}out/${from}/${place}`);
  }
  return { ...peer, unacknowledged: peer.unacknowledged.filter((each) => !has(each)) };
}

function sendAgain(peers: Peers, context: Context<Wire>, resend: Micros): void {
  for (const [id, { unacknowledged }] of peers) {
    for (const [place, body] of unacknowledged.slice(0, WINDOW)) {
      context.send(id as ProcessId, { place, body });
    }
  }
  context.setTimer(RESEND, resend);
}

function readPeers(stored: ReadonlyMap<string, Json>): Peers {
  const peers = new Map<number, Peer>();
  for (const [key, value] of stored) {
    if (!key.startsWith(LINK_PREFIX)) continue;
    const [, what, id, place] = key.split("/");
    const peer = peers.get(Number(id)) ?? STRANGER;
    if (what === "in") {
      const [have = 0, ...beyond] = value as number[];
      peers.set(Number(id), { ...peer, have, beyond });
    } else if (what === "next") peers.set(Number(id), { ...peer, next: value as number });
    else {
      const sent = [...peer.unacknowledged, [Number(place), value] as const];
      peers.set(Number(id), { ...peer, unacknowledged: sent.sort(([a], [b]) => a - b) });
    }
  }
  return peers;
}

/** The context of the process inside a step: the same, but for what it sends. */
class Sender {
  peers: Peers;
  readonly context: Context<Json>;
  readonly #outer: Context<Wire>;
  readonly #resend: Micros;

  constructor(peers: Peers, outer: Context<Wire>, resend: Micros) {
    this.peers = peers;
    this.#outer = outer;
    this.#resend = resend;
    this.context = {
      self: outer.self,
      incarnation: outer.incarnation,
      storeId: outer.storeId,
      now: outer.now,
      random: () => outer.random(),
      send: (to, body) => {
        for (const each of typeof to === "number" ? [to] : to) this.#send(each, body);
      },
      setTimer: (timer, delay) => outer.setTimer(timer, delay),
      cancelTimer: (timer) => outer.cancelTimer(timer),
      put: (key, value) => outer.put(key, value),
      remove: (key) => outer.remove(key),
      append: (log, value) => outer.append(log, value),
      note: (name, fields) => outer.note(name, fields),
    };
  }

  #send(to: ProcessId, body: Json): void {
    const peer = this.peers.get(to) ?? STRANGER;
    if (!waiting(this.peers)) this.#outer.setTimer(RESEND, this.#resend);
    const place = peer.next;
    const unacknowledged = [...peer.unacknowledged, [place, body] as const];
    this.peers = withPeer(this.peers, to, { ...peer, next: place + 1, unacknowledged });
    this.#outer.put(`${LINK_PREFIX}out/${to}/${place}`, body);
    this.#outer.put(`${LINK_PREFIX}next/${to}`, place + 1);
    this.#outer.send(to, { place, body });
  }
}

/**
 * What a message over perfect links carries: the body that was sent, or nothing if it is only the
 * links' own. Any other message carries itself.
 */
export function carriedBy(message: Json): Json | undefined {
  if (typeof message !== "object" || message === null || Array.isArray(message)) return message;
  const wire = message as { readonly [field: string]: Json };
  if (Object.keys(wire).length !== 2) return message;
  if ("place" in wire && "body" in wire) return wire.body;
  return "have" in wire && "beyond" in wire ? undefined : message;
}
