// Who was down when, and who led: the tracks below figures over time.
import type { LabelledSpan, Tone, Track } from "../../../core/figure.ts";
import type { Fields } from "../measured/material.ts";
import type { Plant } from "../plant.ts";
import type { Heard } from "./heard.ts";

/** Spans kept of each track; later ones are counted alone. */
const SPANS_MAX = 1_000;

const GROUPS = ["stages", "crews", "leaders", "keeper"] as const;
type Group = (typeof GROUPS)[number];

class Spans {
  readonly kept: LabelledSpan[] = [];
  readonly #open = new Map<number, { readonly from: number; readonly label: string }>();
  left = 0;

  open(process: number, from: number, label: string): void {
    this.close(process, from);
    this.#open.set(process, { from, label });
  }

  close(process: number, to: number): void {
    const span = this.#open.get(process);
    if (span === undefined) return;
    this.#open.delete(process);
    if (this.kept.length === SPANS_MAX) this.left++;
    else this.kept.push({ from: span.from / 1e6, to: to / 1e6, label: span.label });
  }

  closeAll(to: number): void {
    for (const process of [...this.#open.keys()]) this.close(process, to);
  }
}

export class Downtimes {
  readonly #names: readonly string[];
  readonly #groups: readonly Group[];
  readonly #down = new Map(GROUPS.map((group) => [group, new Spans()]));
  readonly #leading = new Spans();
  readonly #broken = new Spans();

  constructor(plant: Plant, names: readonly string[]) {
    const { stages, crews, leadership } = plant;
    this.#names = names;
    this.#groups = names.map((_, id) => {
      if (id < stages.length) return "stages";
      if (id < stages.length + crews.length) return "crews";
      return id === leadership?.keeper ? "keeper" : "leaders";
    });
  }

  hear(heard: Heard): void {
    const { process, at } = heard;
    switch (heard.kind) {
      case "start":
        this.#downOf(process).close(process, at);
        break;
      case "crash":
        this.#downOf(process).open(process, at, this.#names[process]!);
        this.#leading.close(process, at);
        break;
      case "note":
        this.#note(heard.name, process, heard.fields, at);
        break;
      default:
    }
  }

  /** Tracks of what there was, from who leads to the keeper. `end`: µs. */
  tracks(end: number): readonly Track[] {
    const track = (name: string, tone: Tone, spans: Spans): readonly Track[] => {
      spans.closeAll(end);
      const { kept, left } = spans;
      if (kept.length === 0) return [];
      return [{ name: left === 0 ? name : `${name} (+${left})`, tone, spans: kept }];
    };
    return [
      ...track("who leads", "hold", this.#leading),
      ...track("equipment down", "fault", this.#broken),
      ...GROUPS.flatMap((group) => track(`${group} crashed`, "absent", this.#down.get(group)!)),
    ];
  }

  #note(name: string, process: number, { term }: Fields, at: number): void {
    const who = this.#names[process]!;
    if (name === "leads") this.#leading.open(process, at, `${who}, term ${term}`);
    else if (name === "follows") this.#leading.close(process, at);
    else if (name === "breaks down") this.#broken.open(process, at, who);
    else if (name === "is mended") this.#broken.close(process, at);
  }

  #downOf(process: number): Spans {
    return this.#down.get(this.#groups[process]!)!;
  }
}
