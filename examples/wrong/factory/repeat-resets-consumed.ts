// Wrong, as the seed's program is (D2): a lot that is announced once more is booked in once more, although
// it was used up.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";

const { handoff } = RULES;

export default factoryOf(
  "repeat-resets-consumed",
  {
    ...RULES,
    handoff: {
      ...handoff,
      announced(desk, from, message) {
        const { lot, place, g, item, amount } = message;
        const maker = `${from}/${lot.split("/")[1]}`;
        const over = desk.memory(maker).taken.includes(place) && !desk.stage.in.has(lot);
        handoff.announced(desk, from, message);
        if (over) desk.setIn(lot, { from, item, amount, left: amount, g, place, due: null });
      },
    },
  },
  STORM_PLANT,
);
