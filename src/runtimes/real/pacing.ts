// How well processes kept to their rates: how late their ticks came, how many came at all.
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** Of one process, over a run; lateness in µs. */
export type Pacing = {
  readonly name: string;
  /** Ticks per second: as asked for at first, and as they came while it was up. */
  readonly nominalPerSecond: number;
  readonly achievedPerSecond: number;
  /** Ticks that came; ticks passed over because it was more than a second behind. */
  readonly ticks: number;
  readonly skipped: number;
  /** Ticks that came more than 5 ms late. */
  readonly late: number;
  readonly lateP50Micros: number;
  readonly lateP99Micros: number;
  readonly lateMaxMicros: number;
  /** CPU time of its OS process since the run began, as a share of one core; the most memory it had. */
  readonly cpuShare: number;
  readonly residentBytes: number;
};

/** A tick that comes so much later than it is due, µs, is late. */
const LATE_MIN = 5_000;
/** Lateness beyond a day is a day. */
const LATE_MAX = 86_400_000_000;

/** The lateness of one process's ticks: a histogram with three significant digits. */
export class Lateness {
  // A histogram begins at 1, so 0 µs is counted as 1.
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: LATE_MAX,
    figures: 3,
  });
  #late = 0;

  add(late: readonly number[]): void {
    for (const span of late) {
      this.#histogram.record(Math.min(Math.max(1, span), LATE_MAX));
      if (span > LATE_MIN) this.#late++;
    }
  }

  measure(): Pick<Pacing, "late" | "lateP50Micros" | "lateP99Micros" | "lateMaxMicros"> {
    if (this.#histogram.count === 0) {
      return { late: 0, lateP50Micros: 0, lateP99Micros: 0, lateMaxMicros: 0 };
    }
    return {
      late: this.#late,
      lateP50Micros: this.#histogram.percentile(50),
      lateP99Micros: this.#histogram.percentile(99),
      lateMaxMicros: this.#histogram.max,
    };
  }
}
