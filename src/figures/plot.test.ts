import { expect, test } from "vitest";
import { flowGraphFigure } from "./flow-graph.ts";
import { intervalsFigure } from "./intervals.ts";
import { figure } from "./plot.ts";

const NAMES = { title: 'cell "a" & <b>', subtitle: "" };
const SAID = 'aria-label="cell &quot;a&quot; &amp; &lt;b&gt;"';

test("a title may have any sign in it", () => {
  expect(figure({ width: 100, height: 100 }, NAMES, [])).toContain(SAID);
  const flow = flowGraphFigure(NAMES, { classes: [], arcs: [] });
  expect(flow).toContain(SAID);
});

test("so may the title of the first of several panels", () => {
  const rows = [{ cell: "A", mean: 1, low: 1, high: 1, min: 1, max: 1 }];
  const drawn = intervalsFigure({ title: "", subtitle: "" }, [{ title: "a & b", rows }]);
  expect(drawn).toContain(">a &amp; b<");
});
