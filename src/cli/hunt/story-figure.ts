// A story as lines, and its picture: a space-time diagram of its events alone. A story jumps over seconds and then
// dwells on microseconds, so its events stand at equal distances, with their times written below.
import { parseFault } from "../../core/fault-notation.ts";
import { spanText } from "../../core/micros.ts";
import type { TraceEvent } from "../../core/trace-event.ts";
import {
  type SpaceTimeArrow,
  type SpaceTimeBar,
  spaceTimeFigure,
} from "../../figures/space-time.ts";
import { type Facts, factsOf } from "../../hunt/facts.ts";
import type { Story } from "../../hunt/story.ts";
import { secondsText } from "../../hunt/words.ts";
import type { TraceHeader } from "../../trace/file.ts";
import type { Trace } from "../../trace/trace.ts";

/** Lanes of the picture; a story seldom has more people. */
const LANES_MAX = 8;
/** Characters of a bar's label. */
const LABEL_MAX = 60;

/** Draws the events of a story, the messages among them, and the faults that held meanwhile. */
export function storyFigure(trace: Trace, story: Story, { run, runtime }: TraceHeader): string {
  const drawing = new Drawing(trace, story);
  const span = spanText(run.duration, runtime);
  return spaceTimeFigure(
    {
      title: `How ${story.check} comes to fail`,
      subtitle: `${run.system}, seed ${run.seed}, ${span}; times are not to scale`,
    },
    drawing.spaceTime(),
  );
}

/** The story as it is printed: its events numbered as in the picture. */
export const storyLines = ({ lines }: Story): string[] =>
  lines.map(
    ({ timeMicros, text, decisive }, index) =>
      `${String(index + 1).padStart(3)}  ${secondsText(timeMicros).padStart(11)} ${decisive ? "◆" : " "} ${text}`,
  );

class Drawing {
  readonly #trace: Trace;
  readonly #events: readonly TraceEvent[];
  readonly #facts: Facts;
  /** Line of the story, from 1, by sequence number; with a mark at what decided it. */
  readonly #numbers: ReadonlyMap<number, string>;
  readonly #lanes: readonly number[];
  /** All moments that have a place, in their order. */
  readonly #moments: readonly TraceEvent[];

