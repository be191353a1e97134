// What an operator plans for later: another bill of materials, stages closed and opened, stock scrapped,
// lots under way written off. Each stage makes its changes itself (`make-changes.ts`), between jobs, and stores that it has.
import { pushIn } from "../../../core/counting.ts";
import { parseMicros } from "../../../core/micros.ts";
import { suggestion } from "../../../core/parse.ts";
import type { PlannedChange } from "../revisions.ts";
import { classNamed, type FactoryParams, quantityOf, stagesOf } from "./definition.ts";
import type { Problem } from "./params.ts";

/** With all that any revision of a bill takes, as much as the greediest: what there must be ways for. */
export function wholeOf(params: FactoryParams): FactoryParams {
  const segments = { ...params.segments };
  for (const change of params.changes) {
    if (!("segment" in change) || !Object.hasOwn(segments, change.segment)) continue;
    const segment = segments[change.segment]!;
    const consumes = { ...segment.consumes };
    for (const [item, given] of Object.entries(change.consumes)) {
      const known = consumes[item];
      const more = known === undefined || quantityOf(given).number > quantityOf(known).number;
      if (more) consumes[item] = given;
    }
    segments[change.segment] = { ...segment, consumes };
  }
  return { ...params, segments } as FactoryParams;
}

/** The bills of a segment: what it begins with, and what each change makes of it. */
export const billsOf = (
  segment: string,
  { segments, changes }: FactoryParams,
): readonly FactoryParams["segments"][string]["consumes"][] => [
  segments[segment]!.consumes,
  ...changes.flatMap((change) =>
    "segment" in change && change.segment === segment ? [change.consumes] : [],
  ),
];

/** The changes of a stage, by its name and segment, in order of time; times in µs of the run. */
export function changesOf({
  changes,
  timeScale,
}: FactoryParams): (name: string, segment: string) => readonly PlannedChange[] {
  const bills = new Map<string, PlannedChange[]>();
  const others = new Map<string, PlannedChange[]>();
  for (const change of changes) {
    const at = parseMicros(change.at) / timeScale;
    if ("segment" in change) {
      const revision = 1 + (bills.get(change.segment)?.length ?? 0);
      pushIn(bills, change.segment, { kind: "bill", revision, at });
    } else if ("writeOff" in change) {
      pushIn(others, change.stage, { kind: "write off", to: change.writeOff, at });
    } else pushIn(others, change.stage, { kind: change.do, at });
  }
  return (name, segment) => {
    // Stages that are alike share a list, which may be long.
    const common = bills.get(segment) ?? [];
    const own = others.get(name);
    if (own === undefined) return common;
    return [...common, ...own].sort((one, other) => one.at - other.at);
  };
}

/** Changes come in order of time, and name what there is. Bills are checked like those of segments. */
export function checkChanges(params: FactoryParams): Problem | undefined {
  const { changes, segments, equipment } = params;
  const stages = Object.entries(equipment).flatMap(([name, { count }]) =>
    stagesOf(name, Math.min(count, 100)),
  );
  let before = 0;
  for (const [index, change] of changes.entries()) {
    const path = ["changes", index];
    const at = parseMicros(change.at);
    if (at < before) return { path: [...path, "at"], says: "changes come in order of time" };
    before = at;
    if ("segment" in change) {
      if (Object.hasOwn(segments, change.segment)) continue;
      const near = suggestion(change.segment, Object.keys(segments));
      return {
        path: [...path, "segment"],
        says: `there is no segment "${change.segment}"; ${near}`,
      };
    }
    for (const [field, name] of [
      ["stage", change.stage],
      ["writeOff", "writeOff" in change ? change.writeOff : change.stage],
    ] as const) {
      const known = classNamed(name, equipment);
      if (known !== undefined && known !== name) continue;
      return {
        path: [...path, field],
        says: `there is no stage "${name}"; ${suggestion(name, stages)}`,
      };
    }
  }
  return undefined;
}
