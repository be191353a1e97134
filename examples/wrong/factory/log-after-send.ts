// Wrong: a lot is sent, and only when no answer has come for a while is it written down that it was. What
// is not written is lost in a crash; and even before, the store says that the lot is still on the shelf.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";
import { unwritten } from "./unwritten.ts";

const { handoff } = RULES;

export default factoryOf(
  "log-after-send",
  {
    ...RULES,
    handoff: {
      ...handoff,
      dispatch: (desk, ...order) => unwritten(desk, (muted) => handoff.dispatch(muted, ...order)),
      repeat(desk, number) {
        if (desk.stage.resends.has(number)) desk.setLot(number, desk.stage.out.get(number)!);
        handoff.repeat(desk, number);
      },
    },
  },
  STORM_PLANT,
);
