/** What may cross a wire or a file. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * Freezes a value and all it holds, so that a process which changes a message or a state is caught
 * where it does so. Cost: one visit per value not yet frozen.
 */
export function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}

/**
 * Freezes a value that must be JSON, and checks that it is: what a codec would change on the way (a
 * Map, a Date, NaN, undefined, a function) is named.
 * @throws Error saying where in the value
 */
export function sealed<T>(value: T, where = "it"): T {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const plain = Array.isArray(value) || isRecord(value);
  if (!plain) throw new Error(`${where} is ${describe(value)}, which JSON cannot carry`);
  for (const [key, part] of Object.entries(value as object)) sealed(part, `${where}.${key}`);
  return Object.freeze(value);
}

function isRecord(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const describe = (value: unknown): string =>
  typeof value === "object" && value !== null ? `a ${value.constructor.name}` : String(value);

/** A copy that later changes of the original do not reach: what JSON makes of it, without the way through text. */
export const copied = <T>(value: T): T =>
  typeof value === "object" && value !== null ? (copyOf(value) as T) : value;

function copyOf(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    for (const part of value) copy.push(copyOf(part) ?? null);
    return copy;
  }
  if (
    !isRecord(value) ||
    "toJSON" in (value as object) ||
    Object.hasOwn(value as object, "__proto__")
  ) {
    const text = JSON.stringify(value);
    return text === undefined ? undefined : JSON.parse(text);
  }
  const copy: { [key: string]: unknown } = {};
  for (const key of Object.keys(value as object)) {
    const part = copyOf((value as { readonly [key: string]: unknown })[key]);
    if (part !== undefined) copy[key] = part;
  }
  return copy;
}

/** Canonical text: the same value gives the same text, whatever the order in which it was built. */
export function canonical(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const record = value as { readonly [key: string]: Json };
  const parts = Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(record[key]!)}`);
  return `{${parts.join(",")}}`;
}
