// Wrong: a refusal is said and not stored. The same question, asked again by a copy that was late, is
// answered otherwise: the lot is taken here after it was given to somebody else.
import { factoryOf, RULES } from "orrery";
import { forgetful } from "./forgetful.ts";
import { STORM_PLANT } from "./storm-plant.ts";

export default factoryOf(
  "refusal-without-tombstone",
  { ...RULES, handoff: forgetful(RULES.handoff, (verdict) => verdict === "refused") },
  STORM_PLANT,
);
