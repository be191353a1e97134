import { csv } from "./csv.ts";
import type { Format } from "./format.ts";
import { jepsen, jepsenJson } from "./jepsen.ts";

/** What a trace can be written as, by the name that is said. */
export const FORMATS: { readonly [name: string]: Format } = {
  csv,
  jepsen,
  "jepsen-json": jepsenJson,
};
