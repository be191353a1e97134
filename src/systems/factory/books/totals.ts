// Where all material is: each item's lots, sorted into what has become of them.
import { isAway } from "../stage/desk.ts";
import { type Ledger, reservedIn } from "./ledger.ts";

/** Millionths of an item's unit. `made` is the sum of all others (I1). */
export type ItemTotals = {
  made: number;
  used: number;
  usable: number;
  reserved: number;
  underway: number;
  shipped: number;
  scrapped: number;
  lost: number;
};

/** Totals by item; of one instant, if the ledger is. Lots of stores that are gone do not count. */
export function totalsOf(ledger: Ledger): ReadonlyMap<string, ItemTotals> {
  const totals = new Map<string, ItemTotals>();
  for (const [maker, books] of ledger.books.entries()) {
    const { item } = ledger.plant.stages[maker]!;
    const of = totals.get(item) ?? nothing();
    totals.set(item, of);
    for (const [number, { amount }] of books.made) {
      of.made += amount;
      const lot = ledger.idOf(maker, number);
      const on = books.out.get(number);
      const off = books.settled.get(number);
      const holder = [...(ledger.holders.get(lot) ?? [])].find((process) =>
        ledger.books[process]!.received.has(lot),
      );
      if (holder !== undefined) add(of, ledger, holder, lot);
      else if (off?.fate === "shipped") of.shipped += amount;
      else if (off?.fate === "scrapped") of.scrapped += amount;
      else if (on === undefined || on.state === "lost") of.lost += amount;
      else if (isAway(on) || on.state === "returning") of.underway += amount;
      else of.usable += amount;
    }
  }
  return totals;
}

/** What became of a lot that was received. */
function add(of: ItemTotals, ledger: Ledger, holder: number, lot: string): void {
  const books = ledger.books[holder]!;
  of.used += books.used.get(lot) ?? 0;
  of.scrapped += books.scrapped.get(lot) ?? 0;
  of.reserved += reservedIn(books, lot);
  of.usable += books.in.get(lot)?.left ?? 0;
}

const nothing = (): ItemTotals => ({
  made: 0,
  used: 0,
  usable: 0,
  reserved: 0,
  underway: 0,
  shipped: 0,
  scrapped: 0,
  lost: 0,
});
