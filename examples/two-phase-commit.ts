// All do it or none: atomic commitment in two phases. Gray 1978, "Notes on data base operating systems";
// Bernstein, Hadzilacos, Goodman 1987, ch. 7. A participant that voted yes cannot decide alone: it has
// written its vote before it sends it, and asks until it is told. No decision written means abort.
//
//   npx orrery check examples/two-phase-commit.ts
import type { Check, Context, Note, Process, ProcessId, System } from "orrery";
import { always, eventually, micros, ms, seconds, sometimes, wholeParams } from "orrery";

type Vote = "yes" | "no";
type Decision = "commit" | "abort";
type Message =
  | { readonly kind: "prepare" | "ask"; readonly tx: number }
  | { readonly kind: "vote"; readonly tx: number; readonly vote: Vote }
  | { readonly kind: "decide"; readonly tx: number; readonly decision: Decision }
  | { readonly kind: "done"; readonly tx: number };

type Params = { readonly participants: number };

const COORDINATOR = 0 as ProcessId;
const PATIENCE = ms(300);
/** Votes that have not come by then are taken for no. */
const VOTING = ms(800);

type Transaction = {
  readonly tx: number;
  readonly votes: readonly number[];
  readonly decision?: Decision;
  /** Who knows of the decision. */
  readonly done: readonly number[];
};
type Coordinator = { readonly last: number; readonly current?: Transaction };

/** One transaction after the other. What is stored: its number before it begins, and its decision. */
const coordinator = (participants: number): Process<Coordinator, Message> => {
  const all = Array.from({ length: participants }, (_, index) => (index + 1) as ProcessId);
  const begin = (last: number, context: Context<Message>): Coordinator => {
    const tx = last + 1;
    context.put("last", tx);
    context.note("begin", { tx });
    context.send(all, { kind: "prepare", tx });
    context.setTimer("prepare", PATIENCE);
    context.setTimer("vote", VOTING);
    return { last: tx, current: { tx, votes: [], done: [] } };
  };
  const decide = (current: Transaction, decision: Decision, context: Context<Message>) => {
    const { tx } = current;
    context.put("decision", { tx, decision });
    context.note("decided", { tx, decision });
    context.cancelTimer("prepare");
    context.cancelTimer("vote");
    return announce({ ...current, decision }, context);
  };
  const announce = (current: Transaction, context: Context<Message>): Coordinator => {
    const { tx, decision = "abort", done } = current;
    context.send(
      all.filter((id) => !done.includes(id)),
      { kind: "decide", tx, decision },
    );
    context.setTimer("announce", PATIENCE);
    return { last: tx, current };
  };
  return {
    start(stored, context) {
      const last = (stored.get("last") as number | undefined) ?? 0;
      if (last === 0) return begin(last, context);
      const known = stored.get("decision") as { tx: number; decision: Decision } | undefined;
      const current = { tx: last, votes: [], done: [] };
      // It crashed before it had decided, or does not know whether all have heard.
      if (known?.tx === last) return announce({ ...current, decision: known.decision }, context);
      return decide(current, "abort", context);
    },
    receive(state, from, message, context) {
      const { current } = state;
      if (current === undefined || message.tx !== current.tx) return state;
      if (message.kind === "vote" && current.decision === undefined) {
        if (message.vote === "no") return decide(current, "abort", context);
        const votes = [...new Set([...current.votes, from])];
        if (votes.length === participants) return decide(current, "commit", context);
        return { ...state, current: { ...current, votes } };
      }
      if (message.kind === "ask" && current.decision !== undefined) {
        const { tx, decision } = current;
        context.send(from, { kind: "decide", tx, decision });
      }
      if (message.kind !== "done" || current.decision === undefined) return state;
      const done = [...new Set([...current.done, from])];
      if (done.length < participants) return { ...state, current: { ...current, done } };
      context.cancelTimer("announce");
      context.setTimer("next", micros(ms(50) + context.random() * ms(300)));
      return { last: state.last };
    },
    timeout(state, timer, context) {
      const { current, last } = state;
      if (timer === "next") return begin(last, context);
      if (current === undefined) return state;
      if (timer === "announce") return announce(current, context);
      if (timer === "vote") return decide(current, "abort", context);
      context.send(
        all.filter((id) => !current.votes.includes(id)),
        { kind: "prepare", tx: current.tx },
      );
      context.setTimer("prepare", PATIENCE);
      return state;
    },
  };
};

type Participant = {
  readonly tx: number;
  readonly vote?: Vote;
  readonly decision?: Decision;
};

/** Wrong: it says that it is done, and writes that down a little later. */
type Faulty = { readonly repliesBeforeWriting?: boolean };

