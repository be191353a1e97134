// A factory's run as a GS1 EPCIS 2.0 document: the life of every lot, from the stores that the run left.
import { createHash } from "node:crypto";
import {
  type EpcisEvent,
  epcisDocument,
  epcisLine,
  IDS,
  type Quantity,
} from "../../formats/epcis.ts";
import { type Format, isWithin } from "../../formats/format.ts";
import { Custody, type CustodyEvent } from "../../systems/factory/books/custody.ts";
import type { LotId, Portion } from "../../systems/factory/messages.ts";
import type { Plant } from "../../systems/factory/plant.ts";
import { units } from "../../systems/factory/quantity.ts";
import { type Books, booksOf } from "../factory/books.ts";

/** Of the run in a folder. @throws OrreryError "files/missing", "config/value" if it is of no factory */
export const epcis = (folder: string): Format => epcisOf(booksOf(folder));

/** Of the stores that a factory's run left. */
export const epcisOf = ({ plant, stored }: Pick<Books, "plant" | "stored">): Format => ({
  says: "GS1 EPCIS 2.0 (JSON-LD): what became of every lot of a factory; for traceability systems",
  extension: "jsonld",
  begin({ run }, choice, write) {
    const custody = new Custody(plant, stored);
    const words = new Words(plant);
    return {
      see: (batch) => custody.see(batch),
      end() {
        const [head, tail] = epcisDocument(run.duration);
        let text = head;
        let events = 0;
        for (const event of custody.end()) {
          const said = words.of(event);
          if (said === undefined || !isWithin(choice, event.at, event.stage)) continue;
          text += `${events++ === 0 ? "" : ",\n"}${epcisLine(said, event.at, sha256)}`;
          if (text.length < PIECE) continue;
          write(text);
          text = "";
        }
        write(text + tail);
        return { events, notes: [] };
      },
    };
  },
});

/** Characters that are written at once. */
const PIECE = 65_536;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Units of UN/CEFACT Recommendation 20, for those that factory files use. Pieces have none. */
const UNITS: { readonly [unit: string]: string } = {
  ...{ g: "GRM", kg: "KGM", t: "TNE", mm: "MMT", cm: "CMT", m: "MTR" },
  ...{ m2: "MTK", m3: "MTQ", ml: "MLT", l: "LTR", L: "LTR" },
};

/** Puts what happened to lots in the words of EPCIS and its core business vocabulary. */
class Words {
  readonly #plant: Plant;
  /** Lots, and what they are of, as they were told of. */
  readonly #items = new Map<LotId, string>();

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  /** Undefined: no material was touched. */
  of(event: CustodyEvent): EpcisEvent | undefined {
    switch (event.kind) {
      case "made":
        return this.#made(event);
      case "cut off":
        return {
          ...this.#destroyed(event.stage, this.#portions(event.inputs), "cut off"),
          bizTransactionList: [this.#job(event, event.job)],
        };
      case "scrapped":
        return this.#destroyed(event.stage, [this.#quantity(event)], "scrapped");
      case "shipped":
        return { ...this.#seen(event), bizStep: "shipping", disposition: "in_transit" };
      default:
        return this.#moved(event);
    }
  }

  #made(event: Extract<CustodyEvent, { kind: "made" }>): EpcisEvent | undefined {
    const { stage, job, lot } = event;
    const { item, amount, inputs, starts, good, revision } = job;
    const inputQuantityList = this.#portions(inputs);
    const order = { bizTransactionList: [this.#job(event, job.job)] };
    const counts = { "orrery:starts": starts, "orrery:good": good, "orrery:revision": revision };
    if (lot === null) {
      if (inputs.length === 0) return undefined;
      return {
        ...this.#destroyed(stage, inputQuantityList, "nothing was good"),
        ...order,
        ...counts,
      };
    }
    const output = [this.#quantity({ lot, item, amount })];
    const here = { readPoint: this.#place(stage), bizLocation: this.#place(stage) };
    const common = { ...here, ...order, ilmd: this.#about(item), ...counts };
    if (inputs.length === 0) {
      const what = { type: "ObjectEvent", action: "ADD", quantityList: output } as const;
      return { ...what, bizStep: "commissioning", disposition: "active", ...common };
    }
    return {
      type: "TransformationEvent",
      inputQuantityList,
      outputQuantityList: output,
      transformationID: order.bizTransactionList[0]!.bizTransaction,
      bizStep: "assembling",
      disposition: "active",
      ...common,
    };
  }

  #moved(event: Extract<CustodyEvent, { readonly transfer: object }>): EpcisEvent {
    const { kind, lot, transfer } = event;
    const { g, from, to } = transfer;
    const bizTransaction = `${IDS}transfer/${lot}/${g}`;
    return {
      ...this.#seen(event),
      ...MOVES[kind],
      ...(kind === "sent" || kind === "lost" ? {} : { bizLocation: this.#place(event.stage) }),
      bizTransactionList: [{ type: "desadv", bizTransaction }],
      sourceList: [{ type: "possessing_party", source: this.#place(from).id }],
      destinationList: [{ type: "possessing_party", destination: this.#place(to).id }],
      "orrery:generation": g,
    };
  }

  #seen(event: { readonly stage: number; readonly lot: LotId; item: string; amount: number }) {
    return {
      type: "ObjectEvent",
      action: "OBSERVE",
      quantityList: [this.#quantity(event)],
      readPoint: this.#place(event.stage),
      ...this.#about(event.item),
    } as const;
  }

  #destroyed(stage: number, quantityList: readonly Quantity[], reason: string): EpcisEvent {
    const what = { type: "ObjectEvent", action: "DELETE", quantityList } as const;
    const word = { bizStep: "destroying", disposition: "destroyed" } as const;
    return { ...what, ...word, readPoint: this.#place(stage), "orrery:reason": reason };
  }

  #portions(portions: readonly Portion[]): readonly Quantity[] {
    return portions.map(([lot, amount]) =>
      this.#quantity({ lot, amount, item: this.#items.get(lot) ?? "" }),
    );
  }

  #quantity({ lot, item, amount }: { lot: LotId; item: string; amount: number }): Quantity {
    this.#items.set(lot, item);
    const uom = UNITS[this.#unit(item)];
    return { epcClass: `${IDS}lot/${lot}`, quantity: units(amount), ...(uom && { uom }) };
  }

  /** A unit that has no code is at least said. */
  #about(item: string) {
    const unit = this.#unit(item);
    return {
      "orrery:item": item,
      ...(unit === "EA" || unit in UNITS ? {} : { "orrery:unit": unit }),
    };
  }

  #unit(item: string): string {
    return this.#plant.params.items[item]?.unit ?? "EA";
  }

  #job({ stage, store }: CustodyEvent, job: number) {
    const { name } = this.#plant.stages[stage]!;
    return { type: "prodorder", bizTransaction: `${IDS}job/${name}/${store}/${job}` } as const;
  }

  #place(stage: number) {
    return { id: `${IDS}stage/${this.#plant.stages[stage]!.name}` };
  }
}

const MOVES = {
  sent: { bizStep: "shipping", disposition: "in_transit" },
  received: { bizStep: "receiving", disposition: "in_progress" },
  back: { bizStep: "void_shipping", disposition: "available" },
  lost: { bizStep: "holding", disposition: "unknown" },
  found: { bizStep: "holding", disposition: "active" },
} as const;
