// Amounts of material. Inside they are whole millionths of an item's unit, so that sums are exact and
// conservation can be checked to the last one; at the edges they are numbers of units.

/** Whole millionths of an item's unit: 0 … 2^53 − 1. */
export type Amount = number & { readonly brand: "Amount" };

/** Millionths of a unit. */
const UNIT = 1e6;
/** More units than this in one figure are refused, so that sums of many stay exact. */
export const UNITS_MAX = 1e9;

/** Units as an amount, rounded to a millionth. */
export const amount = (units: number): Amount => Math.round(units * UNIT) as Amount;

/** An amount as a number of units. */
export const units = (of: number): number => of / UNIT;

/** An amount for people: `8`, `0.3 kg`; pieces (EA) have no unit. */
export const formatAmount = (of: number, unit = "EA"): string =>
  unit === "EA" ? String(units(of)) : `${units(of)} ${unit}`;
