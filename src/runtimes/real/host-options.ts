// What a host needs: whom it drives, and the world around them.
import type { Run } from "../../core/run.ts";
import type { Member } from "../../core/system.ts";
import type { Corrupted } from "../link-layer.ts";
import type { DiskStore } from "./disk-store.ts";
import type { RecordFile } from "./records/record-file.ts";
import type { WireMessage } from "./wire/message.ts";

export type HostOptions = {
  readonly members: readonly Member[];
  readonly rates: Float64Array;
  readonly run: Run;
  /** The processes that run here; their stores are open. */
  readonly local: readonly number[];
  readonly store: DiskStore;
  /** Where rows are kept, and a line for what is no row. */
  readonly record: Pick<RecordFile, "rows" | "line">;
  /** Is told of a copy whose bytes a fault changes on the way. */
  readonly corrupted?: Corrupted;
  /** Hands a message to the wire; says why if it cannot. */
  readonly send: (message: WireMessage) => string | undefined;
  /**
   * Where a process could start anew on another host: nothing is stored before `then` is called, when it is known to
   * all that the stores are here.
   */
  readonly bind?: (then: () => void) => void;
  /** The turn is over: what was handed over may leave. */
  readonly flush: () => void;
  /** More, or few enough again, waits here than should. */
  readonly hold: (held: boolean) => void;
  /** The end of the run was reached. */
  readonly ended: () => void;
  /** A handler threw, or the world failed; nothing goes on here. */
  readonly failed: (cause: unknown) => void;
  /** A process is paused, and that is written. */
  readonly paused: (process: number) => void;
  /** This process is down, and all that it had sent has left. */
  readonly struck: (process: number, storeFailed: boolean) => void;
};
