// Happens-before of a trace as a graph, by nothing but its definition: what exports are compared with.
import type { TraceEvent } from "../../src/core/trace-event.ts";

const OWN = new Set(["start", "internal", "send", "receive", "timeout", "crash"]);

export type Order = {
  /** What processes do, in the order of the trace. */
  readonly events: readonly TraceEvent[];
  /** Whether the event of one index here happens before the one of another. */
  readonly before: (a: number, b: number) => boolean;
};

/**
 * Edges: to the next event of an incarnation; from a send to its receives; and from the last event before the last
 * commit that was kept to the first of the next incarnation.
 */
export function orderOf(trace: Iterable<TraceEvent>): Order {
  const events: TraceEvent[] = [];
  const past: Uint32Array[] = [];
  const last = new Map<number, number>();
  const lives = new Map<number, number>();
  const commits = new Map<number, number[]>();
  const sends = new Map<string, number>();
  for (const event of trace) {
    const { process, incarnation, kind, message, detail } = event;
    const isSame = lives.get(process) === incarnation;
    const own = commits.get(process) ?? [];
    commits.set(process, own);
    if (kind === "fault" && detail === "wiped") own.length = 0;
    const lost = kind === "fault" && typeof detail === "string" && /^lost (\d+)$/.exec(detail);
    if (lost && Number(lost[1]) > 0) own.splice(-Number(lost[1]));
    if (kind === "store") own.push(last.get(process) ?? -1);
    if (!OWN.has(kind)) continue;
    const index = events.push(event) - 1;
    const id = `${message?.process}/${message?.incarnation}/${message?.number}`;
    const causes = [
      isSame ? last.get(process) : own.at(-1),
      kind === "receive" ? sends.get(id) : undefined,
    ];
    const words = new Uint32Array((index >> 5) + 1);
    for (const cause of causes) {
      if (cause === undefined || cause < 0) continue;
      past[cause]!.forEach((word, at) => {
        words[at]! |= word;
      });
      words[cause >> 5]! |= 1 << (cause & 31);
    }
    past.push(words);
    last.set(process, index);
    lives.set(process, incarnation);
    if (kind === "send") sends.set(id, index);
  }
  return { events, before: (a, b) => ((past[b]![a >> 5]! >>> (a & 31)) & 1) === 1 };
}
