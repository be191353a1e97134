// Bodies of messages as Maelstrom's protocol has them: what a node, a client and a service say to each other.
import type { Json } from "../../core/json.ts";

/** What a message says: `type`, mostly `msg_id`, in answers `in_reply_to`, and fields of its own. */
export type Body = { readonly [field: string]: Json };

/** A request that wants an answer, without its number. */
export type Ask = Body & { readonly type: string };

/** The answer to a request; a request without a number cannot be answered. */
export function answer(request: Body, says: Ask): Ask | undefined {
  const { msg_id } = request;
  return typeof msg_id === "number" ? { ...says, in_reply_to: msg_id } : undefined;
}

/** What errors say of a request. */
export const ERROR = { unsupported: 10, malformed: 12, missing: 20, precondition: 22 };

export const refusal = (code: number, text: string): Ask => ({ type: "error", code, text });

/** Codes after which the request is known not to have been carried out. All others leave that open. */
const DEFINITE = new Set([1, 10, 11, 12, 14, 20, 21, 22, 30]);

export const isDefinite = (code: number): boolean => DEFINITE.has(code);
