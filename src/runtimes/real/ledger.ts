// What a supervisor knows of its workers' processes, over all their starts.
import { Lateness, type Pacing } from "./pacing.ts";
import type { Floor, ProcessStatus, WorkerStatus } from "./protocol.ts";

/** What went over the wires of a run, and what did not. */
export type WireHealth = {
  readonly reconnects: number;
  /** Copies of messages that were lost, for whatever reason. */
  readonly dropped: number;
  /** How often each reason led to a refused connection or message. */
  readonly refusals: { readonly [reason: string]: number };
};

/** How a process is, with what its earlier starts did. */
export type ProcessView = ProcessStatus & { readonly name: string; readonly ratePerSecond: number };

/** What goes on from one start of a process to the next. */
const SUMMED = ["events", "sent", "received", "ticks", "skipped", "ticking"] as const;
type Sums = { [name in (typeof SUMMED)[number]]: number };

const NOTHING: Sums = { events: 0, sent: 0, received: 0, ticks: 0, skipped: 0, ticking: 0 };

const NOBODY: Omit<ProcessStatus, "process"> = {
  incarnation: 0,
  lamport: 0,
  waiting: 0,
  ...NOTHING,
  led: -1,
  state: "down",
};

/** Of those that lead, as far as was heard, the latest to have said so. */
export function leaderOf<Status extends ProcessStatus>(
  processes: readonly Status[],
): Status | undefined {
  const [latest] = processes.filter(({ led }) => led >= 0).sort((a, b) => b.led - a.led);
  return latest;
}

export class Ledger {
  readonly #names: readonly string[];
  readonly #rates: readonly number[];
  readonly #workers: readonly (readonly number[])[];
  /** The last word of each process, of each worker; and the sums of their earlier starts. */
  readonly #processes: ProcessStatus[];
  readonly #before: Sums[];
  readonly #late: Lateness[];
  readonly #status: (WorkerStatus | undefined)[];
  readonly #cpuBefore: number[];
  readonly #resident: number[];
  #reconnects = 0;
  #dropped = 0;
  readonly #refusals: { [reason: string]: number } = {};

  constructor(
    names: readonly string[],
    rates: readonly number[],
    workers: readonly (readonly number[])[],
  ) {
    this.#names = names;
    this.#rates = rates;
    this.#workers = workers;
    this.#processes = names.map((_, process) => ({ ...NOBODY, process }));
    this.#before = names.map(() => ({ ...NOTHING }));
    this.#late = names.map(() => new Lateness());
    this.#status = workers.map(() => undefined);
    this.#cpuBefore = workers.map(() => 0);
    this.#resident = workers.map(() => 0);
  }

  take(worker: number, status: WorkerStatus): void {
    this.#status[worker] = status;
    this.#resident[worker] = Math.max(this.#resident[worker]!, status.residentBytes);
    for (const each of status.processes) this.#processes[each.process] = each;
    for (const [process, late] of status.late) this.#late[process]!.add(late);
  }

  /** A worker ended: what it did is added up. */
  close(worker: number): void {
    const status = this.#status[worker];
    this.#status[worker] = undefined;
    this.#cpuBefore[worker]! += status?.cpuMicros ?? 0;
    this.#reconnects += status?.reconnects ?? 0;
    this.#dropped += status?.dropped ?? 0;
    addTo(this.#refusals, status?.refusals);
    for (const process of this.#workers[worker]!) {
      const last = this.#processes[process]!;
      const sums = this.#before[process]!;
      for (const name of SUMMED) sums[name] += last[name];
      const { incarnation, lamport } = last;
      this.#processes[process] = { ...NOBODY, process, incarnation, lamport };
    }
  }

  /** It is stopped in earnest, and cannot say so itself. */
  pause(process: number): void {
    this.#processes[process] = { ...this.#processes[process]!, state: "paused" };
  }

  /** Where the processes of a worker may stand by now: each clock is at most a little beyond the furthest. */
  floors(worker: number): readonly Floor[] {
    const lamport = this.#processes.reduce((most, each) => Math.max(most, each.lamport), 0);
    return this.#workers[worker]!.map((process) => {
      const { incarnation } = this.#processes[process]!;
      return { incarnation, lamport };
    });
  }

  leader(): number | undefined {
    return leaderOf(this.#processes)?.process;
  }

  views(): readonly ProcessView[] {
    return this.#processes.map((last, process) => {
      const sums = { ...this.#before[process]! };
      for (const name of SUMMED) sums[name] += last[name];
      return {
        ...last,
        ...sums,
        name: this.#names[process]!,
        ratePerSecond: this.#rates[process]!,
      };
    });
  }

  /** `elapsed`: µs of the run. */
  pacing(elapsed: number): readonly Pacing[] {
    const home: number[] = [];
    this.#workers.forEach((processes, worker) => {
      for (const process of processes) home[process] = worker;
    });
    return this.views().map(({ process, name, ratePerSecond, ticks, skipped, ticking }) => {
      const worker = home[process]!;
      const status = this.#status[worker];
      const cpu = this.#cpuBefore[worker]! + (status?.cpuMicros ?? 0);
      return {
        name,
        nominalPerSecond: ratePerSecond,
        achievedPerSecond: ticking > 0 ? (ticks * 1e6) / ticking : 0,
        ticks,
        skipped,
        ...this.#late[process]!.measure(),
        cpuShare: elapsed > 0 ? cpu / elapsed / this.#workers[worker]!.length : 0,
        residentBytes: this.#resident[worker]!,
      };
    });
  }

  health(): WireHealth {
    let [reconnects, dropped] = [this.#reconnects, this.#dropped];
    const refusals = { ...this.#refusals };
    for (const status of this.#status) {
      reconnects += status?.reconnects ?? 0;
      dropped += status?.dropped ?? 0;
      addTo(refusals, status?.refusals);
    }
    return { reconnects, dropped, refusals };
  }
}

/** Adds up how often each reason led to a refusal. */
function addTo(total: { [reason: string]: number }, more: WireHealth["refusals"] = {}): void {
  for (const [reason, times] of Object.entries(more)) total[reason] = (total[reason] ?? 0) + times;
}
