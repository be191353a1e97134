import { z } from "zod";
import type { Json } from "./json.ts";
import { parse } from "./parse.ts";

/** A whole number that a system takes: what it is when nothing is said, and its bounds. */
export type WholeNumber = { readonly is: number; readonly min: number; readonly max: number };

/**
 * A `parse` for systems whose parameters are whole numbers.
 * @throws OrreryError "config/*" naming the parameter, when it is called with others
 */
export function wholeParams<Name extends string>(
  system: string,
  numbers: { readonly [name in Name]: WholeNumber },
): (input: Json) => { readonly [name in Name]: number } {
  const shape = Object.fromEntries(
    Object.entries<WholeNumber>(numbers).map(([name, { is, min, max }]) => [
      name,
      z.int().min(min).max(max).default(is),
    ]),
  );
  const schema = z.strictObject(shape);
  return (input) => parse(schema, input, system) as { readonly [name in Name]: number };
}
