// Wrong: a token that comes a second time is taken for a new one.
import { tokenRing } from "../token-ring.ts";

export default tokenRing("deliver-twice", { forgetsNumbers: true });
