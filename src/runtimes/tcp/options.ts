/** What a run on tcp is told besides the run. */
export type TcpOptions = {
  /** The name or path by which workers find the system. */
  readonly system: string;
  /** The module that a worker runs. */
  readonly entry: URL;
  /** Where stores and records are kept. */
  readonly folder: string;
  /** Processes of an OS process. */
  readonly perWorker: number;
  /** How long to wait until all are connected, in seconds. */
  readonly retries: number;
  /** Is told what a user may want to know as it happens. */
  readonly log: (line: string) => void;
};
