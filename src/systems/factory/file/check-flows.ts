// The parts of a factory file that name stages: flows, demand, the limit of a serial line.
import { parseMicros } from "../../../core/micros.ts";
import { suggestion } from "../../../core/parse.ts";
import {
  classNamed,
  type FactoryParams,
  finalItems,
  itemOf,
  needsOf,
  quantityOf,
  stagesOf,
} from "./definition.ts";
import type { Problem } from "./params.ts";

export function checkFlows(params: FactoryParams): Problem | undefined {
  let before = -1;
  for (const [index, { at, arcs }] of params.flow.entries()) {
    const path = ["flow", index];
    const instant = parseMicros(at);
    if (instant <= before) {
      const says = `flows come in order of time, and ${at} is not after the one before`;
      return { path: [...path, "at"], says };
    }
    before = instant;
    for (const [number, arc] of arcs.entries()) {
      const problem = checkArc(arc, [...path, "arcs", number], params);
      if (problem !== undefined) return problem;
    }
  }
  return checkDemand(params) ?? checkLine(params);
}

type Arc = FactoryParams["flow"][number]["arcs"][number];

function checkArc(arc: Arc, path: Problem["path"], params: FactoryParams): Problem | undefined {
  const { equipment } = params;
  for (const end of ["from", "to"] as const) {
    if (classNamed(arc[end], equipment) !== undefined) continue;
    const known = Object.entries(equipment).flatMap(([name, { count }]) => [
      name,
      ...stagesOf(name, Math.min(count, 100)),
    ]);
    const near = suggestion(arc[end], known);
    return { path: [...path, end], says: `there is no stage or class "${arc[end]}"; ${near}` };
  }
  const item = itemOf(classNamed(arc.from, equipment)!, params);
  const needed = needsOf(classNamed(arc.to, equipment)!, params);
  if (needed.includes(item)) return undefined;
  const says = `${arc.from} makes ${item}, and ${arc.to} takes ${needed.join(", ") || "nothing"}`;
  return { path, says };
}

function checkDemand(params: FactoryParams): Problem | undefined {
  const finals = finalItems(params);
  const wrong = Object.keys(params.demand).find((item) => !finals.includes(item));
  if (wrong === undefined) return undefined;
  const path = ["demand", wrong];
  const near = suggestion(wrong, finals);
  if (!Object.hasOwn(params.items, wrong)) {
    return { path, says: `there is no item "${wrong}"; ${near}` };
  }
  const taker = Object.keys(params.equipment).find((name) => needsOf(name, params).includes(wrong));
  return { path, says: `${wrong} is no final item, for ${taker} takes it; ${near}` };
}

/** A limit of work in progress is for a line: one stage after the other, one lot for one, nothing scrapped. */
function checkLine(params: FactoryParams): Problem | undefined {
  if (params.policies.wip === undefined) return undefined;
  const classes = Object.keys(params.equipment);
  const inLine = classes.every((name) => {
    const { segment, count } = params.equipment[name]!;
    const { yield: good, produces, consumes } = params.segments[segment]!;
    const lots = Object.entries({ ...produces, ...consumes });
    const one = lots.every(
      ([item, given]) => params.items[item]!.lot === 1 && quantityOf(given).number === 1,
    );
    return count === 1 && good === 1 && one && Object.keys(consumes).length <= 1;
  });
  const sources = classes.filter((name) => needsOf(name, params).length === 0);
  if (inLine && sources.length === 1 && finalItems(params).length === 1) return undefined;
  const says =
    "it limits a serial line: one stage of each class, one after the other, lots of 1, yield 1";
  return { path: ["policies", "wip"], says };
}
