import type { Crew, CrewEvents } from "./crew.ts";
import type { Grouping } from "./layout.ts";

/** What a run on real clocks is told besides the run. */
export type RealOptions = {
  /** The name or path by which workers find the system. */
  readonly system: string;
  /** Where stores and records are kept. */
  readonly folder: string;
  readonly workers: Grouping;
  readonly crew: (events: CrewEvents) => Crew;
  /** Names this run among others; default: any that is unlikely to be another's. */
  readonly cluster?: string;
  /** The run begins so long after all are connected, µs: so long may telling them take. */
  readonly headStart?: number;
  /** How long to wait until all are connected, in seconds. */
  readonly patience: number;
  /** Is told what a user may want to know as it happens. */
  readonly log: (line: string) => void;
};
