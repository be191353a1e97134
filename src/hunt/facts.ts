// What one event of a run needs to know of others.
import type { TraceEvent } from "../core/trace-event.ts";

export type Facts = {
  /** The send of a receive or drop, by its message. */
  readonly sendOf: (event: TraceEvent) => TraceEvent | undefined;
  /** The how-many-th commit of its incarnation a store event is. */
  readonly commitOf: (event: TraceEvent) => number;
};

/** One pass over the events of a run. */
export function factsOf(events: Iterable<TraceEvent>): Facts {
  const sends = new Map<string, TraceEvent>();
  const commits = new Map<number, number>();
  const counts = new Map<string, number>();
  for (const event of events) {
    const { kind, sequence, process, incarnation } = event;
    if (kind === "send" || kind === "copy") {
      const key = messageKey(event);
      if (!sends.has(key)) sends.set(key, event);
    }
    if (kind !== "store") continue;
    const key = `${process}/${incarnation}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    commits.set(sequence, count);
  }
  return {
    sendOf: (event) => sends.get(messageKey(event)),
    commitOf: ({ sequence }) => commits.get(sequence) ?? 0,
  };
}

/** Names a message and its receiver. */
export const messageKey = ({ message, peer, process, kind }: TraceEvent): string => {
  const to = kind === "send" || kind === "copy" ? peer : process;
  return `${message?.process}/${message?.incarnation}/${message?.number}/${to}`;
};
