import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NONE } from "../../src/core/batch.ts";
import { KIND } from "../../src/core/trace-event.ts";
import { RowBook } from "../../src/dashboard/page/watched/row-book.ts";
import { batchOf, bookOf, bookOfRows, type Row, SYSTEMS, troubled } from "./fixture.ts";

/** A row of the reference: other rows are found by looking at all, and referred to as they are. */
type Known = {
  readonly row: Row;
  place: "on way" | "waiting" | "ended";
  mate: Known | undefined;
  origin: Known | undefined;
};

const isSend = ({ kind }: Row): boolean => kind === "send" || kind === "copy";
const isSame = (a: Row, b: Row): boolean => a.number === b.number && a.sender === b.sender;

/** What a book should hold: by the definitions, without indices. */
class Reference {
  rows: Known[] = [];
  readonly #kept: number;

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(row: Row): void {
    if (this.rows.length === 2 * this.#kept) {
      this.rows = this.rows.slice(this.#kept);
      for (const known of this.rows) {
        if (!this.rows.includes(known.mate!)) known.mate = undefined;
        if (isSend(known.row) && !this.rows.includes(known.origin!)) known.origin = known;
      }
    }
    const known: Known = { row, place: "on way", mate: undefined, origin: undefined };
    const { kind } = row;
    if (isSend(row)) known.origin = kind === "send" ? known : (this.#originOf(row) ?? known);
    const sent = this.#sentOf(row, kind === "receive" ? "waiting" : "on way");
    if (kind === "arrive" && sent?.place === "on way") sent.place = "waiting";
    if (["arrive", "receive", "drop"].includes(kind)) known.mate = sent;
    if ((kind === "receive" || kind === "drop") && sent !== undefined && sent.place !== "ended") {
      sent.place = "ended";
      sent.mate = known;
    }
    for (const other of kind === "crash" ? this.rows : []) {
      if (!isSend(other.row) || other.row.peer !== row.process) continue;
      if (other.place !== "waiting") continue;
      other.place = "ended";
      other.mate = known;
    }
    this.rows.push(known);
  }

  cut(left: number): void {
    this.rows = this.rows.slice(0, left);
    for (const known of this.rows) {
      if (!isSend(known.row) || this.rows.includes(known.mate!)) continue;
      known.mate = undefined;
      known.place = this.rows.some((other) => other.row.kind === "arrive" && other.mate === known)
        ? "waiting"
        : "on way";
    }
  }

  #originOf(row: Row): Known | undefined {
    const last = this.rows.findLast(
      (known) => known.row.kind === "send" && known.row.process === row.process,
    );
    if (last !== undefined && isSame(last.row, row)) return last;
    const copies = this.rows.filter(
      (known) =>
        isSend(known.row) &&
        isSame(known.row, row) &&
        known.row.process === row.process &&
        known.row.peer === row.peer,
    );
    return this.#best(copies, "on way")?.origin;
  }

  #sentOf(row: Row, place: Known["place"]): Known | undefined {
    const copies = this.rows.filter(
      (known) =>
        isSend(known.row) &&
        isSame(known.row, row) &&
        known.row.process === row.peer &&
        known.row.peer === row.process,
    );
    return this.#best(copies, place);
  }

  #best(copies: readonly Known[], place: Known["place"]): Known | undefined {
    return (
      copies.find((known) => known.place === place) ??
      copies.find((known) => known.place !== "ended") ??
      copies[0]
    );
  }
}

const process = fc.nat({ max: 1 });
const message = fc.record({
  kind: fc.constantFrom("send", "copy", "arrive", "receive", "drop" as const),
  ...{ process, peer: process, number: fc.nat({ max: 3 }), sender: fc.constant(1) },
});
const other = fc.record({ kind: fc.constantFrom("crash", "internal" as const), process });
const row: fc.Arbitrary<Row> = fc.oneof({ weight: 8, arbitrary: message }, other);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(row, { minLength: 5, maxLength: 40, size: "max" })
      .map((rows) => ({ rows })),
  },
  fc.double({ min: 0.3, max: 1, noNaN: true }).map((share) => ({ share })),
);

