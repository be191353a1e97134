// Histories of operations as Jepsen writes them, for its checkers and others that read their form: what clients
// called and were answered, by the notes `invoke`, `return` and `fail`, and the faults meanwhile.
import type { TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";
import { canonical, type Json } from "../core/json.ts";
import { EVENT_KINDS, type FaultDetail, KIND, type NoteDetail } from "../core/trace-event.ts";
import type { TraceHeader } from "../trace/file.ts";
import { ednText } from "./edn.ts";
import { type Choice, type Exported, type Format, isChosen } from "./format.ts";
import type { HistoryMoment } from "./jepsen-history.ts";

/** One moment of a history of ours; fields whose values are words are keywords in EDN. */
type Moment = HistoryMoment & {
  readonly process: number | "nemesis";
  readonly error?: "crashed" | "unanswered";
};
const WORDS: ReadonlySet<string> = new Set(["type", "f", "error"]);

/** How moments are written down. */
type Notation = {
  readonly head: string;
  readonly between: string;
  readonly tail: string;
  readonly line: (moment: Moment & { readonly index: number }) => string;
};

const EDN: Notation = {
  head: "",
  between: "\n",
  tail: "\n",
  line(moment) {
    const fields = Object.entries(moment).map(([name, value]) => {
      const isWord = typeof value === "string" && (WORDS.has(name) || name === "process");
      return `:${name} ${isWord ? `:${value}` : ednText(value)}`;
    });
    return `{${fields.join(", ")}}`;
  },
};
const JSON_ARRAY: Notation = { head: "[\n", between: ",\n", tail: "\n]\n", line: JSON.stringify };

/** One map a line. */
export const jepsen: Format = {
  says: "the history of operations as Jepsen's EDN; for Elle, Knossos and Jepsen's other checkers",
  extension: "edn",
  begin: (header, choice, write) => new Historian(header, choice, EDN, write),
};

/** The same as an array of objects. */
export const jepsenJson: Format = {
  says: "the history of operations as JSON; for elle-cli",
  extension: "json",
  begin: (header, choice, write) => new Historian(header, choice, JSON_ARRAY, write),
};

type Open = {
  readonly client: number;
  readonly call: string;
  readonly given: Json;
  readonly key: Json;
};

class Historian implements Observer<Exported> {
  readonly #header: TraceHeader;
  readonly #choice: Choice;
  readonly #notation: Notation;
  readonly #write: (text: string) => void;
  /** By process: operations that are not answered, by incarnation and id. */
  readonly #open: Map<string, Open>[];
  /** By process: clients that wait for nothing, and how many it has had. Each does one thing at a time. */
  readonly #idle: number[][];
  readonly #clients: number[];
  #index = 0;
  #events = 0;
  /** What is to be written, a batch at once. */
  #text: string;

  constructor(
    header: TraceHeader,
    choice: Choice,
    notation: Notation,
    write: (text: string) => void,
  ) {
    this.#header = header;
    this.#choice = choice;
    this.#notation = notation;
    this.#write = write;
    this.#open = header.names.map(() => new Map());
    this.#idle = header.names.map(() => []);
    this.#clients = header.names.map(() => 0);
    this.#text = notation.head;
  }

  see(batch: TraceBatch): void {
    batch.each((row, detail) => {
      const [time, process] = [batch.time(row), batch.process(row)];
      if (!isChosen(this.#choice, batch, row)) return;
      const kind = batch.kind(row);
      if (kind === KIND.internal && detail !== undefined) {
        this.#note(process, batch.incarnation(row), detail as NoteDetail, time);
      } else if (kind === KIND.fault) this.#fault(detail, process, time);
      else if (NEMESIS[kind] !== undefined) {
        if (kind === KIND.crash) this.#giveUp(process, "crashed", time);
        this.#nemesis(NEMESIS[kind], [this.#header.names[process]!], time);
      }
    });
    this.#write(this.#text);
    this.#text = "";
  }

  end(): Exported {
    const { duration } = this.#header.run;
    const until = Math.min(duration, this.#choice.to);
    for (const process of this.#open.keys()) this.#giveUp(process, "unanswered", until);
    this.#write(this.#text + this.#notation.tail);
    const notes =
      this.#clients.every((count) => count === 0) &&
      "it has no operations: no process noted invoke and return in what was chosen";
    return { events: this.#events, notes: notes === false ? [] : [notes] };
  }

  #note(process: number, incarnation: number, { name, fields }: NoteDetail, time: number): void {
    const id = `${incarnation} ${canonical(fields.id ?? null)}`;
    if (name === "invoke") {
      const client = this.#idle[process]!.pop() ?? this.#newClient(process);
      const { call, value = null, key = null } = fields;
      const open = { client, call: String(call), given: value, key };
      this.#open[process]!.set(id, open);
      this.#say("invoke", open, value, time);
    } else if (name === "return" || name === "fail") {
      const open = this.#open[process]!.get(id);
      // Of what was called before the part that was chosen.
      if (open === undefined) return;
      this.#open[process]!.delete(id);
      this.#idle[process]!.push(open.client);
      this.#answer(open, name === "fail" ? undefined : (fields.result ?? null), time);
    } else return;
    this.#events++;
  }

  /** `result` undefined: it failed. */
  #answer(open: Open, result: Json | undefined, time: number): void {
    const { call, given } = open;
    if (result === undefined) this.#say("fail", open, given, time);
    else if (call === "cas" && result === true) this.#say("ok", open, given, time);
    // It is known to have done nothing, which is what Jepsen calls to fail.
    else if (call === "cas" && result === false) this.#say("fail", open, given, time, { result });
    else if (given === null) this.#say("ok", open, result, time);
    else this.#say("ok", open, given, time, result === null ? {} : { result });
  }

  /** Nobody knows what became of what a process had called. Its clients say no more: new ones come instead. */
  #giveUp(process: number, error: "crashed" | "unanswered", time: number): void {
    for (const open of this.#open[process]!.values()) {
      this.#say("info", open, open.given, time, { error });
    }
    this.#open[process]!.clear();
  }

  /** Clients of one process are the same modulo the number of processes, as Jepsen's of one thread are. */
  #newClient(process: number): number {
    return process + this.#header.names.length * this.#clients[process]!++;
  }

  #fault(detail: Json | undefined, process: number, time: number): void {
    if (typeof detail === "string") {
      this.#nemesis(detail, [this.#header.names[process]!], time);
      return;
    }
    const { begin, end } = (detail ?? {}) as FaultDetail;
    const says = begin ?? end;
    if (says === undefined) return;
    const [kind] = says.split(" ");
    this.#nemesis(`${begin === undefined ? "stop" : "start"}-${kind}`, says, time);
  }

  /** Whoever does such things begins and ends them at once; checkers pair the two. */
  #nemesis(f: string, value: Json, time: number): void {
    for (let twice = 0; twice < 2; twice++) {
      this.#put({ type: "info", process: "nemesis", f, value, time: time * 1_000 });
    }
    this.#events++;
  }

  #say(
    type: Moment["type"],
    { client, call, key }: Open,
    value: Json,
    time: number,
    more: Pick<Moment, "result" | "error"> = {},
  ): void {
    const whole = key === null ? value : [key, value];
    this.#put({ type, process: client, f: call, value: whole, time: time * 1_000, ...more });
  }

  #put({ type, process, f, value, time, ...more }: Moment): void {
    const { between, line } = this.#notation;
    const moment = { index: this.#index, type, process, f: keyword(f), value, time, ...more };
    this.#text += `${this.#index++ === 0 ? "" : between}${line(moment)}`;
  }
}

/** What a keyword can be: without spaces and whatever else would end it. */
const keyword = (word: string): string => word.replaceAll(/[^\w.*+!?<>=-]/g, "-");

/** Kinds of event that are somebody's doing to a process, by Jepsen's words for it. */
const NEMESIS: readonly (string | undefined)[] = EVENT_KINDS.map(
  ({ name }) =>
    ({ crash: "kill", recover: "start", pause: "pause", resume: "resume" })[name as string],
);
