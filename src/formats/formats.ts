import { chrome } from "./chrome.ts";
import { csv } from "./csv.ts";
import type { Format } from "./format.ts";
import { mermaid } from "./mermaid.ts";
import { otlp } from "./otlp.ts";
import { shiviz } from "./shiviz.ts";

/** What a trace can be written as, by the name that is said. */
export const FORMATS: { readonly [name: string]: Format } = { csv, shiviz, chrome, otlp, mermaid };
