// A piece of a run as a picture. It is no format of `formats/`: what draws is a room of its own.
import { type Window, WindowCollector } from "../../analysis/window.ts";
import { windowFigure } from "../../experiments/run-figures.ts";
import { type Exported, type Format, isChosen, narrower } from "../../formats/format.ts";

/** More can hardly be told apart. */
const EVENTS_MAX = 300;
const LANES_MAX = 16;

export const svg: Format = {
  says: "a space-time diagram of up to 300 events; browsers and papers show it",
  extension: "svg",
  begin(header, choice, write) {
    const all = header.names.map((_, process) => process);
    // One more than is drawn, to see whether there is more.
    const collector = new WindowCollector(all, choice.from, EVENTS_MAX + 1, (batch, row) =>
      isChosen(choice, batch, row),
    );
    return {
      see: (batch) => collector.see(batch),
      end(): Exported {
        const whole = collector.end();
        const full = whole.events.length > EVENTS_MAX;
        const events = whole.events.slice(0, EVENTS_MAX);
        const people = [...new Set(events.map(({ process }) => process))].sort((a, b) => a - b);
        const window = among(people.slice(0, LANES_MAX), { ...whole, events });
        write(windowFigure(header, window));
        const left = `only the first ${LANES_MAX} of ${people.length} processes are drawn; choose others by --only`;
        return {
          events: window.events.length,
          notes: [
            ...(full ? [`svg ${narrower(EVENTS_MAX)}`] : []),
            ...(people.length > LANES_MAX ? [left] : []),
          ],
        };
      },
    };
  },
};

/** What there is of a window at some processes and between them. */
function among(people: readonly number[], window: Window): Window {
  const has = (process: number): boolean => people.includes(process);
  const events = window.events.filter(({ process }) => has(process));
  const last = events.at(-1)?.timeMicros ?? window.toMicros;
  return {
    fromMicros: events[0]?.timeMicros ?? window.fromMicros,
    toMicros: last,
    processes: people,
    events,
    arrows: window.arrows.filter(
      ({ from, to, sentMicros, receivedMicros }) =>
        has(from) && has(to) && sentMicros <= last && (receivedMicros ?? 0) <= last,
    ),
  };
}
