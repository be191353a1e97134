// A trace in Chrome's JSON: each process a track with its steps as slices, messages as arrows between them.
import type { TraceBatch } from "../core/batch.ts";
import type { Json } from "../core/json.ts";
import { EVENT_KINDS, KIND, OWN } from "../core/trace-event.ts";
import { Flight } from "../trace/flight.ts";
import { type Format, isChosen } from "./format.ts";
import { calledOf, Pieces, phraseOf, STEPS } from "./words.ts";

const CATEGORY = "causal";
/** What is at the same instant as a slice must not be taken for the end of its arrow. */
const BESIDE = "beside";
/** Steps take no model time: they are drawn until the process's next event, but no longer than this, µs. */
const STEP_MAX = 1_000;
/** Arrows begin at the end of a send's slice (Perfetto), and a message takes at least so long, µs. */
const SEND_MAX = 1;
/** Nanoseconds in a microsecond: so many events of a process in one are told apart. */
const APART = 999;

const INSTANTS = new Set([KIND.store, KIND.drop, KIND.crash, KIND.recover, KIND.pause]);
for (const kind of [KIND.resume, KIND.rate, KIND.fault, KIND.skip]) INSTANTS.add(kind);

/** A slice whose end is not known yet. */
type Open = { readonly at: number; readonly tick: number; readonly kind: number; text: string };

/** One process's track. */
class Track {
  /** The last event's microsecond, and how many came in it. */
  at = -1;
  tick = 0;
  open: Open | undefined;
  lamport = -1;
  inbox = -1;

  /** When the next event of this microsecond is. */
  advance(time: number): void {
    this.tick = time === this.at ? Math.min(this.tick + 1, APART) : 0;
    this.at = time;
  }
}

const instantText = (micros: number, tick: number): string =>
  tick === 0 ? String(micros) : `${micros}.${String(tick).padStart(3, "0")}`;

export const chrome: Format = {
  says: "slices, arrows, faults and counters; Perfetto (ui.perfetto.dev) and Chrome's DevTools open it",
  extension: "json",
  begin({ names, run }, choice, write) {
    const writer = new ChromeWriter(names, write);
    const about = { system: run.system, seed: run.seed };
    writer.begin(about);
    return {
      see(batch) {
        batch.each((row, detail) => {
          if (isChosen(choice, batch, row)) writer.see(batch, row, detail);
        });
      },
      end: () => ({ events: writer.end(), notes: [] }),
    };
  },
};

class ChromeWriter {
  readonly #names: readonly string[];
  readonly #out: Pieces;
  readonly #tracks: Track[];
  /** The number of the send or copy that each message left by. */
  readonly #flight = new Flight<number>();
  #events = 0;
  #first = true;

  constructor(names: readonly string[], write: (text: string) => void) {
    this.#names = names;
    this.#out = new Pieces(write);
    this.#tracks = names.map(() => new Track());
  }

