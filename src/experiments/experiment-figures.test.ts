import { expect, test } from "vitest";
import type { Row } from "../core/experiment.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { experimentFigures } from "./experiment-figures.ts";
import { newExperiment } from "./experiment-file.ts";
import { bandsOf, summarize } from "./summary.ts";

test("a map's axis may be a parameter of several fields", async () => {
  const experiment = newExperiment(
    {
      question: "Which inbox?",
      seeds: 1,
      grid: { inbox: [{ capacity: 3 }, { capacity: 4 }], machines: [2, 3] },
      map: { x: "inbox", y: "machines", metric: "dropped" },
      show: ["dropped"],
    },
    clocks,
  );
  const rows = experiment.cells.map(
    (_, cell): Row => ({ cell, seed: 1, metrics: { dropped: cell }, failed: [], spread: [0, 0] }),
  );
  const summary = summarize(experiment, rows, bandsOf(experiment, rows));
  const curves = { names: [], series: { seconds: new Float64Array(), lines: [] } };
  const figures = new Map(
    await experimentFigures(experiment, summary, rows, () => Promise.resolve(curves)),
  );
  for (const axis of ['{"capacity":3}', '{"capacity":4}']) {
    expect(figures.get("map")?.replaceAll("&quot;", '"')).toContain(axis);
  }
});
