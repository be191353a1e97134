import type { AnySystem } from "../../src/core/system.ts";
export const pair: AnySystem;
export default pair;
