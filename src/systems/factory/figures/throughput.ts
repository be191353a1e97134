// What left the plant over time, against what the flow in force was planned to give.
import type { Figure, Point } from "../../../core/figure.ts";
import type { Epoch } from "../flows.ts";
import { units } from "../quantity.ts";
import { isLater } from "../stage/requests.ts";
import type { Downtimes } from "./downtimes.ts";
import type { Heard } from "./heard.ts";
import { atMost, Pieces } from "./pieces.ts";

/** The mean is taken over so many lots, if that is no smaller and no greater share of the run than these. */
const LOTS = 12;
const WINDOW = { min: 1 / 60, max: 1 / 6 };

export class Throughput {
  readonly #end: number;
  readonly #downtimes: Downtimes;
  readonly #pieces: Pieces;
  /** Units shipped in each piece. */
  readonly #shipped: Float64Array;
  /** Planned units an hour, of the last plan in each piece. */
  readonly #planned: Float64Array;
  #lots = 0;
  #epoch: Epoch = [0, 0];

  constructor(end: number, downtimes: Downtimes) {
    this.#end = end;
    this.#downtimes = downtimes;
    this.#pieces = new Pieces(end);
    this.#shipped = new Float64Array(this.#pieces.count);
    this.#planned = new Float64Array(this.#pieces.count).fill(Number.NaN);
  }

  hear(heard: Heard): void {
    if (heard.kind !== "note") return;
    const { name, fields, at } = heard;
    const piece = this.#pieces.at(at);
    if (name === "ships") {
      this.#shipped[piece]! += units(fields.amount as number);
      this.#lots++;
    } else if (name === "plans") {
      const epoch: Epoch = [fields.term as number, fields.sequence as number];
      // Who led before may still plan, and nobody listens.
      if (!isLater(epoch, this.#epoch)) return;
      this.#epoch = epoch;
      this.#planned[piece] = fields.perHour as number;
    }
  }

  /** None, if it would show nothing. */
  figure(): Figure | undefined {
    const planned = this.#steps();
    if (this.#lots === 0 && planned.length === 0) return undefined;
    const window = this.#window();
    return {
      name: "throughput",
      title: "What leaves the plant",
      subtitle: `mean over the ${window / 1e6} s before${planned.length > 0 ? ", against the plan in force" : ""}`,
      shows: {
        kind: "against",
        end: this.#end / 1e6,
        unit: "final units a minute",
        measured: { name: "measured", points: this.#means(window) },
        meant: planned.length > 0 ? { name: "planned", points: planned } : null,
        tracks: this.#downtimes.tracks(this.#end),
      },
    };
  }

  #window(): number {
    const wanted = (LOTS / Math.max(1, this.#lots)) * this.#end;
    const { min, max } = WINDOW;
    return atMost(Math.min(max * this.#end, Math.max(min * this.#end, wanted)));
  }

  /** Units a minute in the window before each instant. */
  #means(window: number): readonly Point[] {
    const { span } = this.#pieces;
    const pieces = Math.round(window / span);
    const points: Point[] = [[0, 0]];
    let sum = 0;
    this.#shipped.forEach((shipped, index) => {
      sum += shipped - (this.#shipped[index - pieces] ?? 0);
      const until = (index + 1) * span;
      if (until <= this.#end) points.push([until / 1e6, sum / (window / 60e6)]);
    });
    return points;
  }

  #steps(): readonly Point[] {
    const steps: Point[] = [];
    this.#planned.forEach((perHour, index) => {
      if (!Number.isNaN(perHour)) steps.push([(index * this.#pieces.span) / 1e6, perHour / 60]);
    });
    const last = steps.at(-1);
    return last === undefined ? [] : [...steps, [this.#end / 1e6, last[1]]];
  }
}
