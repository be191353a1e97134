// A job that the client of an experiment waits for, and the pieces of rows that came for it.
import type { MsgHdrs } from "@nats-io/transport-node";
import { OrreryError } from "../../core/errors.ts";
import type { Job } from "../../core/experiment.ts";
import { ROWS_HEADER, type RowsHead, readHead } from "./job-words.ts";

/** All pieces of what one worker gave. */
type Came = RowsHead & { readonly lines: string };

export class PendingJob {
  readonly job: Job;
  readonly resolve: (lines: string) => void;
  readonly reject: (cause: unknown) => void;
  /** The queue has it, or had it. */
  stored = false;
  #attempts = 0;
  /** By who gave them: two workers may cut the same rows in different places. */
  readonly #pieces = new Map<string, Map<number, Uint8Array>>();

  constructor(job: Job, resolve: (lines: string) => void, reject: (cause: unknown) => void) {
    this.job = job;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Which attempt this is, from 1 on. */
  handOut(): number {
    this.stored = false;
    return ++this.#attempts;
  }

  /** Takes a piece; gives the whole, if that is complete now. */
  take(headers: MsgHdrs | undefined, data: Uint8Array): Came | undefined {
    const head = readHead(headers?.get(ROWS_HEADER) ?? "");
    if (head === undefined || head.piece >= head.of) return undefined;
    const from = `${head.worker} ${head.attempt} ${head.delivery}`;
    const pieces = this.#pieces.get(from) ?? new Map<number, Uint8Array>();
    this.#pieces.set(from, pieces.set(head.piece, data));
    if (pieces.size < head.of) return undefined;
    const inOrder = Array.from({ length: head.of }, (_, piece) => pieces.get(piece)!);
    return { ...head, lines: Buffer.concat(inOrder).toString() };
  }

  /** Ends the waiting by what came. */
  settle({ worker, failed, lines }: Came): void {
    const { cell } = this.job;
    if (failed !== undefined) {
      const said = `worker ${worker}, a job of cell ${cell}: ${failed}`;
      this.reject(new OrreryError("worker/failed", said));
    } else if (!this.#areOfJob(lines)) {
      const said = `worker ${worker} gave rows that are not of its job, of cell ${cell}`;
      this.reject(new OrreryError("worker/failed", said));
    } else this.resolve(lines);
  }

  /** One line for each seed, in their order. */
  #areOfJob(lines: string): boolean {
    const { cell, seeds } = this.job;
    const rows = lines.split("\n");
    return (
      rows.pop() === "" &&
      rows.length === seeds.length &&
      rows.every((row, at) => row.startsWith(`{"cell":${cell},"seed":${seeds[at]},`))
    );
  }
}