  constructor(trace: Trace, story: Story) {
    this.#trace = trace;
    this.#events = [...trace];
    this.#facts = factsOf(this.#events);
    this.#numbers = new Map(
      story.lines.map(({ sequence, decisive }, index) => [
        sequence,
        `${index + 1}${decisive ? "◆" : ""}`,
      ]),
    );
    const told = story.lines.map(({ sequence }) => this.#events[sequence]!);
    const sends = told.flatMap((event) => this.#sendOf(event) ?? []);
    const moments = new Map([...told, ...sends].map((event) => [event.sequence, event]));
    this.#moments = [...moments.values()].sort((a, b) => a.sequence - b.sequence);
    const people = new Set(this.#moments.filter(hasLane).map(({ process }) => process));
    this.#lanes = [...people].sort((a, b) => a - b).slice(0, LANES_MAX);
  }

  spaceTime() {
    const shown = this.#moments.filter((event) => hasLane(event) && this.#onLane(event));
    const last = Math.max(1, this.#moments.length - 1);
    return {
      from: -0.3,
      to: last + 0.5,
      processes: this.#lanes.map((process) => this.#trace.names[process]!),
      events: shown
        .filter(({ kind }) => kind !== "drop")
        .map((event) => ({
          seconds: this.#moments.indexOf(event),
          process: this.#trace.names[event.process]!,
          kind: event.kind === "store" || event.kind === "start" ? "internal" : event.kind,
          label: this.#numbers.get(event.sequence) ?? "",
        })),
      arrows: shown.flatMap((event) => this.#arrow(event) ?? []),
      bars: [...this.#down(), ...this.#faults()],
      ticks: this.#ticks(),
      labels: "line of the story, ◆ where it was decided",
    };
  }

  #onLane = ({ process }: TraceEvent): boolean => this.#lanes.includes(process);

  /** The send of a receive or drop. */
  #sendOf(event: TraceEvent): TraceEvent | undefined {
    return event.kind === "receive" || event.kind === "drop"
      ? this.#facts.sendOf(event)
      : undefined;
  }

  #arrow(event: TraceEvent): SpaceTimeArrow | undefined {
    const send = this.#sendOf(event);
    if (send === undefined || !this.#onLane(send)) return undefined;
    const ends = {
      from: this.#trace.names[send.process]!,
      to: this.#trace.names[event.process]!,
      sent: this.#moments.indexOf(send),
    };
    if (event.kind === "drop") return { ...ends, lost: true };
    return { ...ends, received: this.#moments.indexOf(event), lost: false };
  }

  /** Where an instant lies among the moments. */
  #place(timeMicros: number): number {
    const after = this.#moments.findIndex((event) => event.timeMicros > timeMicros);
    if (after < 0) return this.#moments.length - 0.5;
    return after === 0 ? -0.3 : after - 0.5;
  }

  /** From each crash or pause to its end. */
  #down(): SpaceTimeBar[] {
    const bars: SpaceTimeBar[] = [];
    const since = new Map<string, TraceEvent>();
    const close = (begun: TraceEvent, to: number): void => {
      const from = this.#numbers.has(begun.sequence)
        ? this.#moments.indexOf(begun)
        : this.#place(begun.timeMicros);
      const process = this.#trace.names[begun.process]!;
      if (to > from) bars.push({ from, to, process, label: ENDS[begun.kind]! });
    };
    const end = this.#moments.length - 0.5;
    for (const event of this.#events) {
      if (!this.#onLane(event)) continue;
      if (event.kind in ENDS) since.set(`${event.kind} ${event.process}`, event);
      const began = event.kind === "recover" ? "crash" : event.kind === "resume" ? "pause" : "";
      const begun = since.get(`${began} ${event.process}`);
      if (begun === undefined) continue;
      since.delete(`${began} ${event.process}`);
      const at = this.#moments.indexOf(event);
      close(begun, at >= 0 ? at : this.#place(event.timeMicros));
    }
    for (const begun of since.values()) close(begun, end);
    return bars;
  }

  /** Faults that are traced by their words: of links, clocks, stores, rates. */
  #faults(): SpaceTimeBar[] {
    const bars: SpaceTimeBar[] = [];
    const since = new Map<string, number>();
    const end = this.#moments.length - 0.5;
    for (const event of this.#events) {
      const { kind, detail, timeMicros } = event;
      if (kind !== "fault" || typeof detail !== "object" || detail === null) continue;
      const said = detail as { readonly begin?: string; readonly end?: string };
      const own = this.#moments.indexOf(event);
      if (said.begin !== undefined) since.set(said.begin, own >= 0 ? own : this.#place(timeMicros));
      const from = since.get(said.end ?? "");
      if (said.end === undefined || from === undefined) continue;
      since.delete(said.end);
      const to = this.#place(timeMicros);
      // What is over within a moment shows as the message it struck.
      if (isMoment(said.end)) continue;
      const [least, most] = to > from ? [from, to] : [from - 0.25, to + 0.25];
      bars.push({ from: least, to: most, label: said.end.slice(0, LABEL_MAX) });
    }
    for (const [label, from] of since)
      bars.push({ from, to: end, label: label.slice(0, LABEL_MAX) });
    return bars;
  }

  /** The time of each moment, unless that of the one before stands too near. */
  #ticks() {
    let last = "";
    return this.#moments.map(({ timeMicros }, at) => {
      const label = `${(timeMicros / 1e6).toFixed(3)} s`;
      const shown = label === last ? "" : label;
      last = label;
      return { at, label: shown };
    });
  }
}

/** Is this a fault of a single message? */
const isMoment = (text: string): boolean => {
  const { at, until } = parseFault(text);
  return until !== undefined && until - at === 1;
};

/** What holds a process, in words. */
const ENDS: { readonly [kind: string]: string } = { crash: "down", pause: "paused" };

/** Faults of links have no lane. */
const hasLane = ({ kind }: TraceEvent): boolean => kind !== "fault";
