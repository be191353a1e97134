// Does anybody die who does not? A day of a plant of 58 stages in virtual time, without failures, over links that
// delay and lose. Writes docs/factory-day.md. `npm run bench:day`; a quarter of an hour of CPU time.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { micros, seconds } from "../dist/core/micros.js";
import { newRun } from "../dist/core/new-run.js";
import { KIND } from "../dist/core/trace-event.js";
import { sim } from "../dist/runtimes/sim/simulation.js";
import { factory } from "../dist/systems/factory/factory.js";
import { FactoryMeasurer } from "../dist/systems/factory/measured/measures.js";
import { TraceWriter } from "../dist/trace/writer.js";

const DAY = seconds(86_400);
const LINKS = { delay: { kind: "exponential", min: micros(0), mean: micros(50_000) }, loss: 0.01 };
const PLANT = { types: 30, perType: 2, complexity: "low", seed: 7 };

/** Runs the day; counts beats that who may lead heard, and what they made of who was silent. */
function day(detector) {
  const params = { plant: PLANT, leader: { candidates: 3, detector } };
  const run = newRun(factory, { params, duration: DAY, links: LINKS });
  const measurer = new FactoryMeasurer(run);
  const counts = { heard: 0, suspected: 0 };
  let leaders;
  const recorder = new TraceWriter((batch) => {
    measurer.see(batch);
    for (const [index, row] of batch.detailRows.entries()) {
      const detail = batch.details[index];
      if (batch.kind(row) === KIND.receive && detail === "beat" && leaders.has(batch.process(row)))
        counts.heard++;
      if (detail.name === "member" && detail.fields.is === "suspect") counts.suspected++;
    }
  });
  const began = process.cpuUsage();
  const running = sim.start(factory, run, recorder);
  leaders = new Set(running.names.flatMap((name, id) => (name.startsWith("leader-") ? [id] : [])));
  running.store.keepsLogs = false;
  running.to(DAY);
  running.stop();
  const { silences, said } = measurer.end();
  const cpu = process.cpuUsage(began).user / 1e6;
  return { ...counts, dead: silences.length, terms: said.get("leads"), cpu };
}

await factory.ready();
const count = (number) => Math.round(number).toLocaleString("en");
const rows = ["timeout", "phi"].map((detector) => {
  const { heard, suspected, dead, terms, cpu } = day(detector);
  const cells = [detector, ...[heard, suspected, dead, terms, cpu].map(count)];
  return `| ${cells.join(" | ")} |`;
});
const page = [
  "<!-- Written by `npm run bench:day`: do not edit. -->",
  "# A day without failures",
  "",
  "A random plant of 30 types, two stages of each but the first and the last, 58 in all, for 24 hours in virtual time.",
  "Nobody fails. Messages take 50 ms on average, exponentially, and one in a hundred is lost. Each stage says once a",
  "second that it is there. Who is suspected is asked; who then says nothing for two seconds is taken for dead.",
  "The original, with 15 types, recorded 216 false reports of death in ten minutes.",
  "",
  "| detector | beats heard by who leads | suspected | taken for dead | terms of leaders | CPU time, s |",
  "| --- | ---: | ---: | ---: | ---: | ---: |",
  ...rows,
  "",
];
writeFileSync(join(import.meta.dirname, "../docs/factory-day.md"), page.join("\n"));
console.log(page.join("\n"));
