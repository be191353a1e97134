// Wrong: an answer is taken to be about whatever transfer of the lot is under way to who sends it. A late
// refusal of an earlier one takes the lot back that he has accepted since.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";

const { handoff } = RULES;
const { refused, confirmed } = handoff;

export default factoryOf(
  "no-generation",
  {
    ...RULES,
    handoff: {
      ...handoff,
      refused(desk, from, message) {
        const lot = desk.stage.out.get(Number(message.lot.split("/")[2]));
        refused.call(handoff, desk, from, { ...message, g: lot?.g ?? message.g });
      },
      confirmed(desk, from, message) {
        const lot = desk.stage.out.get(Number(message.lot.split("/")[2]));
        confirmed.call(handoff, desk, from, { ...message, g: lot?.g ?? message.g });
      },
    },
  },
  STORM_PLANT,
);
