// A ShiViz log (Beschastnikh et al. 2016) that TSViz reads too: two lines an event, with its vector clock.
import { KIND, OWN } from "../core/trace-event.ts";
import { type Format, isChosen, narrower } from "./format.ts";
import { VectorClocks } from "./vector-clocks.ts";
import { nanosText, Pieces, phraseOf } from "./words.ts";

/** ShiViz rewrites this pattern before it is used: literal parentheses would break it. */
const PARSER = String.raw`(?<timestamp>\d+) (?<event>.*)\n(?<host>\S*) (?<clock>{.*})`;
/** More in one execution make the page too slow to use. */
const EVENTS_MAX = 10_000;

export const shiviz: Format = {
  says: "vector clocks, a restarted process being a new host; ShiViz and TSViz open it",
  extension: "log",
  begin(header, choice, write) {
    const { names } = header;
    const out = new Pieces(write);
    const clocks = new VectorClocks(header);
    const hosts = new HostNames(names);
    let events = 0;
    let more = false;
    out.add(`${PARSER}\n\n`);
    return {
      see(batch) {
        if (more) return;
        batch.each((row, detail) => {
          const kind = batch.kind(row);
          // A crash is the last that is seen of an incarnation.
          const isEvent = OWN[kind] === true || kind === KIND.crash;
          const wanted = isEvent && isChosen(choice, batch, row);
          more ||= wanted && events === EVENTS_MAX;
          const counted = wanted && !more;
          clocks.see(batch, row, detail, counted);
          if (!counted) return;
          events++;
          const process = batch.process(row);
          const said = oneLine(phraseOf(batch, row, detail, names));
          const host = hosts.of(clocks, clocks.hostOf(process));
          const entries: string[] = [];
          clocks.clockOf(process).forEach((value, each) => {
            if (value > 0) entries.push(`${JSON.stringify(hosts.of(clocks, each))}: ${value}`);
          });
          out.add(`${nanosText(batch.time(row))} ${said}, L ${batch.lamport(row)}\n`);
          out.add(`${host} {${entries.join(", ")}}\n`);
        });
      },
      end() {
        out.flush();
        const orphans = `${clocks.orphans} receives have no send in the trace: what came before is not known`;
        return {
          events,
          notes: [
            ...(more ? [`shiviz ${narrower(EVENTS_MAX)}`] : []),
            ...(clocks.orphans > 0 ? [orphans] : []),
          ],
        };
      },
    };
  },
};

/** What ends a line for `.` in a pattern. */
const oneLine = (text: string): string => text.replaceAll(/[\n\r\u2028\u2029]/g, " ");

/** Names without white space, each once: `weld-1`, and `weld-1#2` when it has started again. */
class HostNames {
  readonly #names: readonly string[];
  readonly #given: string[] = [];
  readonly #taken = new Set<string>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  of({ hosts }: VectorClocks, host: number): string {
    while (this.#given.length <= host) {
      const { process, incarnation } = hosts[this.#given.length]!;
      let name = this.#names[process]!.replaceAll(/\s/g, "_") || "_";
      if (incarnation > 1) name += `#${incarnation}`;
      while (this.#taken.has(name)) name += "_";
      this.#taken.add(name);
      this.#given.push(name);
    }
    return this.#given[host]!;
  }
}
