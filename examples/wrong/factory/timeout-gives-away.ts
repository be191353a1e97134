// Wrong: a lot whose consumer has been silent for long is taken back, and given to somebody else. Silence
// proves nothing: the goods may be there, and the answer lost.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";

const { handoff } = RULES;

export default factoryOf(
  "timeout-gives-away",
  {
    ...RULES,
    handoff: {
      ...handoff,
      repeat(desk, number) {
        const wait = desk.stage.resends.get(number)?.wait ?? 0;
        const { amount, g } = desk.stage.out.get(number)!;
        if (wait < 8 * desk.plant.resend) {
          handoff.repeat(desk, number);
          return;
        }
        desk.forgetResend(number);
        desk.setLot(number, { amount, g, state: "available" });
      },
    },
  },
  STORM_PLANT,
);
