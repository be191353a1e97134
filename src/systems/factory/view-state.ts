// What a page is told of a factory.
import type { FlowPlaces } from "../../figures/flow-graph.ts";

/** What stays as it is: classes of stages and where they stand. */
export type FactoryScene = {
  /** Of stages, by id, and what each makes. */
  readonly names: readonly string[];
  readonly items: readonly string[];
  readonly classes: readonly {
    readonly name: string;
    readonly note: string;
    readonly ids: readonly number[];
    readonly suppliers: readonly string[];
  }[];
  readonly places: FlowPlaces;
  readonly timeScale: number;
};

/** What a page shows. Columns are by stage, times µs of the run, rates an hour of the run. */
export type FactoryState = {
  readonly scene: FactoryScene;
  readonly states: readonly string[];
  readonly now: number;
  /** What each stage is at, as an index of `states`; and the items that it waits for. */
  readonly is: readonly number[];
  readonly of: readonly (readonly string[])[];
  /** Lots on its shelf, lots that wait to be used, jobs under way, jobs done. */
  readonly shelf: readonly number[];
  readonly queue: readonly number[];
  readonly jobs: readonly number[];
  readonly made: readonly number[];
  /** What the leader takes it for, if not for up. */
  readonly member: readonly string[];
  readonly leader: { readonly name: string; readonly term: number } | null;
  readonly plan: {
    readonly term: number;
    readonly sequence: number;
    readonly perHour: number;
    readonly bottleneck: string;
  } | null;
  /** Final units of late, and of the whole run. */
  readonly perHour: number;
  readonly shipped: number;
  /** Lots of late over each way that was used. */
  readonly ways: readonly (readonly [from: number, to: number, lots: number])[];
  readonly moving: readonly (readonly [lot: string, from: number, to: number, since: number])[];
  readonly underWay: number;
  readonly material: {
    readonly shelf: number;
    readonly underWay: number;
    readonly queue: number;
    readonly reserved: number;
  };
  readonly story: readonly { readonly at: number; readonly who: string; readonly says: string }[];
};

/** A lot and what went into it. */
export type LotTree =
  | { readonly lot: string; readonly amount: number | null; readonly known: false }
  | {
      readonly lot: string;
      readonly known: true;
      readonly item: string;
      readonly made: number;
      readonly amount: number;
      readonly where: string;
      readonly from: readonly LotTree[];
    };
