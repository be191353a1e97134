// Who sent to whom just now, for pictures of few machines.
import type { TraceBatch } from "../../../core/batch.ts";
import { KIND } from "../../../core/trace-event.ts";

/** How long a message is seen, ms: it fades to 1/e. */
const FADE = 220;
/** What glows less is not seen. */
const DARK = 0.02;
/** Of more processes no messages are shown. */
export const FEW = 12;

export class Traffic {
  readonly processes: number;
  /** How brightly the messages from one to another glow, 0 … 1: `from * processes + to`. */
  readonly sent: Float32Array;
  readonly lost: Float32Array;
  #wall = 0;

  constructor(processes: number) {
    const pairs = processes <= FEW ? processes * processes : 0;
    this.processes = processes;
    this.sent = new Float32Array(pairs);
    this.lost = new Float32Array(pairs);
  }

  take(batch: TraceBatch): void {
    if (this.sent.length === 0) return;
    for (let row = 0; row < batch.count; row++) {
      const kind = batch.kind(row);
      if (kind === KIND.send || kind === KIND.copy) this.#glow(this.sent, batch, row);
      else if (kind === KIND.drop) this.#glow(this.lost, batch, row);
    }
  }

  /** Lets the glow fade up to an instant of the page, ms. Returns whether there is any left. */
  fade(wall: number): boolean {
    const factor = Math.exp(-Math.max(0, wall - this.#wall) / FADE);
    this.#wall = wall;
    let glows = false;
    for (const heat of [this.sent, this.lost]) {
      for (let pair = 0; pair < heat.length; pair++) {
        const left = heat[pair]! * factor;
        heat[pair] = left < DARK ? 0 : left;
        glows ||= left >= DARK;
      }
    }
    return glows;
  }

  #glow(heat: Float32Array, batch: TraceBatch, row: number): void {
    heat[batch.sender(row) * this.processes + batch.receiver(row)] = 1;
  }
}
