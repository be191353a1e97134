import { csv } from "./csv.ts";
import type { Format } from "./format.ts";
import { jepsen, jepsenJson } from "./jepsen.ts";
import { tla } from "./tla.ts";

/** What a trace can be written as, by the name that is said. */
export const FORMATS: { readonly [name: string]: Format } = {
  csv,
  jepsen,
  "jepsen-json": jepsenJson,
  tla,
};
