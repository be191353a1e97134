// A system whose nodes speak Maelstrom's protocol, with the clients and services that try them. The nodes are processes
// like any (`maelstromOf`), or programs of others that `runtimes/maelstrom` hosts.
import type { AnyProcess, Process } from "../../core/process.ts";
import type { Member, System } from "../../core/system.ts";
import type { Body } from "./body.ts";
import { checksOfWorkload } from "./checks.ts";
import { Client } from "./client.ts";
import { type MaelstromParams, nodeNames, parseMaelstrom } from "./params.ts";
import { SERVICES } from "./services.ts";

/** Does nothing: its doings are elsewhere, or long past. */
const absent: Process<null, Body> = {
  start: () => null,
  receive: (state) => state,
  timeout: (state) => state,
};

/**
 * The ids of nodes are 0 … nodes − 1; those of `lin-kv`, `seq-kv`, `lww-kv` and `lin-tso` follow, then clients.
 * `node` makes the node of that id.
 */
export const maelstromOf = (
  name: string,
  node: (id: number, params: MaelstromParams) => AnyProcess,
): System<MaelstromParams> => ({
  name,
  parse: parseMaelstrom,
  processes: (params) => [
    ...nodeNames(params.nodes).map((name, id) => ({ name, process: node(id, params) })),
    ...SERVICES.map(([name, process]): Member => ({ name, process, role: "service" })),
    ...Array.from(
      { length: params.clients },
      (_, index): Member => ({
        name: `c${index}`,
        process: new Client(params, index),
        role: "client",
      }),
    ),
  ],
  checks: checksOfWorkload,
});

/** Runs of programs, as they are told and judged when they are over. */
export const maelstrom = maelstromOf("maelstrom", () => absent);
