// Wrong, as the seed's program is (D1): a lot that was sent is not recorded as sent where the lots are that
// can be sent. After a crash of the supplier it is on offer again.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";
import { unwritten } from "./unwritten.ts";

const { handoff } = RULES;

export default factoryOf(
  "sent-not-recorded",
  {
    ...RULES,
    handoff: {
      ...handoff,
      dispatch: (desk, ...order) => unwritten(desk, (muted) => handoff.dispatch(muted, ...order)),
    },
  },
  STORM_PLANT,
);
