// Wrong: an item that comes again is counted again. The check is worth something only if it finds this:
//
//   npx orrery check my-system/wrong.ts
import { systemOf } from "./my-system.ts";

export default systemOf("my-system-wrong", true);
