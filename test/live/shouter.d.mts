import type { AnySystem } from "../../src/core/system.ts";
export const shouter: AnySystem;
export default shouter;
