// Systems by name, and by file: a module, or a factory's. Each is loaded when it is asked for: workers start
// often, and want one.
import { existsSync } from "node:fs";
import { register } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf, OrreryError } from "../core/errors.ts";
import { suggestion } from "../core/parse.ts";
import type { AnySystem } from "../core/system.ts";

const SHIPPED: { readonly [name: string]: () => Promise<AnySystem> } = {
  clocks: async () => (await import("../systems/clocks/clocks.ts")).clocks,
  factory: async () => (await import("../systems/factory/factory.ts")).factory,
};

/** Is there a system of that name in Orrery itself? */
export const isShipped = (name: string): boolean => Object.hasOwn(SHIPPED, name);

const FILE = /[./\\]/;

/** Is this the name of a factory file, rather than of a system or a module? */
export const isFactoryFile = (name: string): boolean => /\.ya?ml$/i.test(name);

/**
 * The system of that name, that of a factory file (.yaml), or the default export of that module; ready to run.
 * @throws OrreryError "config/unknown-system", "config/system-file", "config/factory", "files/missing"
 */
export async function findSystem(name: string): Promise<AnySystem> {
  const system = await systemNamed(name);
  await system.ready?.();
  return system;
}

/** The same, not ready yet. */
export async function systemNamed(name: string): Promise<AnySystem> {
  if (isFactoryFile(name)) return (await import("./factory-file.ts")).factorySystem(name);
  if (isShipped(name)) return await SHIPPED[name]!();
  if (FILE.test(name)) return loadSystem(name);
  throw new OrreryError(
    "config/unknown-system",
    `there is no system "${name}"; ${suggestion(name, Object.keys(SHIPPED))}`,
  );
}

/**
 * The path, if this names a module rather than a system that ships. Runs of a factory file are of
 * `factory`, and keep all that the file said in their parameters.
 */
export const moduleOf = (name: string): string | undefined =>
  isFactoryFile(name) || isShipped(name) ? undefined : resolve(name);

/** Hooks are registered once a thread, by the first module. */
let hooked = false;

async function loadSystem(path: string): Promise<AnySystem> {
  const file = resolve(path);
  if (!existsSync(file)) throw new OrreryError("files/missing", `there is no file ${path}`);
  if (!hooked) register("./hooks.js", import.meta.url);
  hooked = true;
  let loaded: { default?: Partial<AnySystem> };
  try {
    loaded = (await import(pathToFileURL(file).href)) as typeof loaded;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new OrreryError("config/system-file", `${path} cannot be loaded: ${reason}`, { cause });
  }
  const { name, parse, processes } = loaded.default ?? {};
  if (typeof name !== "string" || typeof parse !== "function" || typeof processes !== "function") {
    throw new OrreryError("config/system-file", `the default export of ${path} is not a system`);
  }
  if (isShipped(name)) {
    throw new OrreryError(
      "config/system-file",
      `${path}: "${name}" is a system that ships; choose another name`,
    );
  }
  return loaded.default as AnySystem;
}