const participant = (faulty: Faulty): Process<Participant, Message> => {
  const answer = (state: Participant, context: Context<Message>): void => {
    const { tx, vote = "no" } = state;
    context.send(COORDINATOR, { kind: "vote", tx, vote });
    if (vote === "yes" && state.decision === undefined) context.setTimer("ask", PATIENCE);
  };
  const apply = (tx: number, decision: Decision, context: Context<Message>): void => {
    context.put("state", { tx, decision });
    context.note("applies", { tx, decision });
  };
  const settle = (tx: number, decision: Decision, context: Context<Message>): Participant => {
    context.cancelTimer("ask");
    if (faulty.repliesBeforeWriting === true) context.setTimer(`write ${tx} ${decision}`, ms(100));
    else apply(tx, decision, context);
    context.send(COORDINATOR, { kind: "done", tx });
    return { tx, decision };
  };
  return {
    start(stored, context) {
      const state = (stored.get("state") as Participant | undefined) ?? { tx: 0 };
      if (state.vote === "yes" && state.decision === undefined) answer(state, context);
      return state;
    },
    receive(state, _from, message, context) {
      const { kind, tx } = message;
      if (kind === "prepare" && tx === state.tx) {
        if (state.decision === undefined) answer(state, context);
        return state;
      }
      if (kind === "prepare" && tx > state.tx) {
        const vote: Vote = context.random() < 0.85 ? "yes" : "no";
        const next: Participant = { tx, vote };
        context.note("votes", { tx, vote });
        context.put("state", next);
        answer(next, context);
        // Who says no may go its own way at once.
        if (vote === "yes") return next;
        return settle(tx, "abort", context);
      }
      if (kind !== "decide" || tx < state.tx) return state;
      if (tx === state.tx && state.decision !== undefined) {
        context.send(COORDINATOR, { kind: "done", tx });
        return state;
      }
      return settle(tx, message.decision, context);
    },
    timeout(state, timer, context) {
      const [act, tx, decision] = timer.split(" ");
      if (act === "write") apply(Number(tx), decision as Decision, context);
      else if (state.decision === undefined) {
        context.send(COORDINATOR, { kind: "ask", tx: state.tx });
        context.setTimer("ask", PATIENCE);
      }
      return state;
    },
  };
};

const oneDecision: Check = always(
  "one-decision",
  "Nobody applies another decision than anybody else.",
  ({ names }) => {
    const known = new Map<unknown, Note>();
    return {
      note(note) {
        if (note.name !== "applies" && note.name !== "decided") return undefined;
        const { tx, decision } = note.fields;
        const before = known.get(tx) ?? note;
        known.set(tx, before);
        if (before.fields.decision === decision) return undefined;
        const said = ({ process, fields }: Note): string => `${names[process]}: ${fields.decision}`;
        return {
          reason: `transaction ${tx} has two decisions, ${said(before)}, ${said(note)}`,
          witnesses: [before.event, note.event],
        };
      },
    };
  },
);

const commitNeedsAllVotes = (participants: number): Check =>
  always("commit-needs-all-votes", "What is committed, all voted for.", () => {
    const votes = new Map<unknown, Set<number>>();
    return {
      note({ name, process, fields: { tx, vote, decision }, event }) {
        const yes = votes.get(tx) ?? new Set();
        votes.set(tx, yes);
        if (name === "votes" && vote === "yes") yes.add(process);
        // A vote may be withdrawn only by a crash before anybody could have seen it.
        if (name === "votes" && vote === "no") yes.delete(process);
        const wrong = name === "applies" && decision === "commit" && yes.size < participants;
        if (!wrong) return undefined;
        return { reason: `only ${yes.size} voted for ${tx}`, witnesses: [event] };
      },
    };
  });

const everybodyDecides = (participants: number): Check =>
  eventually("everybody-decides", "Every transaction ends everywhere.", seconds(5), ({ due }) => {
    const open = new Map<unknown, { readonly left: Set<number>; readonly note: Note }>();
    return {
      note(note) {
        const { tx } = note.fields;
        if (note.name === "begin" && note.timeMicros <= due) {
          const left = new Set(Array.from({ length: participants }, (_, index) => index + 1));
          open.set(tx, { left, note });
        }
        if (note.name === "applies") open.get(tx)?.left.delete(note.process);
        if (open.get(tx)?.left.size === 0) open.delete(tx);
        return undefined;
      },
      end() {
        const [first] = open.values();
        if (first === undefined) return undefined;
        const reason = `${first.left.size} do not know how transaction ${first.note.fields.tx} ended`;
        return { reason, witnesses: [first.note.event] };
      },
    };
  });

const occurs = (decision: Decision): Check =>
  sometimes(`some-${decision}`, `A transaction ends with ${decision}.`, () => ({
    note: ({ name, fields, event }) =>
      name === "decided" && fields.decision === decision
        ? { reason: "", witnesses: [event] }
        : undefined,
  }));

export const twoPhaseCommit = (name: string, faulty: Faulty = {}): System<Params> => ({
  name,
  parse: wholeParams(name, { participants: { is: 3, min: 1, max: 20 } }),
  processes: ({ participants }) => {
    const others = participant(faulty);
    return [
      { name: "coordinator", process: coordinator(participants) },
      ...Array.from({ length: participants }, (_, index) => ({
        name: `participant_${index + 1}`,
        process: others,
      })),
    ];
  },
  checks: ({ participants }) => [
    oneDecision,
    commitNeedsAllVotes(participants),
    everybodyDecides(participants),
    occurs("commit"),
    occurs("abort"),
  ],
});

export default twoPhaseCommit("two-phase-commit");
