// A process of a system as a node program: the mirror of `hosted-run.ts`. One process is driven by the engine of `sim`,
// at the pace of the host's clock; all others are somewhere else, and what they say comes in as lines.
//
// What it stores is kept in memory: a program that a tool kills and starts again begins with an empty store.
import type { Json } from "../../core/json.ts";
import { MICROS_MAX, micros } from "../../core/micros.ts";
import type { Context, Process, ProcessId } from "../../core/process.ts";
import type { Member } from "../../core/system.ts";
import { PRINTED } from "../../core/trace-event.ts";
import { Alarm, monotonic } from "../real/clock.ts";
import type { Engine } from "./hosted-run.ts";
import { lineOf, type Message } from "./lines.ts";

/** Clients that can be answered at a time; of more, the one that has been silent for longest cannot. */
const CLIENTS = 256;
/** How a message that is no body of Maelstrom's is carried. */
const CARRIED = "orrery";

type Body = Message["body"];
type AdapterEngine = Pick<Engine, "to" | "due" | "ring">;

/** Somebody else: what it is sent is printed, and what it says was read. */
class Elsewhere implements Process<null, Json> {
  /** Under which name it is known; of a place for a client, changing. */
  name = "";
  readonly said: Json[] = [];
  readonly #self: ProcessId;
  readonly #print: (to: string, message: Json) => void;

  constructor(self: ProcessId, print: (to: string, message: Json) => void) {
    this.#self = self;
    this.#print = print;
  }

  start = (_stored: ReadonlyMap<string, Json>, context: Context<Json>): null =>
    this.#listen(context);

  receive = (state: null, _from: ProcessId, message: Json): null => {
    this.#print(this.name, message);
    return state;
  };

  timeout = (_state: null, _timer: string, context: Context<Json>): null => {
    for (const message of this.said.splice(0)) context.send(this.#self, message);
    return this.#listen(context);
  };

  #listen(context: Context<Json>): null {
    context.setTimer(PRINTED, micros(MICROS_MAX));
    return null;
  }
}

export type AdapterOptions = {
  /** Of the system: its nodes first, services behind them. */
  readonly members: readonly Member[];
  /** How the tool calls the nodes, in order; and which of them this is. */
  readonly nodes: readonly string[];
  readonly self: number;
  /** Starts the engine on these processes. */
  readonly start: (members: readonly Member[]) => AdapterEngine;
  readonly print: (line: string) => void;
};

export class Adapter {
  readonly #options: AdapterOptions;
  readonly #others = new Map<number, Elsewhere>();
  /** Places for clients, by the names that have them; who spoke last is last. */
  readonly #clients = new Map<string, number>();
  readonly #engine: AdapterEngine;
  readonly #alarm = new Alarm(() => this.#turn());
  readonly #epoch = monotonic();
  #soon: NodeJS.Immediate | undefined;
  readonly #spoken = new Set<number>();

  constructor(options: AdapterOptions) {
    this.#options = options;
    const { members, self, nodes, start } = options;
    const known = members.filter(({ role }) => role !== "client");
    const places = Array.from({ length: CLIENTS }, (_, index) => ({ name: `client-${index}` }));
    this.#engine = start(
      [...known, ...places].map((member, id): Member => {
        if (id === self) return { ...member, process: known[id]!.process };
        const other = new Elsewhere(self as ProcessId, (to, message) => this.#print(to, message));
        other.name = nodes[id] ?? member.name;
        this.#others.set(id, other);
        return { name: member.name, process: other, role: "client" };
      }),
    );
    this.#look();
  }

  /** A message for this node was read. */
  take({ src, body }: Message): void {
    const from = this.#idOf(src);
    const carried = body.type === CARRIED ? body.message : body;
    this.#others.get(from)?.said.push(carried ?? null);
    this.#spoken.add(from);
    this.#look();
  }

  /** Does all that is due by now, and nothing after that. */
  stop(): void {
    this.#turn();
    this.#alarm.clear();
    clearImmediate(this.#soon);
  }

  #look(): void {
    this.#soon ??= setImmediate(() => this.#turn());
  }

  #turn(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    const now = micros(monotonic() - this.#epoch);
    this.#engine.to(now);
    for (const id of this.#spoken) this.#engine.ring(id, PRINTED);
    this.#spoken.clear();
    this.#engine.to(now);
    this.#alarm.set(this.#epoch + this.#engine.due);
  }

  #print(dest: string, message: Json): void {
    const { nodes, self, print } = this.#options;
    const plain = typeof message === "object" && message !== null && "type" in message;
    const body = plain ? (message as Body) : { type: CARRIED, message };
    print(lineOf({ src: nodes[self]!, dest, body }));
  }

  #idOf(name: string): number {
    const node = this.#options.nodes.indexOf(name);
    if (node >= 0) return node;
    for (const [id, other] of this.#others) {
      if (other.name === name && !this.#clients.has(name)) return id;
    }
    const first = [...this.#clients][0];
    const free = this.#options.members.filter(({ role }) => role !== "client").length;
    const full = this.#clients.size >= CLIENTS;
    const place = this.#clients.get(name) ?? (full ? first![1] : free + this.#clients.size);
    if (full && !this.#clients.has(name)) this.#clients.delete(first![0]);
    this.#clients.delete(name);
    this.#clients.set(name, place);
    this.#others.get(place)!.name = name;
    return place;
  }
}
