import type { AnySystem } from "../../src/core/system.ts";
export const counters: AnySystem;
export default counters;
