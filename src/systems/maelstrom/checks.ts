// What each workload claims, judged from the history that clients noted.
import { linearizable } from "../../checks/linearizability/linearizable.ts";
import { register } from "../../checks/linearizability/models.ts";
import type { Check, Verdict } from "../../core/check.ts";
import { canonical, type Json } from "../../core/json.ts";
import type { TraceEvent } from "../../core/trace-event.ts";
import { type Happened, History } from "./history.ts";
import { type MaelstromParams, nodeNames, type WorkloadName } from "./params.ts";

/** Why a claim does not hold, or is not known to. */
type Judged = Exclude<Verdict, { readonly result: "holds" }> | undefined;
type Judging = (history: History, names: readonly string[]) => Judged;

const claimed = (name: string, claim: string, judge: Judging): Check => ({
  kind: "always",
  name,
  claim,
  begin(_run, names) {
    const history = new History();
    return {
      see: (batch) => history.see(batch),
      end: () => judge(history, names) ?? { result: "holds", examined: history.operations.length },
    };
  },
});

const fails = (reason: string, ...witnesses: readonly (TraceEvent | undefined)[]): Judged => ({
  result: "fails",
  reason,
  witnesses: witnesses.flatMap((event) => event ?? []),
});

const when = ({ timeMicros }: TraceEvent): string => `${(timeMicros / 1e6).toFixed(3)} s`;
const others = (count: number): string => (count > 1 ? ` (and ${count - 1} more)` : "");

const wellFormed = claimed(
  "well-formed-answers",
  "Answers to clients are what the protocol says they are.",
  ({ malformed }, names) => {
    const [first] = malformed;
    if (first === undefined) return undefined;
    const { reply, wrong } = (first.detail as { readonly fields: { [name: string]: Json } }).fields;
    const whose = names[first.process];
    return fails(`an answer to ${whose} is none, as ${wrong}: ${canonical(reply!)}`, first);
  },
);

/** Where nothing was ever done, other checks have nothing to say. */
const answered = claimed(
  "each-call-done",
  "Each kind of operation was done at least once.",
  ({ operations }) => {
    const done = new Set(operations.flatMap(({ call, outcome }) => (outcome === "ok" ? call : [])));
    const never = operations.find(({ call }) => !done.has(call));
    if (never === undefined) return undefined;
    const { call, reason } = never;
    const all = operations.filter((each) => each.call === call).length;
    const first = reason === "" ? "no answer came" : reason;
    return { result: "unknown", reason: `of ${all} ${call} none was done; the first: ${first}` };
  },
);

const echoes = claimed("echo", "Each answer says what was asked.", ({ operations }) => {
  const wrong = operations.find(
    ({ outcome, value, result }) => outcome === "ok" && canonical(result) !== canonical(value),
  );
  if (wrong === undefined) return undefined;
  const { value, node, result, invoked, ended } = wrong;
  return fails(
    `${node} was sent ${canonical(value)} and answered ${canonical(result)}`,
    ...[invoked, ended],
  );
});

const uniqueIds = claimed("unique-ids", "No id is given out twice.", ({ operations }) => {
  const known = new Map<string, Happened>();
  for (const operation of operations) {
    if (operation.outcome !== "ok") continue;
    const id = canonical(operation.result);
    const before = known.get(id);
    if (before === undefined) {
      known.set(id, operation);
      continue;
    }
    const [first, second] = [before.ended!, operation.ended!];
    return fails(
      `id ${id} was given out by ${before.node} at ${when(first)} and by ${operation.node} at ${when(second)}`,
      ...[before.invoked, first, operation.invoked, second],
    );
  }
  return undefined;
});

/** The last read of each client; of nodes that have none, who. */
function lastReads({ operations }: History, nodes: number) {
  const reads = operations.filter(({ last, outcome }) => last && outcome === "ok");
  const without = nodeNames(nodes).filter((name) => !reads.some(({ node }) => node === name));
  return { reads, without };
}

const unread = (without: readonly string[]): Judged =>
  without.length === 0
    ? undefined
    : { result: "unknown", reason: `there is no last read of ${without.join(", ")}` };

