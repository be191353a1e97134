// Wrong: a clock that counts receives, and does not care for the time of what it receives.
import { lamportMutex } from "../lamport-mutex.ts";

export default lamportMutex("skip-the-max", (own) => own + 1);
