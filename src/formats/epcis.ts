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

/** A run begins here: virtual time has no date, and the same run must give the same document. */
const EPOCH = { year: 2000, dayOfMarch1: 60 };
const DAY = 86_400e6;

/** Of µs since the run began: ISO 8601, in UTC, to the millisecond. */
export function timestamp(micros: number): string {
  const two = (value: number, digits = 2): string => String(value).padStart(digits, "0");
  const inDay = micros % DAY;
  const [hour, minute, second] = [3_600e6, 60e6, 1e6].map(
    (unit, index) => Math.floor(inDay / unit) % (index === 0 ? 24 : 60),
  );
  const thousandths = Math.floor(inDay / 1e3) % 1e3;
  const clock = `${two(hour!)}:${two(minute!)}:${two(second!)}.${two(thousandths, 3)}Z`;
  return `${dateOf(Math.floor(micros / DAY))}T${clock}`;
}

/** The date so many days after the epoch. Years are counted from March on, so that leap days come last. */
function dateOf(days: number): string {
  const sinceMarch = days - EPOCH.dayOfMarch1 + 146_097;
  const era = Math.floor(sinceMarch / 146_097);
  const ofEra = sinceMarch % 146_097;
  const leaps =
    Math.floor(ofEra / 1_460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096);
  const yearOfEra = Math.floor((ofEra - leaps) / 365);
  const ofYear =
    ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = EPOCH.year - 400 + 400 * era + yearOfEra + (month <= 2 ? 1 : 0);
  return [year, month, day].map((part) => String(part).padStart(2, "0")).join("-");
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
      const elements = value.map((each: Fields) => `${element}${fieldsOf(each, uri)}`);
      text += field + elements.sort().join("");
    } else if (typeof value === "object") text += field + fieldsOf(value as Fields, String);
    else text += `${field}=${uri(value)}`;
  }
  const own = Object.entries(event).filter(([name]) => name.startsWith(PREFIX));
  return text + fieldsOf(Object.fromEntries(own), String);
}

/** The fields of an element, as they come; those of our own are sorted. `uri`: of its type. */
function fieldsOf(fields: Fields, uri: (word: Value) => string): string {
  const texts = Object.entries(fields).map(([name, value]) => {
    const full = name.startsWith(PREFIX) ? `{${NAMESPACE}}${name.slice(PREFIX.length)}` : name;
    return `${full}=${name === "type" ? uri(value!) : String(value)}`;
  });
  return (Object.keys(fields).some((name) => name.startsWith(PREFIX)) ? texts.sort() : texts).join(
    "",
  );
}
