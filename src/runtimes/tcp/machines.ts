// The configuration of machines that are started one by one: in terminals of their own, or on
// several hosts.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { z } from "zod";
import { messageOf, OrreryError } from "../../core/errors.ts";
import { parse, suggestion } from "../../core/parse.ts";

/** The bytes that machines exchange: our own, or those of other programs (docs/reference/wires.md). */
export const WIRES = [
  "native",
  "int32-be",
  "int32-le",
  "uint64-le",
  "decimal-line",
  "clock-colon-id",
] as const;

const name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "use A-Z a-z 0-9 _ . -, at most 64");
const machineSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(255)
    .default("127.0.0.1")
    .describe("Where it listens, and is dialled."),
  port: z.int().min(1).max(65_535),
  rate: z
    .number()
    .min(1e-3)
    .max(10_000)
    .optional()
    .describe("Ticks per second. Default: drawn, 1..6."),
  log: z.string().min(1).optional().describe("Default: logs/<id>.log. Its record lies beside it."),
  tag: z
    .string()
    .regex(/^\w{1,16}$/)
    .optional()
    .describe("What it calls itself on the wire clock-colon-id. Default: its place, from 1."),
});

export const machinesSchema = z.strictObject({
  $schema: z.string().optional(),
  machines: z.record(name, machineSchema).describe("The machines by id, in the order of the ring."),
  cluster: z.string().min(1).max(64).default("orrery").describe("Machines of others are refused."),
  wire: z.enum(WIRES).default("native").describe("The bytes that machines exchange."),
  transport: z
    .enum(["tcp", "udp"])
    .default("tcp")
    .describe("udp: only for other wires than native."),
  secret: z.string().min(8).max(256).optional().describe("All must know it; it is never sent."),
  open: z
    .boolean()
    .default(false)
    .describe("Listen beyond this host although there is no secret: the network is trusted."),
  seed: z.int().min(0).default(1).describe("Of the dice, and of rates that are drawn."),
  internal: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe("That an idle tick is an internal event."),
});

export type Machines = z.infer<typeof machinesSchema>;

const MACHINES_MAX = 1_000;

/**
 * Reads a configuration.
 * @throws OrreryError "files/missing", or "config/machines" saying what is wrong with it
 */
export function readMachines(path: string): Machines {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new OrreryError("files/missing", `${path}: ${messageOf(cause)}`, { cause });
  }
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (cause) {
    throw new OrreryError("config/machines", `${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
  const machines = parse(machinesSchema, input, path, "config/machines");
  checkTogether(path, machines);
  return machines;
}

/** What no machine can see by itself. */
function checkTogether(path: string, { machines, wire, transport, secret }: Machines): void {
  const complain = (what: string): never => {
    throw new OrreryError("config/machines", `${path}: ${what}`);
  };
  const all = Object.entries(machines);
  if (all.length === 0 || all.length > MACHINES_MAX) {
    complain(`machines: there are ${all.length}, and can be 1 … ${MACHINES_MAX}`);
  }
  const places = new Map<string, string>();
  for (const [id, { host, port }] of all) {
    const place = `${host}:${port}`;
    const other = places.get(place);
    if (other !== undefined) complain(`machines.${id}.port: ${other} is on ${place} already`);
    places.set(place, id);
  }
  const stems = new Map<string, string>();
  for (const [id, machine] of all) {
    const { stem } = filesOf(id, machine.log);
    const other = stems.get(stem);
    if (other !== undefined) complain(`machines.${id}.log: ${other} keeps its own there`);
    stems.set(stem, id);
  }
  if (wire !== "native" && secret !== undefined) complain(`secret: wire ${wire} has none`);
  if (wire === "native" && transport === "udp") complain("transport: native is for tcp only");
  const tags = tagsOf(machines);
  for (const [at, tag] of tags.entries()) {
    const other = tags.findIndex((each, index) => index !== at && each.startsWith(tag));
    if (wire !== "clock-colon-id" || other < 0) continue;
    complain(`machines.${all[other]![0]}.tag: "${tags[other]}" begins like "${tag}"; who is it?`);
  }
}

/** The files of a machine: its log, and beside it record and stores. */
export function filesOf(id: string, log = join("logs", `${id}.log`)) {
  const stem = join(dirname(log), basename(log, extname(log)));
  return { id, log, stem, record: `${stem}.record`, stores: join(dirname(log), "stores") };
}

/** What all machines must have configured alike: a hash of it. */
export function modelOf({ machines, seed, internal }: Machines): string {
  const rates = Object.entries(machines).map(([id, { rate }]) => [id, rate ?? null]);
  const text = JSON.stringify([rates, seed, internal]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** What each machine calls itself where the wire says it. */
export const tagsOf = (machines: Machines["machines"]): readonly string[] =>
  Object.values(machines).map(({ tag }, index) => tag ?? String(index + 1));

/** The index of a machine. @throws OrreryError "config/machines" listing those that are known */
export function indexOf(id: string, { machines }: Machines): number {
  const ids = Object.keys(machines);
  const index = ids.indexOf(id);
  if (index >= 0) return index;
  const known = ids.length <= 12 ? `; known: ${ids.join(", ")}` : "";
  throw new OrreryError(
    "config/machines",
    `there is no machine "${id}"; ${suggestion(id, ids)}${known}`,
  );
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/**
 * Makes sure that nobody listens to the world by oversight.
 * @throws OrreryError "net/open"
 */
export function checkOpenness(host: string, { secret, open, wire }: Machines): void {
  if (LOOPBACK.test(host) || open || (secret !== undefined && wire === "native")) return;
  const why =
    wire === "native"
      ? "without a secret"
      : `with wire ${wire}, which has no secret: only open: true allows that`;
  throw new OrreryError("net/open", `${host} is beyond this host, ${why}`);
}
