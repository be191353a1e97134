// What stages say to each other about lots, and what they keep of them.
import type { KeeperReply, KeeperRequest } from "../../core/keeper.ts";
import type { Epoch } from "./flows.ts";

/** Names a lot for good: its maker, the store of that maker, and a number that rises there. */
export type LotId = string;

/**
 * Names a transfer: the lot, and its generation, which counts the attempts of its holder to hand it over.
 * `place` counts the holder's transfers to this very consumer, so that a consumer can remember all of
 * them by "all below" and a few beyond.
 */
export type Transfer = { readonly lot: LotId; readonly g: number; readonly place: number };

export type Message =
  /** I could take a lot. Soft: it may be lost, repeated, forgotten. */
  | {
      readonly kind: "request";
      readonly id: string;
      readonly item: string;
      /** The consumer's store: what comes is for this one alone. */
      readonly store: string;
      readonly epoch: Epoch;
    }
  /** It is not to be had now (perhaps in so many µs), or not at all. */
  | {
      readonly kind: "unavailable";
      readonly id: string;
      readonly why: "none yet" | "not in the flow" | "not made here" | "not on your bill";
      readonly within?: number;
    }
  /** This lot is on its way to you. All transfers to you below `settled` are over. */
  | (Transfer & {
      readonly kind: "sent";
      readonly settled: number;
      readonly store: string;
      readonly item: string;
      readonly amount: number;
      readonly request: string;
    })
  /** Give it back, unless you have it. */
  | (Transfer & { readonly kind: "recall"; readonly settled: number; readonly store: string })
  /** It is awaited; it is here for good; it will never be taken. */
  | (Transfer & { readonly kind: "waiting" })
  | (Transfer & { readonly kind: "confirm" })
  | (Transfer & { readonly kind: "refuse"; readonly why: string })
  /** It was for a store that is lost, with all that it knew. */
  | (Transfer & { readonly kind: "gone" })
  /** I am here, in this incarnation, work by this flow, and have made so many of my changes. */
  | {
      readonly kind: "beat";
      readonly incarnation: number;
      readonly epoch: Epoch;
      readonly changed: number;
    }
  /** Are you? */
  | { readonly kind: "probe" }
  /** To the keeper of lease and flow, and from it. */
  | KeeperRequest
  | KeeperReply
  /** I was away: say again what you want of me and have for me. */
  | { readonly kind: "hello" }
  /** To a crew: my equipment is down. From it: it is up again. */
  | { readonly kind: "broken"; readonly at: number; readonly takes: number }
  | { readonly kind: "repaired"; readonly at: number }
  /** How many lots have left the line: asked by its first stage, told by its last. */
  | { readonly kind: "how many" }
  | { readonly kind: "finished"; readonly count: number };

export type MessageOf<Kind extends Message["kind"]> = Extract<Message, { readonly kind: Kind }>;
export type SentMessage = MessageOf<"sent">;
export type RecallMessage = MessageOf<"recall">;

/**
 * A lot at its maker, until it is settled. `available`: on the shelf. `sent`, `recalling`: under way to
 * `to`. `returning`: refused, on its way back. `lost`: nobody knows; an answer may still come.
 */
export type OutLot = {
  readonly amount: number;
  readonly state: "available" | "sent" | "recalling" | "returning" | "lost";
  /** Generations so far. */
  readonly g: number;
  /** Of the present transfer, or the last one. */
  readonly to?: number;
  readonly store?: string;
  readonly place?: number;
  readonly request?: string;
  /** Returning: when it is back, by the local clock. */
  readonly due?: number;
};

/** A lot at a consumer, from the promise to take it until it is used up. */
export type InLot = {
  readonly from: number;
  readonly item: string;
  readonly amount: number;
  /** Neither used nor reserved. */
  readonly left: number;
  readonly g: number;
  readonly place: number;
  /** When it arrives, by the local clock; null: it has. */
  readonly due: number | null;
};

/** What of a lot a job takes. */
export type Portion = readonly [lot: LotId, amount: number];

export type Job = {
  /** Of the bill of materials. */
  readonly revision: number;
  /** When it began, the time that it takes, µs, and when it is done; by the local clock. */
  readonly from: number;
  readonly span: number;
  readonly due: number;
  readonly inputs: readonly Portion[];
};

/**
 * What became of the transfers of one store to this one: none below `settled` will be spoken of again; of
 * those from there on, which were taken and which refused.
 */
export type Memory = {
  readonly settled: number;
  readonly taken: readonly number[];
  readonly refused: readonly number[];
};

/** History, in append-only logs; amounts are of the job's item. */
export type JobRecord = {
  readonly job: number;
  /** Of the bill of materials. */
  readonly revision: number;
  /** The lot that it made, if anything was good. */
  readonly lot: number | null;
  readonly item: string;
  readonly starts: number;
  readonly good: number;
  readonly amount: number;
  readonly inputs: readonly Portion[];
  /** µs of the local clock. */
  readonly from: number;
  readonly to: number;
};
export type SettledRecord =
  | { readonly lot: number; readonly fate: "shipped" | "scrapped"; readonly amount: number }
  | {
      readonly lot: number;
      readonly fate: "delivered";
      readonly to: number;
      readonly store: string;
      readonly g: number;
    };
export type ReceivedRecord = {
  readonly lot: LotId;
  readonly from: number;
  readonly item: string;
  readonly amount: number;
  readonly g: number;
};
export type ScrappedRecord = { readonly job: number; readonly inputs: readonly Portion[] };

/** Names of the logs, and of the keys of the store (with what follows the slash). */
export const LOG = { jobs: "jobs", settled: "settled", received: "received", scrapped: "scrapped" };
export const KEY = {
  counts: "counts",
  epoch: "epoch",
  plan: "plan",
  broken: "broken",
  changed: "changed",
  lot: "lot/",
  next: "next/",
  in: "in/",
  memory: "from/",
  job: "job/",
};

/** The tail of a store's id tells stores of one process apart (UUIDs end in 48 random bits). */
export const tagOf = (storeId: string): string => storeId.slice(-12);

export const lotId = (maker: string, store: string, number: number): LotId =>
  `${maker}/${store}/${number}`;

/** The parts of a lot's id; undefined if it is none. */
export function partsOfLot(
  id: LotId,
): { readonly maker: string; readonly store: string; readonly number: number } | undefined {
  const [, maker, store, number] = /^([\w.-]+)\/([\w-]+)\/(\d{1,15})$/.exec(id) ?? [];
  return maker === undefined ? undefined : { maker, store: store!, number: Number(number) };
}
