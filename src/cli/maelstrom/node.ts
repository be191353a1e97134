// `orrery node`: one process of a system as a program of its own, on standard input and output.
import { createInterface } from "node:readline";
import { EXIT, messageOf, OrreryError } from "../../core/errors.ts";
import { MICROS_MAX, micros } from "../../core/micros.ts";
import { newRun } from "../../core/new-run.ts";
import { type AnySystem, type Member, membersOf } from "../../core/system.ts";
import { Adapter } from "../../runtimes/maelstrom/adapter.ts";
import { lineOf, type Message, readMessage } from "../../runtimes/maelstrom/lines.ts";
import { Simulation } from "../../runtimes/sim/simulation.ts";
import { findSystem } from "../find-system.ts";
import { askedRun } from "../request.ts";

export type NodeOptions = {
  readonly maelstrom: boolean;
  readonly set?: readonly string[];
  readonly seed?: string;
};

/** The parameter by which systems say how many nodes they have. */
const NODES = "nodes";

/** `orrery node`. Returns the exit status, when its input has ended. */
export async function node(name: string, options: NodeOptions): Promise<number> {
  const system = await findSystem(name);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  let adapter: Adapter | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    const message = read(line);
    if (adapter !== undefined) adapter.take(message);
    else {
      adapter = opened(system, message, options, print);
      const { src, dest, body } = message;
      const answer = { type: "init_ok", in_reply_to: body.msg_id ?? 0 };
      print(lineOf({ src: dest, dest: src, body: answer }));
    }
  }
  adapter?.stop();
  return EXIT.held;
}

/** @throws OrreryError "maelstrom/line" */
function read(line: string): Message {
  try {
    return readMessage(line);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new OrreryError("maelstrom/line", `a line came in that is no message: ${reason}`);
  }
}

/** Starts the process that the first message names. @throws OrreryError "maelstrom/line", "config/*" */
function opened(
  system: AnySystem,
  { body }: Message,
  { set = [], seed }: NodeOptions,
  print: (line: string) => void,
): Adapter {
  const { type, node_id, node_ids } = body;
  const nodes = Array.isArray(node_ids) ? node_ids.map(String) : [];
  const self = nodes.indexOf(String(node_id));
  if (type !== "init" || self < 0) {
    const wants = "the first message must be init, with node_id, one of node_ids";
    throw new OrreryError("maelstrom/line", `${wants}: ${JSON.stringify(body)}`);
  }
  const sized = hasNodes(system) ? [`${NODES}=${nodes.length}`, ...set] : set;
  const chance = seed ?? String(Math.floor(Math.random() * 2 ** 52));
  const asked = askedRun(system, { set: sized, seed: chance });
  const members = membersOf(system, asked.params);
  const own = members.filter(({ role }) => role === undefined).length;
  if (own !== nodes.length) {
    const wanted = `${system.name} has ${own} processes with these parameters, and ${nodes.length} nodes are wanted`;
    throw new OrreryError("config/option", `${wanted}; say so by --set`);
  }
  // What it sends to itself takes no time either.
  const links = { ...asked.links, delay: { kind: "constant", micros: micros(1) } } as const;
  const run = { ...asked, links, duration: micros(MICROS_MAX) };
  const start = (all: readonly Member[]): Simulation =>
    new Simulation({ name: system.name, parse: () => null, processes: () => all }, run, null);
  return new Adapter({ members, nodes, self, start, print });
}

/** Is this the number of its nodes, to a system that needs no other parameter? */
function hasNodes(system: AnySystem): boolean {
  try {
    return Object.hasOwn(Object(newRun(system).params), NODES);
  } catch {
    return false;
  }
}
