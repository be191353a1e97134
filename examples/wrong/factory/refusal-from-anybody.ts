// Wrong: a refusal of a lot is believed whoever sends it, and whichever transfer of it he means.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";

const { handoff } = RULES;

export default factoryOf(
  "refusal-from-anybody",
  {
    ...RULES,
    handoff: {
      ...handoff,
      refused(desk, _from, message) {
        const lot = desk.stage.out.get(Number(message.lot.split("/")[2]));
        if (lot?.to === undefined) return;
        handoff.refused(desk, lot.to, { ...message, g: lot.g });
      },
    },
  },
  STORM_PLANT,
);
