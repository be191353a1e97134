// GS1 EPCIS 2.0 documents in JSON-LD: events in the standard's words, each named by the hash of what it says
// (CBV 2.0, section 8.9), so that whoever is told of one twice can see that it is the same.

/** Some of a class of things, which here is a lot. */
export type Quantity = {
  readonly epcClass: string;
  readonly quantity: number;
  /** UN/CEFACT Recommendation 20; without it they are pieces. */
  readonly uom?: string;
};

/** Fields that are our own, under names with the prefix. */
type Extensions = { readonly [name: `orrery:${string}`]: string | number };

type What =
  | {
      readonly type: "ObjectEvent";
      readonly action: "ADD" | "OBSERVE" | "DELETE";
      readonly quantityList: readonly Quantity[];
    }
  | {
      readonly type: "TransformationEvent";
      readonly inputQuantityList: readonly Quantity[];
      readonly outputQuantityList: readonly Quantity[];
      readonly transformationID: string;
    };

/** An event without its time and its id; words are those of the vocabulary, ids are URIs. */
export type EpcisEvent = What & {
  readonly bizStep:
    | ("assembling" | "commissioning" | "destroying" | "holding")
    | ("receiving" | "shipping" | "void_shipping");
  readonly disposition:
    | ("active" | "available" | "destroyed" | "in_progress" | "in_transit")
    | "unknown";
  readonly readPoint: { readonly id: string };
  readonly bizLocation?: { readonly id: string };
  readonly bizTransactionList?: readonly {
    readonly type: "desadv" | "prodorder";
    readonly bizTransaction: string;
  }[];
  readonly sourceList?: readonly { readonly type: "possessing_party"; readonly source: string }[];
  readonly destinationList?: readonly {
    readonly type: "possessing_party";
    readonly destination: string;
  }[];
  /** Of the lot that comes to be. */
  readonly ilmd?: Extensions;
} & Extensions;

/** Under which our ids are, and the names of our own fields. No site is behind it. */
export const IDS = "https://orrery.example/";
const NAMESPACE = `${IDS}epcis/`;
const PREFIX = "orrery:";
const CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/** What stands before the events and behind them; events are separated by commas. */
export const epcisDocument = (created: number): readonly [head: string, tail: string] => {
  const head = {
    "@context": [CONTEXT, { orrery: NAMESPACE }],
    type: "EPCISDocument",
    schemaVersion: "2.0",
    creationDate: timestamp(created),
  };
  return [`${JSON.stringify(head).slice(0, -1)},"epcisBody":{"eventList":[\n`, "\n]}}\n"];
};

/**
 * The event as a line, with its id. `micros`: since the run began. Times in a document end at milliseconds,
 * as hashes do; the rest is a field of our own. `digest`: SHA-256, in hexadecimal.
 */
export function epcisLine(
  event: EpcisEvent,
  micros: number,
  digest: (text: string) => string,
): string {
  const { type, ...rest } = event;
  const timed = {
    type,
    eventTime: timestamp(micros),
    eventTimeZoneOffset: "+00:00",
    ...rest,
    "orrery:micros": micros,
  };
  const eventID = `ni:///sha-256;${digest(preHash(timed))}?ver=CBV2.0`;
  return JSON.stringify({ eventID, ...timed });
}

/** A run begins with this year: virtual time has no date, and the same run must give the same document. */
const YEAR = 2000;
const DAY = 86_400e6;

/** Of µs since the run began: ISO 8601, in UTC, to the millisecond. */
export function timestamp(micros: number): string {
  const part = (unit: number, most: number, digits = 2): string =>
    String(Math.floor(micros / unit) % most).padStart(digits, "0");
  const clock = [part(3_600e6, 24), part(60e6, 60), part(1e6, 60)].join(":");
  return `${dateOf(Math.floor(micros / DAY))}T${clock}.${part(1e3, 1_000, 3)}Z`;
}

/** The date so many days after the first one. Cost: a step a year, of which µs can count 285. */
function dateOf(days: number): string {
  let [year, left] = [YEAR, days];
  const february = (): number =>
    year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  for (; left >= 337 + february(); year++) left -= 337 + february();
  const lengths = [31, february(), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  let month = 0;
  while (left >= lengths[month]!) left -= lengths[month++]!;
  return [year, month + 1, left + 1].map((part) => String(part).padStart(2, "0")).join("-");
}

type Value = string | number | Fields | readonly Value[];
type Fields = { readonly [name: string]: Value | undefined };

/** Fields in the order in which CBV 2.0 hashes them, with what each element of a list is called there. */
const ORDER: readonly (readonly [field: string, element?: string])[] = [
  ["eventTime"],
  ["eventTimeZoneOffset"],
  ["quantityList", "quantityElement"],
  ["inputQuantityList", "quantityElement"],
  ["outputQuantityList", "quantityElement"],
  ["action"],
  ["transformationID"],
  ["bizStep"],
  ["disposition"],
  ["readPoint"],
  ["bizLocation"],
  ["bizTransactionList", ""],
  ["sourceList", ""],
  ["destinationList", ""],
  ["ilmd"],
];
/** Words of the vocabulary are hashed as the URIs that they stand for. */
const VOCABULARY: { readonly [field: string]: string } = {
  bizStep: "BizStep-",
  disposition: "Disp-",
  bizTransactionList: "BTT-",
  sourceList: "SDT-",
  destinationList: "SDT-",
};

/** What of an event is hashed: all but its id and when it was recorded, whatever the order of its fields. */
function preHash(event: Fields): string {
  let text = `eventType=${String(event.type)}`;
  for (const [field, element] of ORDER) {
    const value = event[field];
    if (value === undefined) continue;
    const uri = (word: Value): string =>
      field in VOCABULARY
        ? `https://ref.gs1.org/cbv/${VOCABULARY[field]}${String(word)}`
        : String(word);
    if (Array.isArray(value)) {
      const elements = value.map((each: Fields) => element + fieldsOf(each, uri).join(""));
      text += field + elements.sort().join("");
    } else if (typeof value === "object") {
      text +=
        field +
        fieldsOf(value as Fields, String)
          .sort()
          .join("");
    } else text += `${field}=${uri(value)}`;
  }
  const own = Object.entries(event).filter(([name]) => name.startsWith(PREFIX));
  return text + fieldsOf(Object.fromEntries(own), String).sort().join("");
}

/** `uri`: what a type is hashed as. */
function fieldsOf(fields: Fields, uri: (word: Value) => string): string[] {
  return Object.entries(fields).map(([name, value]) => {
    const full = name.startsWith(PREFIX) ? `{${NAMESPACE}}${name.slice(PREFIX.length)}` : name;
    return `${full}=${name === "type" ? uri(value!) : String(value)}`;
  });
}
