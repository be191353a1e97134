// What a supervisor records of a run: deaths that it saw, and faults that others see to by themselves.
import { join } from "node:path";
import { NONE } from "../../core/batch.ts";
import { formatFault } from "../../core/fault-notation.ts";
import type { Fault, Run } from "../../core/run.ts";
import { KIND } from "../../core/trace-event.ts";
import { newHeader } from "../../trace/record.ts";
import { RecordFile } from "./records/record-file.ts";

type Whose = Pick<Parameters<typeof newHeader>[0], "names" | "rates" | "epoch"> & {
  readonly run: Run;
};

export class SupervisorRecord {
  readonly #file: RecordFile;

  constructor(folder: string, whose: Whose) {
    const header = newHeader({ ...whose, owner: "supervisor", boot: 1, processes: [] });
    this.#file = new RecordFile(join(folder, "records", "supervisor.record"), header, () => 0);
  }

  crash(now: number, process: number): void {
    this.#row(now, KIND.crash, process);
  }

  /** `act`: what became of it. Faults of links are told of whoever is named first. */
  fault(now: number, process: number, act: "begin" | "end" | "spared", fault: Fault): void {
    this.#row(now, KIND.fault, Math.max(0, process), { [act]: formatFault(fault) });
  }

  close(): void {
    this.#file.close();
  }

  /** Rows of processes that are recorded elsewhere: merging knows their clocks. */
  #row(now: number, kind: number, process: number, ...detail: readonly object[]): void {
    this.#file.line([now, kind, process, 0, 0, 0, NONE, NONE, 0, ...detail]);
  }
}
