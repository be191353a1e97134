// The audit of a factory: of every commit as it comes, or of all stores at once.
import type { Auditor, Change, InFlight, Violation } from "../../../core/audit.ts";
import type { Stored } from "../../../core/stored.ts";
import { KEY, type Message, type Transfer, tagOf } from "../messages.ts";
import type { Plant } from "../plant.ts";
import { checkLot, checkStock, checkTouched } from "./invariants.ts";
import { type Books, Ledger, ledgerOf } from "./ledger.ts";

/** More violations than this say no more. */
const FOUND_MAX = 100;

/** Follows the commits of a factory's stages. Cost of a commit: what it touches. */
export class FactoryAuditor implements Auditor {
  readonly ledger: Ledger;
  readonly found: Violation[] = [];
  /** Books of stores that are lost, by process: what was said by them can be under way still. */
  readonly #former = new Map<number, Books[]>();

  constructor(plant: Plant) {
    this.ledger = new Ledger(plant);
  }

  opened(process: number, id: string): void {
    const books = this.ledger.books[process];
    if (books !== undefined && books.tag !== "" && books.tag !== tagOf(id)) {
      this.#former.set(process, [...(this.#former.get(process) ?? []), books]);
    }
    this.ledger.opened(process, id);
  }

  commit(process: number, changes: readonly Change[]): void {
    // Crews, keepers and leaders have no lots.
    if (process >= this.ledger.books.length) return;
    const touched = this.ledger.commit(process, changes);
    checkTouched(this.ledger, process, touched, this.#say);
    for (const lot of touched.lots) checkLot(this.ledger, this.ledger, lot, this.#say);
    const stock = (change: Change): boolean =>
      change.kind !== "append" &&
      [KEY.in, KEY.lot, KEY.job].some((key) => change.key.startsWith(key));
    if (changes.some(stock)) checkStock(this.ledger, process, this.#say);
  }

  underway(messages: Iterable<InFlight>): void {
    for (const { from, body } of messages) {
      const former = this.#former.get(from) ?? [];
      const wrong = unfounded(this.ledger, former, from, body as unknown as Message);
      if (wrong !== undefined) this.#say("I8", wrong, from);
    }
  }

  readonly #say = (invariant: string, says: string, process: number): void => {
    if (this.found.length < FOUND_MAX) this.found.push({ invariant, says, process });
  };
}

/** What a message says that its sender's books, present or former, do not bear out, if it does. */
function unfounded(
  ledger: Ledger,
  former: readonly Books[],
  from: number,
  message: Message,
): string | undefined {
  const own = (): readonly Books[] => [ledger.books[from]!, ...former];
  switch (message.kind) {
    case "sent":
    case "recall":
      return hasSent(ledger, from, message)
        ? undefined
        : `a message says that ${message.lot} is ${message.kind}; the books of its sender do not`;
    case "confirm":
      return own().some(({ received }) => received.has(message.lot))
        ? undefined
        : `a message confirms ${message.lot}, which its sender has not received`;
    case "refuse":
      return own().some((books) => hasRefused(ledger, books, message))
        ? undefined
        : `a message refuses ${message.lot}; the books of its sender do not`;
    default:
      return undefined;
  }
}

/** That generation of the lot is under way, or came to its end. Of another store nobody knows. */
function hasSent(ledger: Ledger, from: number, { lot, g }: Transfer): boolean {
  const { tag, number } = ledger.makerOf(lot);
  const { out, settled, tag: own } = ledger.books[from]!;
  return tag !== own || settled.has(number) || (out.get(number)?.g ?? 0) >= g;
}

/** It is remembered as refused, or the sender has heard of it and it may be forgotten. */
function hasRefused(ledger: Ledger, { memories }: Books, { lot, place }: Transfer): boolean {
  const { maker, tag } = ledger.makerOf(lot);
  const memory = memories.get(`${maker}/${tag}`);
  return memory !== undefined && (place < memory.settled || memory.refused.includes(place));
}

/**
 * All that is wrong with the stores of a factory, by stage in the order of its processes. `later`: the same
 * stores read again, if work went on while the first were read.
 */
export function auditStores(
  plant: Plant,
  stored: readonly Stored[],
  later?: readonly Stored[],
): { readonly ledger: Ledger; readonly found: readonly Violation[] } {
  const { ledger, touched } = ledgerOf(plant, stored);
  const evidence = later === undefined ? ledger : ledgerOf(plant, later).ledger;
  const found: Violation[] = [];
  const say = (invariant: string, says: string, process: number): void => {
    if (found.length < FOUND_MAX) found.push({ invariant, says, process });
  };
  for (const [process, each] of touched.entries()) {
    if (process >= plant.stages.length) continue;
    checkTouched(ledger, process, { ...each, epochBefore: undefined }, say);
    checkStock(ledger, process, say);
  }
  for (const lot of ledger.lots()) checkLot(ledger, evidence, lot, say);
  return { ledger, found };
}
