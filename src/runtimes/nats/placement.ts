// Which process runs on which worker: spread evenly by cores, or where a rule says.
import { OrreryError } from "../../core/errors.ts";
import { suggestion } from "../../core/parse.ts";
import type { HostInfo } from "./words.ts";

/** Processes by their names, and the labels that their workers must have. */
export type Rule = {
  readonly names: readonly string[];
  readonly labels: { readonly [label: string]: string };
};

/** A part of a run: processes of one OS process, and the worker that has it at first. */
export type Placed = { readonly processes: readonly number[]; readonly worker: string };

const RULE = /^(\S+) on (\S+)$/;

/** Reads `saw-*,weld-1 on site=paris`, or `… on site=paris,gpu=yes`. @throws OrreryError "config/option" */
export function readRule(text: string): Rule {
  const [, names, labels] = RULE.exec(text.trim()) ?? [];
  const pairs = labels?.split(",").map((pair) => pair.split("=")) ?? [];
  const isPair = ([label, value, ...rest]: readonly string[]) => label && value && !rest.length;
  if (names === undefined || !pairs.every(isPair)) {
    throw new OrreryError(
      "config/option",
      `--place "${text}": write it as "saw-*,weld-1 on site=paris"`,
    );
  }
  return { names: names.split(","), labels: Object.fromEntries(pairs) };
}

const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** Has a worker the labels of all rules that name one of these processes? */
export const fits = (
  { labels }: HostInfo,
  names: readonly string[],
  rules: readonly Rule[],
): boolean =>
  rules
    .filter((rule) => rule.names.some((pattern) => names.some((name) => matches(pattern, name))))
    .every((rule) => Object.entries(rule.labels).every(([label, is]) => labels[label] === is));

/**
 * Lays processes out: each in turn to the fitting worker that has fewest for its cores, so that those of one kind are
 * on several. `alone`: a process that stores nothing, and gets an OS process of its own, so that it can move.
 * @throws OrreryError "nats/workers" if no worker fits, "config/option" if a rule names no process
 */
export function placed(
  names: readonly string[],
  workers: readonly HostInfo[],
  rules: readonly Rule[],
  perWorker: number | undefined,
  alone: ReadonlySet<number>,
): readonly Placed[] {
  for (const pattern of rules.flatMap((rule) => rule.names)) {
    if (names.some((name) => matches(pattern, name))) continue;
    const said = `--place names process "${pattern}"; ${suggestion(pattern, names)}`;
    throw new OrreryError("config/option", said);
  }
  const shares = new Map<string, number[]>(workers.map(({ worker }) => [worker, []]));
  names.forEach((name, process) => {
    const load = ({ worker }: HostInfo): number => shares.get(worker)!.length;
    shares.get(least(workers, [name], rules, load).worker)!.push(process);
  });
  return workers.flatMap(({ worker, cores }) => {
    const share = shares.get(worker)!;
    const moving = share.filter((process) => alone.has(process)).map((process) => [process]);
    const rest = share.filter((process) => !alone.has(process));
    const count = perWorker === undefined ? cores : Math.ceil(rest.length / perWorker);
    const parts = [...moving, ...divided(rest, Math.min(count, rest.length))];
    return parts.map((processes) => ({ processes, worker }));
  });
}

/** In so many runs of the same length, or one less. */
const divided = (all: readonly number[], count: number): readonly (readonly number[])[] =>
  Array.from({ length: count }, (_, at) => {
    const from = (part: number): number => Math.ceil((part * all.length) / count);
    return all.slice(from(at), from(at + 1));
  });

/** The fitting worker with the least load for its cores. @throws OrreryError "nats/workers" */
export function least(
  workers: readonly HostInfo[],
  names: readonly string[],
  rules: readonly Rule[],
  load: (worker: HostInfo) => number,
): HostInfo {
  const [best] = workers
    .filter((worker) => fits(worker, names, rules))
    .map((worker) => ({ worker, weight: load(worker) / worker.cores }))
    .sort((a, b) => a.weight - b.weight);
  if (best !== undefined) return best.worker;
  const known = workers.map(({ worker, labels }) => {
    const said = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    return `${worker} (${said.join(", ") || "no labels"})`;
  });
  const whom = names.length > 3 ? `${names.length} processes` : names.join(", ");
  throw new OrreryError(
    "nats/workers",
    `no worker has the labels for ${whom}; there are ${known.join(", ") || "none"}`,
  );
}
