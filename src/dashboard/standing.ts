// How each process stands, from the rows of the trace so far: the same for any runtime, live or kept.
import type { TraceBatch } from "../core/batch.ts";
import { KIND } from "../core/trace-event.ts";
import { DOWN, type Frame, PAUSED, type Standings, UP } from "./protocol.ts";

type Columns = { [Field in keyof Standings]: number[] };

export class Standing {
  readonly #columns: Columns;
  #sent = 0;
  #received = 0;
  #lost = 0;

  constructor(rates: readonly number[]) {
    const fill = (value: number): number[] => rates.map(() => value);
    this.#columns = {
      ...{ lamport: fill(0), waiting: fill(0), state: fill(DOWN), incarnation: fill(0) },
      ...{ events: fill(0), rate: [...rates], last: fill(-1), lastAt: fill(0) },
    };
  }

  get standings(): Standings {
    return this.#columns;
  }

  get messages(): Frame["messages"] {
    return { sent: this.#sent, received: this.#received, lost: this.#lost };
  }

  see(batch: TraceBatch): void {
    for (let row = 0; row < batch.count; row++) this.#see(batch, row);
  }

  #see(batch: TraceBatch, row: number): void {
    const process = batch.process(row);
    const kind = batch.kind(row);
    const columns = this.#columns;
    columns.events[process]!++;
    columns.last[process] = kind;
    columns.lastAt[process] = batch.time(row);
    switch (kind) {
      case KIND.send:
      case KIND.copy:
        this.#sent++;
        break;
      case KIND.receive:
        this.#received++;
        break;
      case KIND.drop:
        this.#lost++;
        break;
      case KIND.start:
      case KIND.resume:
        columns.state[process] = UP;
        break;
      case KIND.crash:
        columns.state[process] = DOWN;
        columns.waiting[process] = 0;
        return;
      case KIND.pause:
        columns.state[process] = PAUSED;
        break;
      case KIND.rate:
        columns.rate[process] = Number(batch.detail(row));
        break;
      default:
    }
    // What befalls a process from outside says nothing of its clock.
    if (kind === KIND.fault || kind === KIND.drop) return;
    columns.lamport[process] = batch.lamport(row);
    columns.waiting[process] = batch.inbox(row);
    columns.incarnation[process] = batch.incarnation(row);
  }
}
