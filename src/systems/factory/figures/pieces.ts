// A run in pieces of one length, as many as a figure has room for: what is kept of a run over time.

const PIECES_MAX = 1_000;
const ROUND = [1, 2, 5, 10];

const powerOf = (value: number): number => 10 ** Math.floor(Math.log10(value));
const atLeast = (value: number): number =>
  powerOf(value) * ROUND.find((round) => round * powerOf(value) >= value)!;
/** The greatest of 1, 2, 5, 10, 20, … that is no greater. */
export const atMost = (value: number): number =>
  powerOf(value) * ROUND.findLast((round) => round * powerOf(value) <= value)!;

export class Pieces {
  /** µs: one of 1, 2, 5, 10, 20, …, so that round spans are whole numbers of pieces. */
  readonly span: number;
  readonly count: number;

  /** `end` of the run, µs. */
  constructor(end: number) {
    this.span = atLeast(Math.max(1, end) / PIECES_MAX);
    this.count = Math.max(1, Math.ceil(end / this.span));
  }

  /** In which piece an instant is; the end of a run is in its last. */
  at(time: number): number {
    return Math.min(this.count - 1, Math.floor(time / this.span));
  }
}
