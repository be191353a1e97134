// The highest who is up leads: Garcia-Molina 1982, "Elections in a distributed computing system". His
// bully trusts that silence means death. In a network that cuts, two would lead at a time, so here each
// reign has a term, and a majority must grant it: nobody leads in a term that another leads in, and
// orders of a leader that has been replaced are refused.
//
//   npx orrery check examples/bully-election.ts
import type { Check, Context, Note, Process, ProcessId, System } from "orrery";
import {
  always,
  eventually,
  micros,
  ms,
  oneLeaderPerTerm,
  seconds,
  sometimes,
  wholeParams,
} from "orrery";

type Message =
  | { readonly kind: "election" | "alive" }
  | { readonly kind: "claim" | "grant" | "refuse"; readonly term: number }
  | { readonly kind: "order"; readonly term: number; readonly number: number };

type State = {
  /** The highest term granted, claimed or obeyed. Stored before anybody hears of it. */
  readonly term: number;
  readonly role: "follows" | "waits" | "claims" | "leads";
  readonly grants: readonly number[];
  /** Orders given in this reign. */
  readonly orders: number;
};

type Params = { readonly processes: number };

const BEAT = ms(100);
const SILENCE = ms(600);
const ANSWER = ms(150);

/** Wrong: it obeys whoever gives orders. */
type Faulty = { readonly obeysAnybody?: boolean };

/** How one comes to lead and to follow. */
const election = (processes: number) => {
  const all = Array.from({ length: processes }, (_, id) => id as ProcessId);
  const others = (self: number): ProcessId[] => all.filter((id) => id !== self);
  const higher = (self: number): ProcessId[] => all.filter((id) => id > self);
  const listen = (context: Context<Message>): void =>
    context.setTimer("silence", micros(SILENCE + context.random() * ms(200)));
  const follow = (state: State, term: number, context: Context<Message>): State => {
    if (term > state.term) context.put("term", term);
    if (state.role === "leads") context.note("follows", { term });
    context.cancelTimer("beat");
    context.cancelTimer("answer");
    listen(context);
    return { term: Math.max(term, state.term), role: "follows", grants: [], orders: 0 };
  };
  const claim = (state: State, context: Context<Message>): State => {
    const term = state.term + 1;
    context.put("term", term);
    context.send(others(context.self), { kind: "claim", term });
    listen(context);
    return lead({ term, role: "claims", grants: [context.self], orders: 0 }, context);
  };
  const lead = (state: State, context: Context<Message>): State => {
    if (state.role !== "claims" || 2 * state.grants.length <= processes) return state;
    context.note("leads", { term: state.term });
    context.cancelTimer("silence");
    context.setTimer("beat", micros(1));
    return { ...state, role: "leads" };
  };
  /** Are those above us there? If nobody answers, we claim. */
  const elect = (state: State, context: Context<Message>): State => {
    const above = higher(context.self);
    if (above.length === 0) return claim(state, context);
    context.send(above, { kind: "election" });
    context.setTimer("answer", ANSWER);
    return { ...state, role: "waits" };
  };
  return { others, listen, follow, claim, lead, elect };
};

const candidate = (processes: number, faulty: Faulty): Process<State, Message> => {
  const { others, listen, follow, claim, lead, elect } = election(processes);
  return {
    start(stored, context) {
      listen(context);
      const term = (stored.get("term") as number | undefined) ?? 0;
      // Who comes back may be the highest: it looks.
      return elect({ term, role: "follows", grants: [], orders: 0 }, context);
    },
    receive(state, from, message, context) {
      switch (message.kind) {
        case "election":
          context.send(from, { kind: "alive" });
          return state.role === "follows" ? elect(state, context) : state;
        case "alive":
          return state.role === "waits" ? follow(state, state.term, context) : state;
        case "claim":
          if (message.term <= state.term) {
            context.send(from, { kind: "refuse", term: state.term });
            return state;
          }
          context.send(from, { kind: "grant", term: message.term });
          return follow(state, message.term, context);
        case "grant": {
          if (message.term !== state.term || state.role !== "claims") return state;
          const grants = [...new Set([...state.grants, from])];
          return lead({ ...state, grants }, context);
        }
        case "refuse":
          return message.term > state.term ? follow(state, message.term, context) : state;
        case "order": {
          const { term, number } = message;
          if (term < state.term && faulty.obeysAnybody !== true) {
            context.send(from, { kind: "refuse", term: state.term });
            return state;
          }
          context.note("obeys", { term, number, leader: from });
          return follow(state, term, context);
        }
      }
    },
    timeout(state, timer, context) {
      if (timer === "silence") return elect(state, context);
      if (timer === "answer") return state.role === "waits" ? claim(state, context) : state;
      const orders = state.orders + 1;
      context.send(others(context.self), { kind: "order", term: state.term, number: orders });
      context.setTimer("beat", BEAT);
      return { ...state, orders };
    },
  };
};

/** Orders of a leader that was replaced come late, and must not count. */
const noStaleOrders: Check = always(
  "no-stale-orders",
  "Nobody obeys a leader of an earlier term than one obeyed before.",
  ({ names }) => {
    const latest = new Map<number, Note>();
    return {
      note(note) {
        if (note.name !== "obeys") return undefined;
        const before = latest.get(note.process) ?? note;
        latest.set(note.process, note);
        if (Number(before.fields.term) <= Number(note.fields.term)) return undefined;
        const [was, is] = [before.fields.term, note.fields.term];
        return {
          reason: `${names[note.process]} obeyed term ${is} after term ${was}`,
          witnesses: [before.event, note.event],
        };
      },
    };
  },
);

/** In calm one process leads, and the others have obeyed it lately. */
const oneIsObeyed = (processes: number): Check =>
  eventually("one-is-obeyed", "All obey one leader.", seconds(8), ({ due, names }) => {
    const obeyed = new Map<number, Note>();
    let leader: Note | undefined;
    return {
      note(note) {
        const later = Number(note.fields.term) > Number(leader?.fields.term ?? 0);
        if (note.name === "leads" && later) leader = note;
        if (note.name === "obeys" && note.timeMicros >= due) obeyed.set(note.process, note);
        return undefined;
      },
      end() {
        if (leader === undefined) return { reason: "nobody ever led", witnesses: [] };
        const led = leader;
        const loyal = [...obeyed.values()].filter(({ fields }) => fields.term === led.fields.term);
        if (loyal.length === processes - 1) return undefined;
        const said = `${loyal.length} of ${processes - 1} obeyed it`;
        return {
          reason: `${names[led.process]} leads in term ${led.fields.term}, and ${said}`,
          witnesses: [led.event],
        };
      },
    };
  });

const tookOver = sometimes("took-over", "A leader was followed by another.", () => {
  const leaders = new Set<number>();
  return {
    note({ name, process, event }) {
      if (name === "leads") leaders.add(process);
      return leaders.size > 1 ? { reason: "", witnesses: [event] } : undefined;
    },
  };
});

export const bullyElection = (name: string, faulty: Faulty = {}): System<Params> => ({
  name,
  parse: wholeParams(name, { processes: { is: 3, min: 2, max: 20 } }),
  processes: ({ processes }) => {
    const process = candidate(processes, faulty);
    return Array.from({ length: processes }, (_, index) => ({ name: `p${index + 1}`, process }));
  },
  checks: ({ processes }) => [oneLeaderPerTerm(), noStaleOrders, oneIsObeyed(processes), tookOver],
});

export default bullyElection("bully-election");
