// A Mermaid sequence diagram for issues and pull requests: of few events, as arrows there are horizontal and messages
// that cross cannot be drawn so. Each end of an arrow has its Lamport clock in the label instead.
import type { TraceBatch } from "../core/batch.ts";
import type { Json } from "../core/json.ts";
import { EVENT_KINDS, KIND } from "../core/trace-event.ts";
import { Flight } from "../trace/flight.ts";
import { type Format, isChosen, narrower } from "./format.ts";
import { calledOf } from "./words.ts";

const LINES_MAX = 50;
/** Characters of a label. */
const LABEL_MAX = 60;

type Sent = {
  readonly from: number;
  readonly to: number;
  readonly lamport: number;
  readonly called: string;
  readonly chosen: boolean;
};

export const mermaid: Format = {
  says: "a sequence diagram of up to 50 events; GitHub and GitLab draw it in a ```mermaid block",
  extension: "mmd",
  begin({ names }, choice, write) {
    const diagram = new Diagram(names);
    return {
      see(batch) {
        batch.each((row, detail) => diagram.see(batch, row, detail, isChosen(choice, batch, row)));
      },
      end() {
        write(diagram.text());
        const notes = diagram.full ? [`mermaid ${narrower(LINES_MAX)}`] : [];
        return { events: diagram.events, notes };
      },
    };
  },
};

class Diagram {
  /** Something more was to be drawn. */
  full = false;
  events = 0;
  readonly #names: readonly string[];
  readonly #lines: string[] = [];
  readonly #drawn = new Set<number>();
  readonly #flight = new Flight<Sent>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  see(batch: TraceBatch, row: number, detail: Json | undefined, chosen: boolean): void {
    if (this.full) return;
    const kind = batch.kind(row);
    const process = batch.process(row);
    const lamport = batch.lamport(row);
    if (kind === KIND.send || kind === KIND.copy) {
      const send = this.#flight.sendOf(batch, row) ?? { lamport, called: calledOf(kind, detail) };
      this.#flight.leave(batch, row, { ...send, from: process, to: batch.peer(row), chosen });
      return;
    }
    if (kind === KIND.receive || kind === KIND.drop) {
      const sent = this.#flight.land(batch, row);
      if (chosen) this.#message(batch, row, detail, sent);
      return;
    }
    if (!chosen || !NOTED.has(kind)) return;
    const called = calledOf(kind, detail);
    // Steps that say nothing of themselves would fill the picture.
    if (kind === KIND.internal && called === "") return;
    const words = kind === KIND.internal ? called : `${EVENT_KINDS[kind]!.name} ${called}`.trim();
    const clock = kind === KIND.internal || kind === KIND.timeout ? ` (L ${lamport})` : "";
    const over =
      kind === KIND.fault
        ? `${idOf(0)},${idOf(this.#names.length - 1)}`
        : idOf(this.#appear(process));
    if (kind === KIND.fault) this.#appear(0, this.#names.length - 1);
    this.#add(`Note over ${over}: ${escaped(words)}${clock}`);
  }

  text(): string {
    const waiting = [...this.#flight.pending()].filter(({ chosen }) => chosen && !this.full);
    for (const { from, to, called, lamport } of waiting) {
      const words = `to ${this.#names[to]}, on its way: ${called}`;
      this.#add(`Note over ${idOf(this.#appear(from))}: ${escaped(words)} (L ${lamport})`);
    }
    const people = [...this.#drawn].sort((a, b) => a - b);
    const lines = [
      "sequenceDiagram",
      ...people.map((who) => `  participant ${idOf(who)} as ${escaped(this.#names[who]!)}`),
      ...this.#lines.map((line) => `  ${line}`),
    ];
    if (this.#lines.length === 0) lines.push("  participant none as no events were chosen");
    return `${lines.join("\n")}\n`;
  }

  #message(batch: TraceBatch, row: number, detail: Json | undefined, sent: Sent | undefined): void {
    const [from, to] = [batch.peer(row), batch.process(row)];
    const isLost = batch.kind(row) === KIND.drop;
    const called = sent?.called ?? "";
    const stamp = sent === undefined ? "?" : String(sent.lamport);
    const clocks = isLost ? `(L ${stamp})` : `(L ${stamp} → ${batch.lamport(row)})`;
    const words = isLost ? `${called} ${calledOf(KIND.drop, detail)}` : called;
    this.#appear(from, to);
    const arrow = isLost ? "-x" : "-)";
    this.#add(`${idOf(from)}${arrow}${idOf(to)}: ${`${escaped(words)} ${clocks}`.trim()}`);
  }

  #add(line: string): void {
    if (this.#lines.length === LINES_MAX) {
      this.full = true;
      return;
    }
    this.#lines.push(line);
    this.events++;
  }

  #appear(...processes: readonly number[]): number {
    for (const process of processes) this.#drawn.add(process);
    return processes[0]!;
  }
}

const NOTED = new Set([KIND.internal, KIND.timeout, KIND.crash, KIND.recover]);
for (const kind of [KIND.pause, KIND.resume, KIND.fault]) NOTED.add(kind);

const idOf = (process: number): string => `p${process}`;

/** `#`, `;` and words such as `end` mean something there: all but plain letters is written by its number. */
const escaped = (text: string): string =>
  [...text.slice(0, LABEL_MAX).trim()]
    .map((letter) => (/[\w ,.()-]/.test(letter) ? letter : `#${letter.codePointAt(0)};`))
    .join("")
    .replaceAll(/\bend\b/gi, (word) => `#${word.charCodeAt(0)};${word.slice(1)}`);
