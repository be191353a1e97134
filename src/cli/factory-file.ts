// Factory files, and the system that such a file is: `orrery run experiments/factory/bicycle.yaml`.
import type { Json } from "../core/json.ts";
import type { AnySystem } from "../core/system.ts";
import { readYaml } from "../experiments/yaml-file.ts";
import { factory } from "../systems/factory/factory.ts";
import type { FactoryParams } from "../systems/factory/file/definition.ts";
import { checkedFactory } from "../systems/factory/file/params.ts";

/** The factory that a file defines. @throws OrreryError "config/factory" with line and field, "files/missing" */
export const readFactory = (path: string): FactoryParams => read(path).params;

function read(path: string): { readonly given: Json; readonly params: FactoryParams } {
  const { value, place } = readYaml(path, "config/factory", "factory file");
  const given = value as Json;
  const where = (field: readonly PropertyKey[]): string =>
    `${place(field)}: ${field.join(".") || "the file"}`;
  return { given, params: checkedFactory(given, where) };
}

/**
 * The system `factory`, whose parameters are those of the file unless others are given: objects are merged
 * field by field, all else is replaced.
 * @throws OrreryError "config/factory", "files/missing"
 */
export function factorySystem(path: string): AnySystem {
  const { given, params } = read(path);
  return {
    ...factory,
    // Of a random plant what was drawn may be changed, unless another is asked for.
    parse: (input) =>
      factory.parse(merged(isObject(input) && "plant" in input ? given : params, input)),
  };
}

type Fields = { readonly [name: string]: Json };

const isObject = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `given` over `base`. A distribution has other fields than another has, and replaces it. */
function merged(base: Json | undefined, given: Json): Json {
  if (!isObject(base) || !isObject(given) || Object.hasOwn(given, "dist")) return given;
  const own = Object.entries(given).map(
    ([name, value]) =>
      [name, merged(Object.hasOwn(base, name) ? base[name] : undefined, value)] as const,
  );
  return { ...base, ...Object.fromEntries(own) };
}