test("mates and origins are what looking at all rows finds, through cuts and forgetting", () => {
  const kept = 20;
  let [mated, forgot] = [0, 0];
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 8, size: "max" }), (steps) => {
      const book = new RowBook(kept);
      const reference = new Reference(kept);
      for (const each of steps) {
        if ("rows" in each) {
          book.add(batchOf(each.rows, book.end));
          for (const one of each.rows) reference.add(one);
        } else {
          const left = Math.floor(each.share * book.count);
          book.cut(book.first + left);
          reference.cut(left);
        }
        const at = (known: Known | undefined): number =>
          known === undefined ? NONE : reference.rows.indexOf(known);
        const rows = reference.rows;
        expect([...book.mate.subarray(0, book.count)]).toEqual(rows.map(({ mate }) => at(mate)));
        expect([...book.origin.subarray(0, book.count)]).toEqual(
          rows.map(({ origin }) => at(origin)),
        );
        mated += rows.filter(({ mate }) => mate !== undefined).length;
        if (book.first > 0) forgot++;
      }
    }),
    { numRuns: 200 },
  );
  expect(mated).toBeGreaterThan(1_000);
  expect(forgot).toBeGreaterThan(100);
});

describe.each(SYSTEMS.map((system) => [system.name, system] as const))("of %s", (_, system) => {
  test("every receive is mated to a send of its message to its process", () => {
    const trace = troubled(system, 5);
    const book = bookOf(trace);
    const events = [...trace];
    let receives = 0;
    for (const [at, event] of events.entries()) {
      if (event.kind !== "receive") continue;
      const sent = events[book.mate[at]!]!;
      expect(sent.kind === "send" || sent.kind === "copy").toBe(true);
      expect(sent.message).toEqual(event.message);
      expect(sent.peer).toBe(event.process);
      expect(events[book.origin[book.mate[at]!]!]!.kind).toBe("send");
      receives++;
    }
    expect(receives).toBeGreaterThan(10);
  });

  test("a cut book goes on as if the rest had never been", () => {
    const trace = troubled(system, 6);
    const whole = bookOf(trace);
    const book = bookOf(trace);
    const cut = Math.floor(book.count / 2);
    book.cut(cut);
    expect(book.count).toBe(cut);
    const rest = trace.batches.flatMap((batch) => {
      const from = Math.max(0, cut - batch.first);
      return Array.from({ length: Math.max(0, batch.count - from) }, (_, index) => {
        const { sequence: _own, timeMicros, message, ...event } = batch.event(from + index);
        return {
          ...event,
          time: timeMicros,
          number: message?.number,
          sender: message?.incarnation,
        };
      });
    });
    book.add(batchOf(rest as Row[], cut));
    expect(book.mate.subarray(0, book.count)).toEqual(whole.mate.subarray(0, whole.count));
    expect(book.origin.subarray(0, book.count)).toEqual(whole.origin.subarray(0, whole.count));
    const spans = ({ spans: { all } }: RowBook) =>
      all.map(({ kind, process: of, from, to }) => [kind, of, from, to]);
    expect(spans(book)).toEqual(spans(whole));
  });
});

test("rowAt finds the first row at or after an instant", () => {
  const times = [0, 5, 5, 5, 9];
  const book = bookOfRows(times.map((time) => ({ kind: "internal", process: 0, time })));
  for (let time = -1; time <= 10; time++) {
    const found = times.findIndex((each) => each >= time);
    expect(book.rowAt(time)).toBe(found < 0 ? times.length : found);
  }
});

test("rows that were missed start the book anew", () => {
  const book = bookOfRows([{ kind: "internal", process: 0 }]);
  book.add(batchOf([{ kind: "crash", process: 1, detail: "here" }], 100));
  expect([book.first, book.count, book.kind[0]]).toEqual([100, 1, KIND.crash]);
  expect(book.detail(0)).toBe("here");
});

test("what lasts is known by its ends, and holds again when those are cut off", () => {
  const rows: Row[] = [
    { kind: "start", process: 0, time: 0 },
    { kind: "fault", process: 0, time: 1, detail: { begin: "partition a|b 1s..5s" } },
    { kind: "crash", process: 0, time: 2 },
    { kind: "fault", process: 1, time: 3, detail: { begin: "loss a>b 3s..4s 0.5" } },
    { kind: "recover", process: 0, time: 4 },
    { kind: "fault", process: 0, time: 5, detail: { end: "partition a|b 1s..5s" } },
    { kind: "fault", process: 0, time: 6, detail: "wiped" },
  ];
  const book = bookOfRows(rows);
  const seen = () => book.spans.all.map(({ kind, track, from, to }) => [kind, track, from, to]);
  const still = Number.POSITIVE_INFINITY;
  expect(seen()).toEqual([
    ["fault", 0, 1, 5],
    ["down", 0, 2, 4],
    ["fault", 1, 3, still],
  ]);
  expect(book.spans.tracks).toBe(2);
  book.cut(3);
  expect(seen()).toEqual([
    ["fault", 0, 1, still],
    ["down", 0, 2, still],
  ]);
});
