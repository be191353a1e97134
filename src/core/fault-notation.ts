// Faults as one writes them on a command line or in a file, and back.

import { OrreryError } from "./errors.ts";
import { FAULT_EXAMPLES } from "./fault-examples.ts";
import { fault as faultSchema } from "./fault-schema.ts";
import { formatMicros, type Micros, parseMicros } from "./micros.ts";
import { formatDelay, parseDelay } from "./notation.ts";
import { parse } from "./parse.ts";
import type { ClockModel, CrashPoint, Fault, LinkFault, StoreTrouble } from "./run.ts";

const FAULT_KINDS: readonly string[] = [
  ...new Set(FAULT_EXAMPLES.map((example) => example.split(" ")[0]!)),
];

type Complain = (what: string) => OrreryError;

type Said = { readonly [field: string]: unknown };

/** How the words of a fault are read: whom it names, and what follows its span. */
type Reader = {
  readonly whom: (text: string, complain: Complain) => Said;
  readonly rest: (words: readonly string[], complain: Complain) => Said;
};

/**
 * Reads what, to whom, from when to when, and how much: `crash machine_2 10s..20s`, `crash machine_2
 * 10s between-copies`, `partition machine_1|* 10s..20s`, `loss machine_1>machine_2 10s..20s 0.5`.
 * `a|b` are the links between a and b, `a>b` those from a to b; `@leader` is whoever leads then.
 * @throws OrreryError "config/fault", "config/time" or "config/value"
 */
export function parseFault(text: string): Fault {
  const [kind = "", whom, when, ...words] = text.trim().split(/\s+/);
  const complain = (what: string): OrreryError =>
    new OrreryError("config/fault", `fault "${text}": ${what}`);
  const read = READERS[kind];
  if (read === undefined) throw complain(`"${kind}" is none of ${FAULT_KINDS.join(", ")}`);
  if (whom === undefined || when === undefined) throw complain("say to whom, and when");
  const named = read.whom(whom, complain);
  const [from = "", ...to] = when.split("..");
  const at = parseMicros(from);
  const span: { at: Micros; until?: Micros } =
    to.length === 0 ? { at } : { at, until: parseMicros(to.join("..")) };
  if (span.until !== undefined && span.until <= at) throw complain("it ends before it begins");
  if (span.until === undefined && (kind === "clog" || kind === "swizzle")) {
    throw complain("say until when, as what is sent waits for it");
  }
  const said = { kind, ...span, ...named, ...read.rest(words, complain) };
  return parse(faultSchema, said, `fault "${text}"`, "config/fault") as Fault;
}

const list = (names: string): readonly string[] => names.split(",");

const ofProcess = (rest: Reader["rest"]): Reader => ({
  whom: (text, complain) => {
    if (/[|>,]/.test(text)) throw complain(`"${text}" is not one process`);
    return { process: text };
  },
  rest,
});

const ofLinks = (rest: Reader["rest"]): Reader => ({ whom: sidesOf, rest });

const ofSeveral = (rest: Reader["rest"]): Reader => ({
  whom: (text) => ({ processes: list(text) }),
  rest,
});

function nothing(words: readonly string[], complain: Complain): Said {
  if (words.length > 0) throw complain(`"${words.join(" ")}" is too much`);
  return {};
}

/** A number and no more. `what` asks for it. */
const numbered =
  (field: string, what: string) =>
  ([text = "", ...more]: readonly string[], complain: Complain): Said => {
    if (text === "") throw complain(what);
    nothing(more, complain);
    const value = Number(text);
    if (Number.isNaN(value)) throw complain(`"${text}" is not a number`);
    return { [field]: value };
  };

const likely = numbered("probability", "say how likely, such as 0.5");

const CRASH_POINTS: readonly CrashPoint[] = ["before-commit", "after-commit", "between-copies"];

/** A point in a step, and `lost 3`: the last commits that the disk loses. */
function crash(words: readonly string[], complain: Complain): Said {
  const at = words.indexOf("lost");
  if (at >= 0) {
    const lost = lostOnly(words.slice(at), complain);
    return { ...crash(words.slice(0, at), complain), ...lost };
  }
  const [point, ...more] = words;
  if (point === undefined) return {};
  nothing(more, complain);
  const known = CRASH_POINTS.find((name) => name === point);
  if (known === undefined) throw complain(`"${point}" is none of ${CRASH_POINTS.join(", ")}`);
  return { point: known };
}

function lostOnly([word, ...more]: readonly string[], complain: Complain): Said {
  if (word === undefined) return {};
  if (word !== "lost") return nothing([word, ...more], complain);
  return numbered("lost", "say how many commits")(more, complain);
}

