// Engineering changes: bills of materials that change at random, as the experiments of seed 000 wanted it. They
// are drawn from the parameters into the list of those that an operator writes: who makes, follows, plans for
// and audits changes knows no difference. What has them drawn is kept, not what was drawn.
import { formatMicros, micros, parseMicros } from "../../../core/micros.ts";
import { PURPOSE, Streams } from "../../../core/random.ts";
import { UNITS_MAX } from "../quantity.ts";
import { type FactoryParams, HOUR, perHour, quantityOf } from "./definition.ts";
import type { Problem } from "./params.ts";

type Changes = FactoryParams["changes"];
type Bill = FactoryParams["segments"][string]["consumes"];

/** Of a segment: the bill that was written last, and whether another is in force. */
type InForce = { readonly written: Bill; readonly isChanged: boolean };

/** No more than so many are to be expected, as of those that are written. */
const EXPECTED_MAX = 10_000;

/**
 * The changes that are written, and those that are drawn among them, in order of time; of one instant, written
 * ones first. At exponential intervals a segment is drawn. If the bill in force is the one that was written for
 * it, it becomes a variant of that, else that again: so nothing is ever asked for that the plant cannot make.
 */
export function allChanges(params: FactoryParams): Changes {
  const { changes: written, engineeringChanges: settings } = params;
  if (settings === undefined || perHour(settings.rate) === 0) return written;
  const dice = new Streams(settings.seed, PURPOSE.engineeringChange, 1);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(dice.uniform(0) * from.length)]!;
  const mean = HOUR / perHour(settings.rate);
  const until = parseMicros(settings.until);
  const inForce = new Map<string, InForce>(
    inUse(params).map((name) => [
      name,
      { written: params.segments[name]!.consumes, isChanged: false },
    ]),
  );
  const all: Changes[number][] = [];
  let next = 0;
  const takeWritten = (by: number): void => {
    for (; next < written.length && parseMicros(written[next]!.at) <= by; next++) {
      const change = written[next]!;
      all.push(change);
      if (!("segment" in change) || !inForce.has(change.segment)) continue;
      inForce.set(change.segment, { written: change.consumes, isChanged: false });
    }
  };
  for (let at = 0; ; ) {
    at += -Math.log(1 - dice.uniform(0)) * mean;
    if (at > until) break;
    takeWritten(at);
    const changeable = [...inForce].filter(
      ([name, bill]) => variantsOf(bill.written, name, params).length > 0,
    );
    if (changeable.length === 0) continue;
    const [segment, bill] = pick(changeable);
    const isChanged = !bill.isChanged;
    const consumes = isChanged ? pick(variantsOf(bill.written, segment, params)) : bill.written;
    inForce.set(segment, { ...bill, isChanged });
    all.push({ at: formatMicros(micros(at)), segment, consumes });
  }
  takeWritten(Number.POSITIVE_INFINITY);
  return all;
}

/** Segments that some equipment does. */
const inUse = ({ segments, equipment }: FactoryParams): readonly string[] => {
  const used = new Set(Object.values(equipment).map(({ segment }) => segment));
  return Object.keys(segments).filter((name) => used.has(name));
};

/** A bill with one line doubled, or one of several left out. */
function variantsOf(bill: Bill, segment: string, params: FactoryParams): readonly Bill[] {
  const { produces } = params.segments[segment]!;
  const [[item = "", given = 1] = []] = Object.entries(produces);
  const starts = params.items[item]!.lot / quantityOf(given).number;
  return Object.entries(bill).flatMap(([input, quantity]): readonly Bill[] => {
    const { [input]: _, ...others } = bill;
    const twice = 2 * quantityOf(quantity).number;
    const doubled = twice * starts <= UNITS_MAX ? [{ ...bill, [input]: twice }] : [];
    return Object.keys(others).length > 0 ? [...doubled, others] : doubled;
  });
}

/** There are bills to change, not too often, and no line that would not be one with another bill. */
export function checkEngineering(params: FactoryParams): Problem | undefined {
  const { engineeringChanges: settings, segments, policies } = params;
  if (settings === undefined) return undefined;
  const path = ["engineeringChanges"];
  const expected = (perHour(settings.rate) * parseMicros(settings.until)) / HOUR;
  if (expected > EXPECTED_MAX) {
    const says = `${Math.round(expected)} changes are to be expected until ${settings.until}; ${EXPECTED_MAX} is the most`;
    return { path: [...path, "rate"], says };
  }
  if (policies.wip !== undefined) {
    return { path, says: "policies.wip limits a line, whose bills stay as they are" };
  }
  const isBilled = inUse(params).some((name) => Object.keys(segments[name]!.consumes).length > 0);
  return isBilled
    ? undefined
    : { path, says: "no equipment consumes anything; no bill can change" };
}
