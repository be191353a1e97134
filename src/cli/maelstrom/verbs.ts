// What can be said on the command line of Maelstrom's protocol: programs that are hosted, and processes of ours as programs.
import type { Command } from "commander";
import { MAELSTROM_EXAMPLES, NODE_EXAMPLES } from "../examples.ts";
import { type End, several, VERBS } from "../verbs.ts";
import type { MaelstromOptions } from "./maelstrom.ts";
import type { NodeOptions } from "./node.ts";

/** `maelstrom` and `node`. */
export function addMaelstrom(orrery: Command, end: End): void {
  orrery
    .command("maelstrom [args...]")
    .description(VERBS.maelstrom)
    .requiredOption("--bin <program>", "what each node is; what stands behind -- is given to it")
    .requiredOption(
      "-w, --workload <name>",
      "echo, unique-ids, broadcast, g-set, g-counter, pn-counter or lin-kv",
    )
    .option("--node-count <number>", "nodes, named n0, n1, … (default: 5)")
    .option("--clients <number>", "each with one operation at a time (default: one a node)")
    .option("--for <time>", "how long clients act (default: 20s)")
    .option("--rate <number>", "operations a second, of all clients together (default: 10)")
    .option("--timeout <time>", "after which a client gives an operation up (default: 5s)")
    .option("--quiet <time>", "from the last fault and operation to the last reads (default: 5s)")
    .option("--seed <number>", "faults, links, clients and services draw from it", "1")
    .option("--delay <delay>", "of links between nodes: 5ms, 1ms..10ms, … (default: 1ms..10ms)")
    .option("--loss <probability>", "that such a link loses a message")
    .option("--duplicate <probability>", "that it doubles a message")
    .option(
      "--fault <fault>",
      '"crash n1 2s..4s" kills, "pause n1 2s..4s" stops, "partition n0,n1|* 5s..8s"; may be repeated',
      several,
    )
    .option("--profile <name>", "draws more faults from the seed; orrery list shows the profiles")
    .option("--view", "serve a page on it while it runs, and print its address")
    .option("--port <number>", "of 127.0.0.1, for --view (default: any that is free)")
    .option("--out <folder>", "a new folder for the run (default: runs/maelstrom/<number>)")
    .option("--json", "print one JSON object instead of tables")
    .addHelpText("after", MAELSTROM_EXAMPLES)
    .action(async (args: readonly string[], options: MaelstromOptions) => {
      const { maelstrom } = await import("./maelstrom.ts");
      end(await maelstrom(args, options));
    });
  addNode(orrery, end);
}

function addNode(orrery: Command, end: End): void {
  orrery
    .command("node <system>")
    .description(VERBS.node)
    .requiredOption("--maelstrom", "speak Maelstrom's protocol on standard input and output")
    .option("--set <name=value>", "a parameter of the system; may be repeated", several)
    .option("--seed <number>", "its chance comes from it (default: another at each start)")
    .addHelpText("after", NODE_EXAMPLES)
    .action(async (name: string, options: NodeOptions) => {
      const { node } = await import("./node.ts");
      end(await node(name, options));
    });
}
