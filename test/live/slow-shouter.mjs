// The same system in a module that takes longer to load than a killed process has to come back.
import { setTimeout as sleep } from "node:timers/promises";
import { shouter } from "./shouter.mjs";

await sleep(1_500);
export default shouter;
