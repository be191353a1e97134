// Wrong, as the seed's program is (D8): inputs are used up in one commit, and the output is written down in
// another. A crash between the two loses material.
import { dropIfUsedUp, factoryOf, micros, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";
import { unwritten } from "./unwritten.ts";

const { production } = RULES;

export default factoryOf(
  "consume-then-log",
  {
    ...RULES,
    production: {
      ...production,
      complete(desk, number) {
        const job = desk.stage.jobs.get(number)!;
        if (job.span === 0) {
          production.complete(desk, number);
          return;
        }
        desk.removeJob(number);
        for (const [lot] of job.inputs) dropIfUsedUp(desk, lot);
        const due = micros(desk.now + 20_000);
        unwritten(desk, (muted) => muted.setJob(number, { ...job, span: 0, due }));
      },
    },
  },
  STORM_PLANT,
);
