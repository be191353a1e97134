// Ways and waits of lots, with clocks that jump and flows that change: each was wrong once.
import { expect, test } from "vitest";
import { ms, seconds } from "../../../src/core/micros.ts";
import { factory } from "../../../src/systems/factory/factory.ts";
import { ARCS, CALM, faults, notesOf, type Ran, ran, SHOP } from "./books.ts";

/** The longest from when a lot was sent until it was settled, µs. */
function longestWay(of: Ran): number {
  const ends = [...notesOf(of, "delivered"), ...notesOf(of, "refused")];
  const last = of.trace.run.duration - seconds(3);
  const sent = notesOf(of, "sent").filter(({ at }) => at < last);
  expect(sent.length).toBeGreaterThan(50);
  return Math.max(
    ...sent.map(({ at, fields: { lot } }) => {
      const end = ends.find((note) => note.fields.lot === lot && note.at >= at);
      return (end?.at ?? Number.POSITIVE_INFINITY) - at;
    }),
  );
}

test("a clock that is set back keeps no lot waiting, at either end", () => {
  for (const stage of ["saw-1", "press-1"]) {
    const plan = faults(`clock ${stage} 3s..4s offset 1h`, "loss *|* 0s..17s 0.2");
    const of = ran(factory, { params: SHOP, faults: plan });
    expect(longestWay(of)).toBeLessThan(seconds(3));
  }
});

test("nor if the stage was down meanwhile", () => {
  const plan = faults("clock press-1 3s..6s offset 1h", "crash press-1 5950ms..6050ms");
  const of = ran(factory, { params: { ...SHOP, transport: { default: "1s" } }, faults: plan });
  expect(longestWay(of)).toBeLessThan(seconds(3));
});

test("a lot that is called back takes the way back, though the flow no longer goes there", () => {
  const flow = [
    { arcs: [ARCS.bars, ARCS.glue] },
    { at: "4s", arcs: [{ from: "saw", to: "press-2" }, ARCS.glue] },
    { at: "8s", arcs: [{ from: "saw", to: "press-1" }, ARCS.glue] },
  ];
  const policies = { resend: "100ms", onFlowChange: "recall" };
  const params = { ...SHOP, flow, policies, transport: { default: "700ms" } };
  const of = ran(factory, { params, links: CALM });
  const ways = notesOf(of, "refused").map(({ at, fields: { lot } }) => {
    const back = notesOf(of, "back").find((note) => note.fields.lot === lot && note.at >= at)!;
    return back.at - at;
  });
  expect(ways.length).toBeGreaterThan(0);
  expect(new Set(ways)).toEqual(new Set([ms(700)]));
  expect(of.violations).toEqual([]);
});
