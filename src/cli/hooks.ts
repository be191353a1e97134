// How modules of users are loaded: TypeScript has its types blanked out, and "orrery" is this package,
// wherever the module lies. Runs in the thread that Node has for such hooks.
import { readFile } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";
import { transform } from "@swc/wasm-typescript";

const OURSELVES = new URL("../index.js", import.meta.url).href;

export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === "orrery"
    ? { url: OURSELVES, format: "module", shortCircuit: true }
    : next(specifier, context);

/** Blanks keep every line and column where it was: errors point at the source. */
export const load: LoadHook = async (url, context, next) => {
  if (!/^file:.*\.m?ts$/.test(url)) return await next(url, context);
  const source = await readFile(fileURLToPath(url), "utf8");
  const { code } = await transform(source, { mode: "strip-only", filename: url });
  return { format: "module", source: code, shortCircuit: true };
};