/** Adds that are known to have been done, and those of which nobody knows. */
function addsOf({ operations }: History, call: string) {
  const adds = operations.filter((operation) => operation.call === call);
  return {
    acknowledged: adds.filter(({ outcome }) => outcome === "ok"),
    possible: adds.filter(({ outcome }) => outcome === "unknown"),
    all: adds,
  };
}

const readsAll = (name: string, call: string, nodes: number): Check => {
  const claim = `Each last read has all that was acknowledged, and nothing that nobody ${call === "add" ? "added" : "sent"}.`;
  return claimed(name, claim, (history) => {
    const { reads, without } = lastReads(history, nodes);
    const { acknowledged, all } = addsOf(history, call);
    const asked = new Set(all.map(({ value }) => canonical(value)));
    for (const read of reads) {
      const seen = (read.result as readonly Json[]).map(canonical);
      const invented = seen.find((value) => !asked.has(value));
      if (invented !== undefined) {
        const reason = `the last read of ${read.node} has ${invented}, for which nobody asked`;
        return fails(reason, read.invoked, read.ended);
      }
      const has = new Set(seen);
      const lost = acknowledged.filter(({ value }) => !has.has(canonical(value)));
      const [first] = lost;
      if (first === undefined) continue;
      const { value, node, ended } = first;
      return fails(
        `${canonical(value)}${others(lost.length)}, acknowledged by ${node} at ${when(ended!)}, is missing from the last read of ${read.node}`,
        ...[first.invoked, ended, read.ended],
      );
    }
    return unread(without);
  });
};

const sum = (adds: readonly Happened[], counted: (delta: number) => boolean): number =>
  adds
    .map(({ value }) => value as number)
    .filter(counted)
    .reduce((all, delta) => all + delta, 0);

const counts = (name: string, nodes: number): Check => {
  const claim =
    "Each last read is the sum of what was acknowledged, give or take what may have been added.";
  return claimed(name, claim, (history) => {
    const { reads, without } = lastReads(history, nodes);
    const { acknowledged, possible } = addsOf(history, "add");
    const total = sum(acknowledged, () => true);
    const least = total + sum(possible, (delta) => delta < 0);
    const most = total + sum(possible, (delta) => delta > 0);
    for (const { result, node, ended } of reads) {
      const value = result as number;
      if (value >= least && value <= most) continue;
      const range = least === most ? `${least}` : `${least} … ${most}`;
      const off = value < least ? `${least - value} too little` : `${value - most} too much`;
      const near = suspects(acknowledged, value < least ? least - value : value - most);
      return fails(
        `the last read of ${node} is ${value}, where ${acknowledged.length} acknowledged adds make ${range}: ${off}${saidOf(near)}`,
        ...near.flatMap(({ invoked, ended: done }) => [invoked, done]),
        ended,
      );
    }
    return unread(without);
  });
};

/**
 * Two adds on different nodes that were under way at once, one of which may have undone the other: of those whose amount
 * is what is missing, if there are any.
 */
function suspects(adds: readonly Happened[], amount: number): readonly Happened[] {
  let found: readonly Happened[] = [];
  for (const [index, add] of adds.entries()) {
    const other = adds
      .slice(index + 1)
      .find(
        ({ invoked, node, value }) =>
          invoked.sequence < add.ended!.sequence && node !== add.node && value !== 0,
      );
    if (other === undefined || add.value === 0) continue;
    if (add.value === amount || other.value === amount) return [add, other];
    if (found.length === 0) found = [add, other];
  }
  return found;
}

function saidOf([a, b]: readonly Happened[]): string {
  if (a === undefined || b === undefined) return "";
  return `; such as add ${a.value} on ${a.node} and add ${b.value} on ${b.node}, which overlapped at ${when(b.invoked)}`;
}

/** What a workload claims, in the order in which it is told. */
export function checksOfWorkload({ workload, nodes }: MaelstromParams): readonly Check[] {
  const own: { readonly [name in WorkloadName]: () => Check } = {
    echo: () => echoes,
    "unique-ids": () => uniqueIds,
    broadcast: () => readsAll("broadcast", "broadcast", nodes),
    "g-set": () => readsAll("g-set", "add", nodes),
    "g-counter": () => counts("g-counter", nodes),
    "pn-counter": () => counts("pn-counter", nodes),
    "lin-kv": () => linearizable(register()),
  };
  return [wellFormed, answered, own[workload]()];
}
