// Wrong: a lot is confirmed as soon as it is announced, and written down when it is there. If the consumer
// crashes between the two, nobody has it.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";
import { unwritten } from "./unwritten.ts";

const { handoff } = RULES;

export default factoryOf(
  "confirm-before-receipt",
  {
    ...RULES,
    handoff: {
      ...handoff,
      announced(desk, from, message) {
        const known = desk.stage.in.has(message.lot);
        unwritten(desk, (muted) => handoff.announced(muted, from, message));
        const { lot, g, place } = message;
        if (!known && desk.stage.in.has(lot)) desk.send(from, { kind: "confirm", lot, g, place });
      },
    },
  },
  STORM_PLANT,
);
