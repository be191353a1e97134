// How the books of a factory under way are, for who scrapes: stores are read and audited as the page does it, when
// somebody asks, and seldom.
import type { Run } from "../../core/run.ts";
import type { Stored } from "../../core/stored.ts";
import { type Family, one, type Sample } from "../../runtimes/real/open-metrics.ts";
import { auditStores } from "../../systems/factory/books/auditor.ts";
import { INVARIANTS } from "../../systems/factory/books/invariants.ts";
import type { Ledger } from "../../systems/factory/books/ledger.ts";
import type { FactoryParams } from "../../systems/factory/file/definition.ts";
import { plantOf } from "../../systems/factory/plant.ts";

/** The books are looked at again after this at the earliest, ms; and after so many times what the last look took. */
const AGE_MIN = 5_000;
const SHARE = 20;

export type BooksHealth = {
  /** Seconds of the run at which its stores were read. */
  readonly atSeconds: number;
  readonly tookSeconds: number;
  readonly audits: number;
  readonly violated: number;
  readonly lots: number;
  readonly handoffs: number;
  readonly shipped: number;
};

/** Looks at the books of a factory, when it is asked, if the last look is old enough. */
export class FactoryHealth {
  readonly #plant: ReturnType<typeof plantOf>;
  readonly #stores: () => readonly Stored[] | undefined;
  readonly #now: () => number;
  #books: BooksHealth | undefined;
  #next = Number.NEGATIVE_INFINITY;

  /** `stores` are those of all processes, as they are; `now`: µs of the run. */
  constructor(run: Run, stores: () => readonly Stored[] | undefined, now: () => number) {
    this.#plant = plantOf(run.params as FactoryParams);
    this.#stores = stores;
    this.#now = now;
  }

  families(): readonly Family[] {
    if (performance.now() >= this.#next) this.#look();
    return factoryFamilies(this.#books);
  }

  #look(): void {
    const began = performance.now();
    const at = this.#now();
    if (at <= 0) return;
    try {
      // No two stores of work that goes on are of one instant: the second reading bears the first out.
      const [stored, later] = [this.#read(), this.#read()];
      if (stored !== undefined) {
        const { ledger, found } = auditStores(this.#plant, stored, later);
        const took = performance.now() - began;
        this.#books = told(
          this.#books,
          ledger,
          new Set(found.map((each) => each.invariant)),
          at,
          took,
        );
      }
    } catch {
      // A store that cannot be read now can be later; what is told of the books is old until then, and says so.
    }
    this.#next = performance.now() + Math.max(AGE_MIN, SHARE * (performance.now() - began));
  }

  #read(): readonly Stored[] | undefined {
    const { stages, crews } = this.#plant;
    return this.#stores()?.slice(0, stages.length + crews.length);
  }
}

/** What was done never falls, though a store that is lost takes what it knew of it along. */
function told(
  before: BooksHealth | undefined,
  ledger: Ledger,
  violated: ReadonlySet<string>,
  at: number,
  took: number,
): BooksHealth {
  let [handoffs, shipped] = [0, 0];
  for (const { settled } of ledger.books) {
    for (const { fate } of settled.values()) {
      if (fate === "delivered") handoffs++;
      else if (fate === "shipped") shipped++;
    }
  }
  return {
    atSeconds: at / 1e6,
    tookSeconds: took / 1e3,
    audits: (before?.audits ?? 0) + 1,
    violated: violated.size,
    lots: [...ledger.lots()].length,
    handoffs: Math.max(handoffs, before?.handoffs ?? 0),
    shipped: Math.max(shipped, before?.shipped ?? 0),
  };
}

/** All that can be told of a factory; undefined: its books were not looked at yet. */
export function factoryFamilies(books: BooksHealth | undefined): readonly Family[] {
  const family = (
    kind: "gauge" | "counter",
    name: string,
    help: string,
    value: (books: BooksHealth) => number,
  ): Family => {
    const samples: readonly Sample[] = one(books && value(books));
    const unit = name.endsWith("_seconds") ? ({ unit: "seconds" } as const) : {};
    return { name: `orrery_factory_${name}`, kind, ...unit, help, samples };
  };
  const invariants = Object.keys(INVARIANTS).length;
  return [
    family(
      "counter",
      "handoffs",
      "Lots of which the maker knows that they were taken over by who uses them.",
      (of) => of.handoffs,
    ),
    family("counter", "shipped_lots", "Final lots that left the plant.", (of) => of.shipped),
    family("gauge", "lots", "Lots that any book names.", (of) => of.lots),
    family("gauge", "audit_holds", "1 if the last audit found nothing wrong, else 0.", (of) =>
      of.violated === 0 ? 1 : 0,
    ),
    family(
      "gauge",
      "audit_violated",
      `Invariants, of ${invariants}, that did not hold at the last audit.`,
      (of) => of.violated,
    ),
    family(
      "counter",
      "audits",
      "Audits so far: at a scrape, at most one in 5 s.",
      (of) => of.audits,
    ),
    family(
      "gauge",
      "audit_at_seconds",
      "When the stores were read of which this is told, seconds of the run.",
      (of) => of.atSeconds,
    ),
    family(
      "gauge",
      "audit_took_seconds",
      "How long that took the supervisor.",
      (of) => of.tookSeconds,
    ),
  ];
}
