// Wrong: the token is passed once, and when that is lost nobody has it.
import { tokenRing } from "../token-ring.ts";

export default tokenRing("missing-retry", { passesOnce: true });
