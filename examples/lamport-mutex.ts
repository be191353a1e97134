// Mutual exclusion without a leader: Lamport 1978, "Time, clocks, and the ordering of events in a
// distributed system". A request goes to all with its time; it is granted when it is the oldest known
// and everybody has been heard from since. Needs links that neither lose nor reorder, so it has them.
//
//   npx orrery check examples/lamport-mutex.ts
import type { Check, Context, Note, Process, ProcessId, System } from "orrery";
import {
  eventually,
  micros,
  ms,
  mutualExclusion,
  perfectLinks,
  seconds,
  wholeParams,
} from "orrery";

type Kind = "request" | "release" | "heard";
type Message = { readonly kind: Kind; readonly time: number };
/** Who asked, and at which time. */
type Request = { readonly by: number; readonly time: number };

type State = {
  readonly time: number;
  readonly requests: readonly Request[];
  /** The latest time heard from each process. */
  readonly heard: readonly number[];
  readonly inside: boolean;
};

type Params = { readonly processes: number; readonly turns: number };

/** How a wrong version takes the time of a message: Lamport's rule is max(own, its) + 1. */
type Clock = (own: number, its: number) => number;
const lamport: Clock = (own, its) => Math.max(own, its) + 1;

/** (time, process) is a total order: Lamport's ⇒. */
const earlier = (a: Request, b: Request): boolean =>
  a.time < b.time || (a.time === b.time && a.by < b.by);

const contender = (processes: number, turns: number, clock: Clock): Process<State, Message> => {
  const others = (self: number): ProcessId[] =>
    Array.from({ length: processes }, (_, id) => id as ProcessId).filter((id) => id !== self);
  const think = (context: Context<Message>): void =>
    context.setTimer("ask", micros(context.random() * ms(400)));
  const kept = (state: State, context: Context<Message>): State => {
    context.put("state", state);
    return state;
  };
  const tryToEnter = (state: State, context: Context<Message>): State => {
    const mine = state.requests.find(({ by }) => by === context.self);
    if (mine === undefined || state.inside) return state;
    const oldest = state.requests.every((each) => each === mine || earlier(mine, each));
    const allHeard = others(context.self).every((id) => state.heard[id]! > mine.time);
    if (!oldest || !allHeard) return state;
    context.note("enter", { time: mine.time });
    context.setTimer("leave", ms(20));
    return { ...state, inside: true };
  };
  return {
    start(stored, context) {
      const state = (stored.get("state") as State | undefined) ?? {
        time: 0,
        requests: [],
        heard: new Array<number>(processes).fill(-1),
        inside: false,
      };
      if (state.inside) {
        context.note("enter", { again: true });
        context.setTimer("leave", ms(20));
      } else if (!state.requests.some(({ by }) => by === context.self)) think(context);
      return state;
    },
    receive(state, from, { kind, time: its }, context) {
      const time = clock(state.time, its);
      const heard = state.heard.with(from, Math.max(its, state.heard[from]!));
      let { requests } = state;
      if (kind === "request") {
        requests = [...requests, { by: from, time: its }];
        context.send(from, { kind: "heard", time });
      } else if (kind === "release") requests = requests.filter(({ by }) => by !== from);
      return kept(tryToEnter({ ...state, time, heard, requests }, context), context);
    },
    timeout(state, timer, context) {
      const time = state.time + 1;
      if (timer === "ask") {
        context.note("ask", { time });
        context.send(others(context.self), { kind: "request", time });
        const requests = [...state.requests, { by: context.self, time }];
        return kept({ ...state, time, requests }, context);
      }
      context.note("leave", {});
      context.send(others(context.self), { kind: "release", time });
      if (time < turns * 1_000) think(context);
      const requests = state.requests.filter(({ by }) => by !== context.self);
      return kept({ ...state, time, requests, inside: false }, context);
    },
  };
};

/** In calm, whoever asks enters. */
const everyRequestGranted: Check = eventually(
  "every-request-granted",
  "Whoever asks enters.",
  seconds(5),
  ({ due, names }) => {
    const open = new Map<number, Note>();
    return {
      note(note) {
        if (note.name === "ask" && note.timeMicros <= due) open.set(note.process, note);
        if (note.name === "enter") open.delete(note.process);
        return undefined;
      },
      end() {
        const [first] = open.values();
        if (first === undefined) return undefined;
        return { reason: `${names[first.process]} asked in vain`, witnesses: [first.event] };
      },
    };
  },
);

export const lamportMutex = (name: string, clock: Clock = lamport): System<Params> => ({
  name,
  parse: wholeParams(name, {
    processes: { is: 3, min: 2, max: 20 },
    turns: { is: 1_000, min: 1, max: 1_000_000 },
  }),
  processes: ({ processes, turns }) => {
    const process = perfectLinks(contender(processes, turns, clock));
    return Array.from({ length: processes }, (_, index) => ({ name: `p${index + 1}`, process }));
  },
  checks: () => [mutualExclusion(), everyRequestGranted],
});

export default lamportMutex("lamport-mutex");