function clock([kind = "", ...words]: readonly string[], complain: Complain): Said {
  const [first = "", second = "", ...more] = words;
  if (first === "") throw complain("say how: offset -3s, step 3s, drift 1.05 or sine 500ms 10s");
  if (kind === "sine" && second === "")
    throw complain("say amplitude and period, such as 500ms 10s");
  if (kind !== "sine" && second !== "") nothing([second], complain);
  nothing(more, complain);
  switch (kind) {
    case "offset":
    case "step":
      return { model: { kind, micros: parseShift(first) } };
    case "drift":
      return { model: { kind, ...numbered("rate", "say at which rate")([first], complain) } };
    case "sine":
      return { model: { kind, amplitude: parseMicros(first), period: parseMicros(second) } };
    default:
      throw complain(`"${kind}" is none of offset, step, drift, sine`);
  }
}

function store([kind = "", ...words]: readonly string[], complain: Complain): Said {
  switch (kind) {
    case "slow":
      if (words.length === 0) throw complain("say how slow, such as 200ms");
      return { trouble: { kind, delay: parseDelay(words.join(" ")) } };
    case "failing":
      return { trouble: { kind, ...likely(words, complain) } };
    case "full":
      return { trouble: { kind, ...nothing(words, complain) } };
    default:
      throw complain(`"${kind}" is none of slow, failing, full`);
  }
}

function reorder([text = "", within = "", ...more]: readonly string[], complain: Complain): Said {
  if (within === "") throw complain("say how likely and by how much, such as 0.5 50ms");
  nothing(more, complain);
  return { ...likely([text], complain), within: parseMicros(within) };
}

function delayed(words: readonly string[], complain: Complain): Said {
  if (words.length === 0) throw complain("say how much, such as 50ms");
  return { delay: parseDelay(words.join(" ")) };
}

const READERS: { readonly [kind: string]: Reader } = {
  crash: ofProcess(crash),
  wipe: ofProcess(crash),
  pause: ofProcess(nothing),
  slow: ofProcess(numbered("rate", "say how many steps a second, such as 2")),
  clock: ofProcess(clock),
  store: ofProcess(store),
  partition: ofLinks(nothing),
  loss: ofLinks(likely),
  duplicate: ofLinks(likely),
  corrupt: ofLinks(likely),
  reorder: ofLinks(reorder),
  delay: ofLinks(delayed),
  clog: ofLinks(nothing),
  power: ofSeveral(lostOnly),
  swizzle: ofSeveral(nothing),
};

function sidesOf(text: string, complain: Complain): Said {
  const match = /^([^|>]+)([|>])([^|>]+)$/.exec(text);
  if (match === null) {
    throw complain(`"${text}" does not say between whom; write a|b,c (both ways) or a>b (one way)`);
  }
  const [from, to] = [list(match[1]!), list(match[3]!)];
  return match[2] === ">" ? { from, to, oneWay: true } : { from, to };
}

/** A span that may be negative. */
const parseShift = (text: string): number =>
  text.startsWith("-") ? -parseMicros(text.slice(1)) : parseMicros(text);

const formatShift = (span: number): string =>
  `${span < 0 ? "-" : ""}${formatMicros(Math.abs(span) as Micros)}`;

/** What `parseFault` reads. */
export function formatFault(fault: Fault): string {
  const until = fault.until === undefined ? "" : `..${formatMicros(fault.until)}`;
  const words = [fault.kind, formatWhom(fault), `${formatMicros(fault.at)}${until}`];
  return [...words, ...formatAmount(fault)].join(" ");
}

function formatWhom(fault: Fault): string {
  if ("process" in fault) return fault.process;
  return "processes" in fault ? fault.processes.join(",") : formatLinks(fault);
}

/** The links of a fault: `a|b,c` or `a>b`. */
const formatLinks = ({ from, to, oneWay }: LinkFault): string =>
  `${from.join(",")}${oneWay === true ? ">" : "|"}${to.join(",")}`;

function formatAmount(fault: Fault): readonly string[] {
  switch (fault.kind) {
    case "crash":
    case "wipe":
    case "power": {
      const point = fault.kind !== "power" && fault.point !== undefined ? [fault.point] : [];
      return fault.lost === undefined ? point : [...point, "lost", String(fault.lost)];
    }
    case "slow":
      return [String(fault.rate)];
    case "clock":
      return formatModel(fault.model);
    case "store":
      return formatTrouble(fault.trouble);
    case "loss":
    case "duplicate":
    case "corrupt":
      return [String(fault.probability)];
    case "reorder":
      return [String(fault.probability), formatMicros(fault.within)];
    case "delay":
      return [formatDelay(fault.delay)];
    default:
      return [];
  }
}

function formatModel(model: ClockModel): readonly string[] {
  switch (model.kind) {
    case "drift":
      return [model.kind, String(model.rate)];
    case "sine":
      return [model.kind, formatMicros(model.amplitude), formatMicros(model.period)];
    default:
      return [model.kind, formatShift(model.micros)];
  }
}

function formatTrouble(trouble: StoreTrouble): readonly string[] {
  switch (trouble.kind) {
    case "slow":
      return [trouble.kind, formatDelay(trouble.delay)];
    case "failing":
      return [trouble.kind, String(trouble.probability)];
    default:
      return [trouble.kind];
  }
}
