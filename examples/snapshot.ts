// How much money is there, while it moves? Chandy, Lamport 1985, "Distributed snapshots". Each account
// writes down what it has when the first marker comes, and what then still comes on each link until that
// link's own marker. Right only if links keep the order.
//
//   npx orrery check examples/snapshot.ts
import type { Check, Context, Note, Process, ProcessId, System } from "orrery";
import {
  always,
  eventually,
  micros,
  ms,
  type PerfectLinks,
  perfectLinks,
  seconds,
  sometimes,
  wholeParams,
} from "orrery";

type Message =
  | { readonly pay: number }
  | { readonly marker: number }
  /** To the first account, which begins the next snapshot when all have ended this one. */
  | { readonly ended: number };

/** A snapshot under way here: one at a time, as markers of two would be taken for each other's. */
type Snapshot = {
  readonly number: number;
  readonly balance: number;
  readonly underWay: number;
  /** Whose markers are still to come. */
  readonly open: readonly number[];
};
type State = {
  readonly balance: number;
  readonly last: number;
  readonly snapshot?: Snapshot;
  /** How many ended the last one, as the first account knows. */
  readonly ended: number;
};

type Params = { readonly accounts: number };

const START = 100;

const account = (accounts: number): Process<State, Message> => {
  const others = (self: number): ProcessId[] =>
    Array.from({ length: accounts }, (_, id) => id as ProcessId).filter((id) => id !== self);
  const soon = (timer: string, least: number, context: Context<Message>): void =>
    context.setTimer(timer, micros(least + context.random() * least));
  const kept = (state: State, context: Context<Message>): State => {
    context.put("state", state);
    return state;
  };
  const open = (state: State, number: number, context: Context<Message>): State => {
    context.send(others(context.self), { marker: number });
    const { balance } = state;
    const snapshot = { number, balance, underWay: 0, open: others(context.self) };
    return { balance, last: number, snapshot, ended: 0 };
  };
  const closed = (state: State, from: number, context: Context<Message>): State => {
    const { snapshot, balance, last, ended } = state;
    if (snapshot === undefined) return state;
    const left = snapshot.open.filter((id) => id !== from);
    if (left.length > 0) return { ...state, snapshot: { ...snapshot, open: left } };
    const { number, underWay } = snapshot;
    context.note("recorded", { number, balance: snapshot.balance, underWay });
    if (context.self === 0) return { balance, last, ended: ended + 1 };
    context.send(0 as ProcessId, { ended: number });
    return { balance, last, ended };
  };
  return {
    start(stored, context) {
      soon("pay", ms(40), context);
      if (context.self === 0) soon("snapshot", seconds(1), context);
      return (
        (stored.get("state") as State | undefined) ?? { balance: START, last: 0, ended: accounts }
      );
    },
    receive(state, from, message, context) {
      if ("pay" in message) {
        const balance = state.balance + message.pay;
        const { snapshot } = state;
        if (snapshot === undefined || !snapshot.open.includes(from)) {
          return kept({ ...state, balance }, context);
        }
        const underWay = snapshot.underWay + message.pay;
        return kept({ ...state, balance, snapshot: { ...snapshot, underWay } }, context);
      }
      if ("ended" in message) return kept({ ...state, ended: state.ended + 1 }, context);
      const begun = message.marker > state.last ? open(state, message.marker, context) : state;
      return kept(closed(begun, from, context), context);
    },
    timeout(state, timer, context) {
      if (timer === "snapshot") {
        soon("snapshot", seconds(1), context);
        if (state.ended < accounts) return state;
        context.note("begins", { number: state.last + 1 });
        return kept(open(state, state.last + 1, context), context);
      }
      soon("pay", ms(40), context);
      if (state.balance === 0) return state;
      const pay = 1 + Math.floor(context.random() * Math.min(10, state.balance));
      const all = others(context.self);
      context.send(all[Math.floor(context.random() * all.length)]!, { pay });
      return kept({ ...state, balance: state.balance - pay }, context);
    },
  };
};

const nothingMissing = (accounts: number): Check =>
  always("nothing-missing", "A snapshot holds all the money.", () => {
    const snapshots = new Map<unknown, Note[]>();
    return {
      note(note) {
        if (note.name !== "recorded") return undefined;
        const parts = snapshots.get(note.fields.number) ?? [];
        parts.push(note);
        snapshots.set(note.fields.number, parts);
        if (parts.length < accounts) return undefined;
        const sum = parts.reduce(
          (total, { fields }) => total + Number(fields.balance) + Number(fields.underWay),
          0,
        );
        if (sum === accounts * START) return undefined;
        const reason = `snapshot ${note.fields.number} holds ${sum}, and there is ${accounts * START}`;
        return { reason, witnesses: parts.map(({ event }) => event) };
      },
    };
  });

const everySnapshotEnds = (accounts: number): Check =>
  eventually("every-snapshot-ends", "A snapshot that begins ends.", seconds(5), ({ due }) => {
    const open = new Map<unknown, { left: number; readonly note: Note }>();
    return {
      note(note) {
        const { number } = note.fields;
        if (note.name === "begins" && note.timeMicros <= due)
          open.set(number, { left: accounts, note });
        const snapshot = open.get(number);
        if (note.name === "recorded" && snapshot !== undefined && --snapshot.left === 0) {
          open.delete(number);
        }
        return undefined;
      },
      end() {
        const [first] = open.values();
        if (first === undefined) return undefined;
        const reason = `snapshot ${first.note.fields.number} lacks ${first.left} accounts`;
        return { reason, witnesses: [first.note.event] };
      },
    };
  });

const caughtUnderWay = sometimes("caught-under-way", "A snapshot met money under way.", () => ({
  note: ({ name, fields, event }) =>
    name === "recorded" && Number(fields.underWay) > 0
      ? { reason: "", witnesses: [event] }
      : undefined,
}));

export const snapshot = (name: string, order: PerfectLinks["order"] = "fifo"): System<Params> => ({
  name,
  parse: wholeParams(name, { accounts: { is: 3, min: 2, max: 20 } }),
  processes: ({ accounts }) => {
    const process = perfectLinks(account(accounts), { order: order ?? "fifo" });
    return Array.from({ length: accounts }, (_, index) => ({ name: `a${index + 1}`, process }));
  },
  checks: ({ accounts }) => [nothingMissing(accounts), everySnapshotEnds(accounts), caughtUnderWay],
});

export default snapshot("snapshot");
