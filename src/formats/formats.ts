import { chrome } from "./chrome.ts";
import { csv } from "./csv.ts";
import type { Format } from "./format.ts";
import { jepsen, jepsenJson } from "./jepsen.ts";
import { mermaid } from "./mermaid.ts";
import { otlp } from "./otlp.ts";
import { shiviz } from "./shiviz.ts";
import { tla } from "./tla.ts";

/** What a trace can be written as, by the name that is said. */
export const FORMATS: { readonly [name: string]: Format } = {
  shiviz,
  chrome,
  otlp,
  mermaid,
  csv,
  jepsen,
  "jepsen-json": jepsenJson,
  tla,
};
