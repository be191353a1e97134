// The planner: node bench/plan.mjs
// Random plants, as the original draws them, with a stage in forty lost: milliseconds to plan, to plan again
// close to what ran, and for the table of single losses. User time, which others on the machine change little; the
// median of five, after one that warms up.
import { median } from "simple-statistics";
import { parseFactory } from "../dist/systems/factory/file/params.js";
import { planFlow } from "../dist/systems/factory/planning/plan.js";
import { ready } from "../dist/systems/factory/planning/solver.js";
import { nMinusOne } from "../dist/systems/factory/planning/what-if.js";
import { plantOf } from "../dist/systems/factory/plant.js";

const PLANTS = [
  { types: 12, perType: 2, complexity: "medium", seed: 3 },
  { types: 12, perType: 12, complexity: "medium", seed: 3 },
  { types: 20, perType: 20, complexity: "medium", seed: 3 },
  { types: 22, perType: 40, complexity: "low", seed: 3 },
  { types: 22, perType: 100, complexity: "low", seed: 3 },
  { types: 22, perType: 100, complexity: "medium", seed: 3 },
];
const TIMES = 5;

const userTime = () => process.cpuUsage().user / 1e3;

/** Median user time, ms. */
function timeOf(work) {
  work();
  return median(
    Array.from({ length: TIMES }, () => {
      const begun = userTime();
      work();
      return userTime() - begun;
    }),
  );
}

const begun = userTime();
await ready();
console.log(JSON.stringify({ load: Math.round(userTime() - begun) }));
for (const settings of PLANTS) {
  const plant = plantOf(parseFactory({ plant: settings }));
  const live = plant.stages.map(({ id }) => id % 40 !== 7);
  const running = planFlow(plant).arcs;
  const again = planFlow(plant, { live, running });
  // Single losses are kept by plant, so each time it is another.
  const anew = () => ({ ...plant });
  console.log(
    JSON.stringify({
      stages: plant.stages.length,
      classes: settings.types,
      arcs: running.length,
      perHour: Number(again.perHour.toPrecision(6)),
      best: again.best,
      plan: Math.round(timeOf(() => planFlow(plant))),
      replan: Math.round(timeOf(() => planFlow(plant, { live, running }))),
      losses: Math.round(timeOf(() => nMinusOne(anew()))),
    }),
  );
}