  begin(about: Json): void {
    this.#out.add(`{"displayTimeUnit":"ms","otherData":${JSON.stringify(about)},"traceEvents":[`);
    this.#names.forEach((name, process) => {
      const who = placeOf(process);
      this.#add(`"ph":"M","name":"process_name",${who},"args":${JSON.stringify({ name })}`);
      this.#add(`"ph":"M","name":"process_sort_index",${who},"args":{"sort_index":${process}}`);
      this.#add(`"ph":"M","name":"thread_name",${who},"args":{"name":"events"}`);
    });
  }

  see(batch: TraceBatch, row: number, detail: Json | undefined): void {
    const kind = batch.kind(row);
    if (OWN[kind] === true || kind === KIND.copy) this.#slice(batch, row, detail);
    else if (INSTANTS.has(kind)) this.#instant(batch, row, detail);
    if (kind === KIND.drop) this.#flight.land(batch, row);
    if (kind !== KIND.drop && kind !== KIND.fault) this.#count(batch, row);
  }

  /** How many events were written. */
  end(): number {
    this.#tracks.forEach((track, process) => {
      this.#close(process, track, Number.POSITIVE_INFINITY, 0);
    });
    this.#out.add("\n]}\n");
    this.#out.flush();
    return this.#events;
  }

  #slice(batch: TraceBatch, row: number, detail: Json | undefined): void {
    const process = batch.process(row);
    const kind = batch.kind(row);
    const track = this.#tracks[process]!;
    track.advance(batch.time(row));
    const { at, tick, open } = track;
    const name = `${EVENT_KINDS[kind]!.name} ${calledOf(kind, detail)}`.trim();
    const args = argumentsOf(batch, row, detail);
    const text = `"name":${JSON.stringify(name)},"cat":"${CATEGORY}","args":${JSON.stringify(args)}`;
    this.#events++;
    // What else there is in the microsecond in which a step began belongs to it.
    if (open?.at === at && !STEPS.has(kind) && tick < APART) {
      const ts = instantText(at, tick);
      this.#add(`"ph":"X",${placeOf(process)},"ts":${ts},"dur":0.001,${text}`);
    } else {
      this.#close(process, track, at, tick);
      track.open = { at, tick, kind, text };
    }
    this.#flow(batch, row, instantText(at, tick));
  }

  /** An arrow's end binds to the slice that has exactly its time, place and category. */
  #flow(batch: TraceBatch, row: number, ts: string): void {
    const kind = batch.kind(row);
    const place = `${placeOf(batch.process(row))},"ts":${ts},"cat":"${CATEGORY}","name":"message"`;
    if (kind === KIND.send || kind === KIND.copy) {
      const id = batch.first + row;
      this.#flight.leave(batch, row, id);
      this.#add(`"ph":"s","id":"${id}",${place}`);
    }
    if (kind !== KIND.receive) return;
    const id = this.#flight.land(batch, row);
    if (id !== undefined) this.#add(`"ph":"f","bp":"e","id":"${id}",${place}`);
  }

  /** Ends the open slice where the next begins, at the latest. */
  #close(process: number, track: Track, at: number, tick: number): void {
    const { open } = track;
    if (open === undefined) return;
    track.open = undefined;
    const most = open.kind === KIND.send || open.kind === KIND.copy ? SEND_MAX : STEP_MAX;
    const nanos = Math.min(1_000 * (at - open.at) + tick - open.tick, 1_000 * most);
    const ts = instantText(open.at, open.tick);
    this.#add(`"ph":"X",${placeOf(process)},"ts":${ts},"dur":${nanos / 1_000},${open.text}`);
  }

  #instant(batch: TraceBatch, row: number, detail: Json | undefined): void {
    const kind = batch.kind(row);
    // Who is struck by a fault of the network stands in its words.
    const scope = kind === KIND.fault ? "g" : kind === KIND.drop || kind === KIND.store ? "t" : "p";
    const name = JSON.stringify(phraseOf(batch, row, detail, this.#names));
    const args = JSON.stringify(argumentsOf(batch, row, detail));
    const place = `${placeOf(batch.process(row))},"ts":${batch.time(row)},"cat":"${BESIDE}"`;
    this.#events++;
    this.#add(`"ph":"i","s":"${scope}",${place},"name":${name},"args":${args}`);
  }

  /** Counters are written where they change. */
  #count(batch: TraceBatch, row: number): void {
    const process = batch.process(row);
    const track = this.#tracks[process]!;
    const [lamport, inbox] = [batch.lamport(row), batch.inbox(row)];
    const place = `"ph":"C",${placeOf(process)},"ts":${batch.time(row)}`;
    if (inbox !== track.inbox) this.#add(`${place},"name":"inbox","args":{"waiting":${inbox}}`);
    if (lamport !== track.lamport) this.#add(`${place},"name":"L","args":{"L":${lamport}}`);
    track.lamport = lamport;
    track.inbox = inbox;
  }

  #add(fields: string): void {
    this.#out.add(`${this.#first ? "\n" : ",\n"}{${fields}}`);
    this.#first = false;
  }
}

/** Process 0 means something else to some readers. */
const placeOf = (process: number): string => `"pid":${process + 1},"tid":${process + 1}`;

const argumentsOf = (batch: TraceBatch, row: number, detail: Json | undefined) => ({
  event: batch.first + row,
  L: batch.lamport(row),
  incarnation: batch.incarnation(row),
  ...(detail === undefined ? {} : { detail }),
});
