// How much material was in the plant over time, and where.
import type { Figure } from "../../../core/figure.ts";
import { Material, PLACES, type Place } from "../measured/material.ts";
import { units } from "../quantity.ts";
import type { Downtimes } from "./downtimes.ts";
import type { Heard } from "./heard.ts";
import { Pieces } from "./pieces.ts";

/** From below, as they are called in the figure. */
const CALLED: { readonly [place in Place]: string } = {
  reserved: "in use",
  queue: "in queue",
  "under way": "under way",
  shelf: "on the shelf",
};
const LAYERS = Object.keys(CALLED) as Place[];

export class Stock {
  readonly #end: number;
  readonly #downtimes: Downtimes;
  readonly #pieces: Pieces;
  readonly #material = new Material();
  /** Unit-µs in each piece. */
  readonly #held: { readonly [place in Place]: Float64Array };
  #time = 0;

  constructor(end: number, downtimes: Downtimes) {
    this.#end = end;
    this.#downtimes = downtimes;
    this.#pieces = new Pieces(end);
    const none = (): Float64Array => new Float64Array(this.#pieces.count);
    this.#held = { shelf: none(), "under way": none(), queue: none(), reserved: none() };
  }

  hear(heard: Heard): void {
    const { process, at } = heard;
    if (heard.kind === "wiped") {
      this.#pass(at);
      this.#material.wiped(process, at);
    } else if (heard.kind === "note") {
      this.#pass(at);
      this.#material.hear(process, heard.name, heard.fields, at);
    }
  }

  /** None, if it would show nothing. */
  figure(): Figure | undefined {
    this.#pass(this.#end);
    if (LAYERS.every((place) => this.#held[place].every((held) => held === 0))) return undefined;
    const { span, count } = this.#pieces;
    const begins = Array.from({ length: count }, (_, index) => index * span);
    const level = (place: Place, index: number): number =>
      this.#held[place][index]! / Math.min(span, this.#end - index * span);
    return {
      name: "wip",
      title: "Work in progress",
      subtitle: "material in the plant, by where it is",
      shows: {
        kind: "levels",
        end: this.#end / 1e6,
        unit: "units of all items",
        // The last lasts until the end.
        seconds: [...begins, this.#end].map((at) => at / 1e6),
        layers: LAYERS.map((place) => {
          const values = begins.map((_, index) => level(place, index));
          return { name: CALLED[place], values: [...values, values.at(-1)!] };
        }),
        tracks: this.#downtimes.tracks(this.#end),
      },
    };
  }

  /** Material was where it was until now. */
  #pass(until: number): void {
    while (this.#time < until) {
      const piece = this.#pieces.at(this.#time);
      const last = piece === this.#pieces.count - 1;
      const next = last ? until : Math.min(until, (piece + 1) * this.#pieces.span);
      for (const place of PLACES) {
        this.#held[place][piece]! += units(this.#material.units[place]) * (next - this.#time);
      }
      this.#time = next;
    }
  }
}
