import type { TraceBatch } from "../core/batch.ts";
import type { Observer } from "../core/check.ts";
import { KIND, TICKS, type TraceEvent } from "../core/trace-event.ts";

/** An arrow of a space-time diagram. Without an end, the copy was lost or is still on its way. */
export type Arrow = {
  readonly from: number;
  readonly to: number;
  readonly sentMicros: number;
  readonly receivedMicros?: number;
  readonly lost: boolean;
};

/** A piece of a run in which each message can be seen. */
export type Window = {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly processes: readonly number[];
  readonly events: readonly TraceEvent[];
  readonly arrows: readonly Arrow[];
};

const POINTS_OF_PROCESSES = new Set([KIND.crash, KIND.recover, KIND.pause, KIND.resume]);

/** The first `most` events of some processes from instant `from` on (of those wanted), and the messages among them. */
export class WindowCollector implements Observer<Window> {
  readonly #processes: ReadonlySet<number>;
  readonly #from: number;
  readonly #most: number;
  readonly #events: TraceEvent[] = [];
  readonly #arrows = new Map<string, Arrow[]>();
  readonly #isWanted: (batch: TraceBatch, row: number) => boolean;
  #to: number;

  constructor(
    processes: readonly number[],
    from: number,
    most: number,
    isWanted: (batch: TraceBatch, row: number) => boolean = () => true,
  ) {
    this.#isWanted = isWanted;
    this.#processes = new Set(processes);
    this.#from = from;
    this.#most = most;
    this.#to = from;
  }

  see(batch: TraceBatch): void {
    if (this.#events.length >= this.#most) return;
    for (let row = 0; row < batch.count && this.#events.length < this.#most; row++) {
      const time = batch.time(row);
      if (time < this.#from || !this.#processes.has(batch.process(row))) continue;
      if (!this.#isWanted(batch, row)) continue;
      this.#to = time;
      const kind = batch.kind(row);
      if (TICKS[kind] === true || POINTS_OF_PROCESSES.has(kind)) {
        this.#events.push(batch.event(row));
      }
      if (this.#processes.has(batch.peer(row))) this.#arrow(batch, row);
    }
  }

  end(): Window {
    return {
      fromMicros: this.#from,
      toMicros: this.#to,
      processes: [...this.#processes],
      events: this.#events,
      arrows: [...this.#arrows.values()].flat(),
    };
  }

  #arrow(batch: TraceBatch, row: number): void {
    const kind = batch.kind(row);
    const to = batch.receiver(row);
    const sender = `${batch.sender(row)}/${batch.senderIncarnation(row)}`;
    const id = `${sender}/${batch.message(row)}/${to}`;
    const arrows = this.#arrows.get(id) ?? [];
    if (kind === KIND.send || kind === KIND.copy) {
      arrows.push({ from: batch.sender(row), to, sentMicros: batch.time(row), lost: false });
      this.#arrows.set(id, arrows);
      return;
    }
    if (kind !== KIND.receive && kind !== KIND.drop) return;
    const open = arrows.findIndex(
      ({ receivedMicros, lost }) => receivedMicros === undefined && !lost,
    );
    const arrow = arrows[open];
    if (arrow === undefined) return;
    arrows[open] =
      kind === KIND.drop ? { ...arrow, lost: true } : { ...arrow, receivedMicros: batch.time(row) };
  }
}
