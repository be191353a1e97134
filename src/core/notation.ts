// Delays and faults as one writes them on a command line or in a file, and back.
import { OrreryError } from "./errors.ts";
import { formatMicros, type Micros, parseMicros } from "./micros.ts";
import type { CrashPoint, Delay, Fault, ProcessFault } from "./run.ts";

const CRASH_POINTS: readonly CrashPoint[] = ["before-commit", "after-commit", "between-copies"];

/**
 * Reads `5ms`, `1ms..10ms`, `exponential 1ms 5ms` (minimum, mean) or `lognormal 5ms 0.5` (median,
 * sigma of the logarithm).
 * @throws OrreryError "config/value" or "config/time"
 */
export function parseDelay(text: string): Delay {
  const words = text.trim().split(/\s+/);
  const [first = "", second = "", third = ""] = words;
  if (words.length === 3 && first === "exponential") {
    const [min, mean] = [parseMicros(second), parseMicros(third)];
    if (mean < min) throw new OrreryError("config/value", `delay "${text}": mean below minimum`);
    return { kind: "exponential", min, mean };
  }
  if (words.length === 3 && first === "lognormal") {
    const sigma = Number(third);
    if (!(sigma >= 0 && sigma <= 10)) {
      throw new OrreryError("config/value", `delay "${text}": sigma must be within 0 … 10`);
    }
    return { kind: "lognormal", median: parseMicros(second), sigma };
  }
  if (words.length !== 1) {
    throw new OrreryError(
      "config/value",
      `"${text}" is not a delay; write 5ms, 1ms..10ms, "exponential 1ms 5ms" or "lognormal 5ms 0.5"`,
    );
  }
  const [from = "", to] = first.split("..");
  if (to === undefined) return { kind: "constant", micros: parseMicros(from) };
  const [min, max] = [parseMicros(from), parseMicros(to)];
  if (max < min) throw new OrreryError("config/value", `delay "${text}": it ends before it begins`);
  return { kind: "uniform", min, max };
}

/** What `parseDelay` reads. */
export function formatDelay(delay: Delay): string {
  switch (delay.kind) {
    case "constant":
      return formatMicros(delay.micros);
    case "uniform":
      return `${formatMicros(delay.min)}..${formatMicros(delay.max)}`;
    case "exponential":
      return `exponential ${formatMicros(delay.min)} ${formatMicros(delay.mean)}`;
    case "lognormal":
      return `lognormal ${formatMicros(delay.median)} ${delay.sigma}`;
  }
}

/** What can be said of a fault, by example: for errors and help. */
export const FAULT_EXAMPLES = [
  "crash machine_2 10s..20s",
  "pause machine_1 5s..8s",
  "partition machine_1|machine_2,machine_3 10s..20s",
  "loss machine_1>machine_2 10s..20s 0.5",
  "duplicate *|* 10s..20s 0.1",
  "delay machine_1|* 10s..20s 50ms",
] as const;

/**
 * Reads what, to whom, from when to when, and how much: `crash machine_2 10s..20s`, `crash machine_2
 * 10s between-copies`, `pause machine_1 5s..8s`, `partition machine_1|* 10s..20s`, `loss
 * machine_1>machine_2 10s..20s 0.5`. `a|b` are the links between a and b, `a>b` those from a to b.
 * @throws OrreryError "config/fault" or "config/time"
 */
export function parseFault(text: string): Fault {
  const [kind = "", whom, when, ...rest] = text.trim().split(/\s+/);
  const complain = (what: string): OrreryError =>
    new OrreryError("config/fault", `fault "${text}": ${what}`);
  if (!FAULT_KINDS.includes(kind)) throw complain(`"${kind}" is none of ${FAULT_KINDS.join(", ")}`);
  if (whom === undefined || when === undefined) throw complain("say to whom, and when");
  const ofProcess = kind === "crash" || kind === "pause";
  const sides = ofProcess ? undefined : sidesOf(whom, complain);
  const [from = "", to] = when.split("..");
  const at = parseMicros(from);
  const span: { at: Micros; until?: Micros } =
    to === undefined ? { at } : { at, until: parseMicros(to) };
  if (span.until !== undefined && span.until <= at) throw complain("it ends before it begins");
  return sides === undefined
    ? processFault({ kind: kind as "crash" | "pause", process: whom, ...span }, rest, complain)
    : linkFault(kind, { ...sides, ...span }, rest, complain);
}

const FAULT_KINDS: readonly string[] = FAULT_EXAMPLES.map((example) => example.split(" ")[0]!);

type Complain = (what: string) => OrreryError;

function processFault(
  fault: ProcessFault,
  rest: readonly string[],
  complain: Complain,
): ProcessFault {
  const [point] = rest;
  if (rest.length > 1) throw complain(`"${rest.slice(1).join(" ")}" is too much`);
  if (point === undefined) return fault;
  if (fault.kind === "pause") throw complain("a pause has no point");
  const known = CRASH_POINTS.find((name) => name === point);
  if (known === undefined) throw complain(`"${point}" is none of ${CRASH_POINTS.join(", ")}`);
  return { ...fault, point: known };
}

type Between = Omit<Extract<Fault, { kind: "partition" }>, "kind">;

function linkFault(
  kind: string,
  between: Between,
  rest: readonly string[],
  complain: Complain,
): Fault {
  const amount = rest.join(" ");
  if (kind === "partition") {
    if (amount !== "") throw complain(`"${amount}" is too much`);
    return { kind, ...between };
  }
  if (kind === "delay") {
    if (amount === "") throw complain("say how much, such as 50ms");
    return { kind, ...between, delay: parseDelay(amount) };
  }
  if (amount === "") throw complain("say how likely, such as 0.5");
  const probability = Number(amount);
  if (!(probability >= 0 && probability <= 1)) {
    throw complain(`"${amount}" is not a probability, 0 … 1`);
  }
  return { kind: kind as "loss" | "duplicate", ...between, probability };
}

function sidesOf(
  text: string,
  complain: Complain,
): { readonly from: string[]; readonly to: string[]; readonly oneWay?: true } {
  const match = /^([^|>]+)([|>])([^|>]+)$/.exec(text);
  if (match === null) {
    throw complain(`"${text}" does not say between whom; write a|b,c (both ways) or a>b (one way)`);
  }
  const [from, to] = [match[1]!.split(","), match[3]!.split(",")];
  return match[2] === ">" ? { from, to, oneWay: true } : { from, to };
}

/** What `parseFault` reads. */
export function formatFault(fault: Fault): string {
  const until = fault.until === undefined ? "" : `..${formatMicros(fault.until)}`;
  const when = `${formatMicros(fault.at)}${until}`;
  const words = [fault.kind, "process" in fault ? fault.process : formatLinks(fault), when];
  if (fault.kind === "crash" && fault.point !== undefined) words.push(fault.point);
  if (fault.kind === "delay") words.push(formatDelay(fault.delay));
  if ("probability" in fault) words.push(String(fault.probability));
  return words.join(" ");
}

/** The links of a fault: `a|b,c` or `a>b`. */
const formatLinks = ({ from, to, oneWay }: Omit<Between, "at">): string =>
  `${from.join(",")}${oneWay === true ? ">" : "|"}${to.join(",")}`;
