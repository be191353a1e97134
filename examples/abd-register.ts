// One register kept by many, none of whom is needed: Attiya, Bar-Noy, Dolev 1995, "Sharing memory
// robustly in message-passing systems", for many writers. Whoever reads or writes first asks a majority
// for the newest value, then has a majority store the newest. A reader too: without that, the next one
// might read an older value.
//
//   npx orrery check examples/abd-register.ts
import type { Context, Process, ProcessId, System } from "orrery";
import { linearizable, micros, ms, register, sometimes, wholeParams } from "orrery";

/** Versions are ordered by time, then writer, then the writer's incarnation. */
type Version = readonly [time: number, writer: number, incarnation: number];
type Stored = { readonly version: Version; readonly value: number | null };

type Message =
  | { readonly kind: "get"; readonly op: number }
  | { readonly kind: "have"; readonly op: number; readonly stored: Stored }
  | { readonly kind: "set"; readonly op: number; readonly stored: Stored }
  | { readonly kind: "stored"; readonly op: number };

/** An operation of our own: first it asks, then it tells. */
type Operation = {
  readonly op: number;
  readonly write: number | null;
  readonly newest: Stored;
  readonly from: readonly number[];
  readonly telling: boolean;
};
type State = { readonly stored: Stored; readonly last: number; readonly current?: Operation };

type Params = { readonly processes: number };

const AGAIN = ms(200);
/** Operations of one incarnation. */
const OPERATIONS_MAX = 1_000_000;
const NOTHING: Stored = { version: [0, 0, 0], value: null };

/** Wrong: who reads does not tell; who is told answers before it has stored. */
export type Faulty = { readonly readersKeepIt?: boolean; readonly forgetsStore?: boolean };

const newer = (a: Stored, b: Stored): Stored => {
  const at = a.version.findIndex((part, index) => part !== b.version[index]);
  return at >= 0 && a.version[at]! < b.version[at]! ? b : a;
};

const replica = (processes: number, faulty: Faulty): Process<State, Message> => {
  const all = Array.from({ length: processes }, (_, id) => id as ProcessId);
  const rest = (context: Context<Message>): void =>
    context.setTimer("begin", micros(ms(20) + context.random() * ms(200)));
  const ask = ({ op, telling, newest, from }: Operation, context: Context<Message>): void => {
    const to = all.filter((id) => !from.includes(id));
    context.send(to, telling ? { kind: "set", op, stored: newest } : { kind: "get", op });
    context.setTimer("again", AGAIN);
  };
  /** A majority has said what it had: now it is told. */
  const tell = (state: State, operation: Operation, context: Context<Message>): State => {
    const { write, newest } = operation;
    if (write === null && faulty.readersKeepIt === true) return done(state, newest.value, context);
    const [time] = newest.version;
    const version: Version = [time + 1, context.self, context.incarnation];
    const stored = write === null ? newest : { version, value: write };
    const current = { ...operation, newest: stored, from: [], telling: true };
    ask(current, context);
    return { ...state, current };
  };
  const done = (state: State, result: number | null, context: Context<Message>): State => {
    context.note("return", { id: state.last, result });
    context.cancelTimer("again");
    rest(context);
    return { stored: state.stored, last: state.last };
  };
  return {
    start(stored, context) {
      rest(context);
      const known = (stored.get("stored") as Stored | undefined) ?? NOTHING;
      // Answers to an earlier incarnation may still come: operations are numbered on from there.
      return { stored: known, last: context.incarnation * OPERATIONS_MAX };
    },
    receive(state, from, message, context) {
      const { op } = message;
      if (message.kind === "get") {
        context.send(from, { kind: "have", op, stored: state.stored });
        return state;
      }
      if (message.kind === "set") {
        const stored = newer(state.stored, message.stored);
        if (stored !== state.stored && faulty.forgetsStore !== true) context.put("stored", stored);
        context.send(from, { kind: "stored", op });
        return { ...state, stored };
      }
      const { current } = state;
      if (current?.op !== op || current.telling !== (message.kind === "stored")) return state;
      const heard = [...new Set([...current.from, from])];
      const newest =
        message.kind === "have" ? newer(current.newest, message.stored) : current.newest;
      const operation = { ...current, newest, from: heard };
      if (2 * heard.length <= processes) return { ...state, current: operation };
      if (!current.telling) return tell(state, operation, context);
      return done(state, current.write === null ? newest.value : null, context);
    },
    timeout(state, timer, context) {
      if (timer === "again") {
        if (state.current !== undefined) ask(state.current, context);
        return state;
      }
      const op = state.last + 1;
      const write = context.random() < 0.4 ? Math.floor(context.random() * 1e6) : null;
      const call = write === null ? "read" : "write";
      context.note("invoke", { id: op, call, value: write });
      const current = { op, write, newest: NOTHING, from: [], telling: false };
      ask(current, context);
      return { ...state, last: op, current };
    },
  };
};

const readWritten = sometimes("read-written", "A value that was written was read.", () => ({
  note: ({ name, fields, event }) =>
    name === "return" && fields.result !== null ? { reason: "", witnesses: [event] } : undefined,
}));

export const abdRegister = (name: string, faulty: Faulty = {}): System<Params> => ({
  name,
  parse: wholeParams(name, { processes: { is: 3, min: 1, max: 20 } }),
  processes: ({ processes }) => {
    const process = replica(processes, faulty);
    return Array.from({ length: processes }, (_, index) => ({ name: `r${index + 1}`, process }));
  },
  checks: () => [linearizable(register()), readWritten],
});

export default abdRegister("abd-register");
