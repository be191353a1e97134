// Wrong: a clock that takes the time of what it receives, and does not move on from there.
import { lamportMutex } from "../lamport-mutex.ts";

export default lamportMutex("forget-the-one", (own, its) => Math.max(own, its));
