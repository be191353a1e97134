// Events whose causes are known, as the rows of a trace.
import { NONE, type TraceBatch } from "../core/batch.ts";
import { pushIn } from "../core/counting.ts";
import type { Json } from "../core/json.ts";
import { KIND } from "../core/trace-event.ts";
import { Keeper } from "../trace/trace.ts";
import { TraceWriter } from "../trace/writer.ts";
import type { Clocked } from "./clock-rules.ts";

export type OrderedEvent = Clocked & {
  readonly text: string;
  readonly fields: { readonly [name: string]: Json };
};

type Ordered = {
  readonly hosts: readonly string[];
  readonly events: readonly OrderedEvent[];
  /** A linear extension. */
  readonly order: Uint32Array;
  /** Of each event, the events of other hosts that it was told of. */
  readonly causes: readonly (readonly number[])[];
  /** When, by its place in the order and itself, µs; never falls. */
  readonly at: (place: number, event: number) => number;
};

/**
 * Rows, with Lamport clocks. An event that others were told of is a send, with a copy for each further one; an event
 * that was told of others is a receive, and one for each further cause. `joins` counts those of several causes.
 */
export function rowsOf({ hosts, events, order, causes, at }: Ordered): {
  readonly batches: readonly TraceBatch[];
  readonly messages: number;
  readonly joins: number;
} {
  /** Of each event, those that were told of it. */
  const told = new Map<number, number[]>();
  causes.forEach((from, event) => {
    for (const cause of from) pushIn(told, cause, event);
  });
  const keeper = new Keeper();
  const writer = new TraceWriter((batch) => keeper.see(batch));
  const lamport = new Int32Array(hosts.length);
  /** The stamp and number of what was sent, by event. */
  const sent = new Map<number, { readonly stamp: number; readonly number: number }>();
  const count = new Int32Array(hosts.length);
  let messages = 0;
  let joins = 0;
  hosts.forEach((_, host) => {
    writer.record(at(0, order[0]!), KIND.start, host, 1, 0, 0, NONE, NONE, 0);
  });
  order.forEach((event, place) => {
    const { host, text, fields } = events[event]!;
    const time = at(place, event);
    const row = (kind: number, peer = NONE, message = NONE): void => {
      writer.mark();
      const sender = message === NONE ? 0 : 1;
      writer.record(time, kind, host, 1, lamport[host]!, 0, peer, message, sender);
    };
    const from = causes[event]!;
    if (from.length > 1) joins++;
    for (const cause of from) {
      const { stamp, number } = sent.get(cause)!;
      lamport[host] = Math.max(lamport[host]!, stamp) + 1;
      row(KIND.receive, events[cause]!.host, number);
      writer.detail(text);
      messages++;
    }
    const receivers = told.get(event) ?? [];
    if (from.length === 0 && receivers.length === 0) {
      lamport[host]!++;
      row(KIND.internal);
      writer.detail({ name: text, fields });
    }
    if (receivers.length === 0) return;
    lamport[host]!++;
    const number = count[host]!++;
    sent.set(event, { stamp: lamport[host]!, number });
    receivers.forEach((receiver, copy) => {
      row(copy === 0 ? KIND.send : KIND.copy, events[receiver]!.host, number);
      if (copy === 0) writer.detail(text);
    });
  });
  writer.close();
  return { batches: keeper.end(), messages, joins };
}
