// Who mends equipment, where several stages share somebody. A crew keeps no store: stages say that they are
// down until they are told that they are up.
import { micros } from "../../core/micros.ts";
import type { Context, Process, ProcessId } from "../../core/process.ts";
import type { Message } from "./messages.ts";
import type { CrewPlan } from "./plant.ts";

type Case = { readonly from: ProcessId; readonly at: number; readonly takes: number };

type Crew = {
  readonly waiting: readonly Case[];
  readonly mending: readonly Case[];
  /** The last breakdown that was mended, by stage. */
  readonly done: ReadonlyMap<number, number>;
};

/** Mends in the order of calls, as many at a time as it is people; it comes when enough are down. */
export function crew({ count, callAt }: CrewPlan): Process<Crew, Message> {
  const work = (state: Crew, onSite: boolean, context: Context<Message>): Crew => {
    const { waiting, mending } = state;
    if (!onSite && waiting.length < callAt) return state;
    const begun = waiting.slice(0, Math.max(0, count - mending.length));
    for (const { from, takes } of begun) context.setTimer(String(from), micros(takes));
    return { ...state, waiting: waiting.slice(begun.length), mending: [...mending, ...begun] };
  };
  return {
    start: () => ({ waiting: [], mending: [], done: new Map() }),
    receive(state, from, message, context) {
      if (message.kind !== "broken") return state;
      const { at, takes } = message;
      if (state.done.get(from) === at) {
        context.send(from, { kind: "repaired", at });
        return state;
      }
      const known = [...state.waiting, ...state.mending].some((each) => each.from === from);
      if (known) return state;
      const waiting = [...state.waiting, { from, at, takes }];
      return work({ ...state, waiting }, state.mending.length > 0, context);
    },
    timeout(state, timer, context) {
      const mended = state.mending.find(({ from }) => String(from) === timer);
      if (mended === undefined) return state;
      const { from, at } = mended;
      context.send(from, { kind: "repaired", at });
      const mending = state.mending.filter((each) => each !== mended);
      const after = { ...state, mending, done: new Map(state.done).set(from, at) };
      // Who is there goes on while anything is down.
      return work(after, true, context);
    },
  };
}
