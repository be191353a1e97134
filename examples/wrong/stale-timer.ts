// Wrong, as the first version of the token ring was, until `orrery check` found it: whoever passes a token
// and does not hear that it came may see it come round again, with the timer still running that passes it.
import { tokenRing } from "../token-ring.ts";

export default tokenRing("stale-timer", { keepsTimer: true });
