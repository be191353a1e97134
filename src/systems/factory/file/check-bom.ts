// The bill of materials as a whole: whatever is needed is made, and nothing is needed for itself.
import { pushIn } from "../../../core/counting.ts";
import { suggestion } from "../../../core/parse.ts";
import type { FactoryParams } from "./definition.ts";
import type { Problem } from "./params.ts";

/** Whatever is consumed by equipment is made by some, and so is each item. */
export function checkMade({ equipment, segments, items }: FactoryParams): Problem | undefined {
  const used = new Set(Object.values(equipment).map(({ segment }) => segment));
  const made = new Set([...used].flatMap((segment) => Object.keys(segments[segment]!.produces)));
  const idle = new Map(
    Object.entries(segments)
      .filter(([segment]) => !used.has(segment))
      .map(([segment, { produces }]) => [Object.keys(produces)[0]!, segment]),
  );
  for (const segment of used) {
    for (const item of Object.keys(segments[segment]!.consumes)) {
      if (made.has(item)) continue;
      const maker = idle.get(item);
      const says =
        maker === undefined
          ? `no segment makes ${item}; add one, with equipment for it (${suggestion(item, [...made])})`
          : `no equipment makes ${item}; add some with segment: ${maker}`;
      return { path: ["segments", segment, "consumes", item], says };
    }
  }
  const unmade = Object.keys(items).find((item) => !made.has(item));
  if (unmade === undefined) return undefined;
  return { path: ["items", unmade], says: "no equipment makes it; leave it out, or add some" };
}

/** No item is needed for itself, by whichever segments. */
export function checkNoCircle({ segments }: FactoryParams): Problem | undefined {
  const needs = new Map<string, Set<string>>();
  const takers = new Map<string, string[]>();
  for (const { produces, consumes } of Object.values(segments)) {
    const item = Object.keys(produces)[0]!;
    const inputs = needs.get(item) ?? new Set<string>();
    needs.set(item, inputs);
    for (const input of Object.keys(consumes)) {
      if (inputs.has(input)) continue;
      inputs.add(input);
      pushIn(takers, input, item);
    }
  }
  // What can be made step by step from what needs nothing; items that nobody makes were refused before.
  const open = new Map([...needs].map(([item, inputs]) => [item, inputs.size]));
  const makable = [...open.keys()].filter((item) => open.get(item) === 0);
  for (const item of makable) {
    open.delete(item);
    for (const taker of takers.get(item) ?? []) {
      const left = open.get(taker)! - 1;
      open.set(taker, left);
      if (left === 0) makable.push(taker);
    }
  }
  const [first] = open.keys();
  return first === undefined ? undefined : circleFrom(first, open, needs, segments);
}

/** Whoever follows needs that cannot be met comes to a circle. */
function circleFrom(
  first: string,
  open: ReadonlyMap<string, number>,
  needs: ReadonlyMap<string, ReadonlySet<string>>,
  segments: FactoryParams["segments"],
): Problem {
  const way = new Set<string>();
  let item = first;
  while (!way.has(item)) {
    way.add(item);
    item = [...needs.get(item)!].find((input) => open.has(input))!;
  }
  const walked = [...way];
  const circle = [...walked.slice(walked.indexOf(item)), item];
  const [made = "", input = ""] = circle;
  const segment = Object.entries(segments).find(
    ([, { produces, consumes }]) => Object.hasOwn(produces, made) && Object.hasOwn(consumes, input),
  )![0];
  const says = `no item may be needed for itself: ${circle.join(" takes ")}`;
  return { path: ["segments", segment, "consumes", input], says };
}
