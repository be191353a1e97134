// The work of a class shared among its stages, all alike.
import { countIn } from "../../../core/counting.ts";
import { SUPPLIERS_MAX } from "../flows.ts";

/** Who of the suppliers, counted from 0, gives which share of the whole to whom. */
export type Share = { readonly from: number; readonly to: number; readonly share: number };

/**
 * Shares so that each supplier gives as much as another and each consumer gets as much as another: all to all,
 * or where both are many, in as many layers as one may have suppliers. A layer fills consumers one after the
 * other from suppliers one after the other (the north-west corner rule), each layer beginning at another supplier.
 */
export function spread(suppliers: number, consumers: number, evenly = false): readonly Share[] {
  if (evenly || Math.min(suppliers, consumers) <= SUPPLIERS_MAX)
    return allToAll(suppliers, consumers);
  const whole = suppliers * consumers * SUPPLIERS_MAX;
  const parts = Array.from({ length: consumers }, () => new Map<number, number>());
  for (let layer = 0; layer < SUPPLIERS_MAX; layer++) {
    const first = Math.floor((layer * suppliers) / SUPPLIERS_MAX);
    let [supplier, left] = [0, consumers];
    for (const part of parts) {
      for (let wanted = suppliers; wanted > 0; ) {
        const given = Math.min(wanted, left);
        const from = (first + supplier) % suppliers;
        countIn(part, from, given);
        wanted -= given;
        left -= given;
        if (left === 0) [supplier, left] = [supplier + 1, consumers];
      }
    }
  }
  return parts.flatMap((part, to) =>
    [...part]
      .sort(([a], [b]) => a - b)
      .map(([from, given]) => ({ from, to, share: given / whole })),
  );
}

const allToAll = (suppliers: number, consumers: number): readonly Share[] =>
  Array.from({ length: suppliers * consumers }, (_, index) => ({
    from: index % suppliers,
    to: Math.floor(index / suppliers),
    share: 1 / (suppliers * consumers),
  }));
