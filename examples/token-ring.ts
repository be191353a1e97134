// A token goes round a ring; who holds it may enter. Le Lann 1977, for links that lose and double, and for
// processes that crash: a token is passed again until the next one says it has come, and has a number,
// so that a copy of one that has gone on is known for what it is.
//
//   npx orrery check examples/token-ring.ts
import type { Check, Context, Note, Process, ProcessId, System } from "orrery";
import { eventually, ms, mutualExclusion, seconds, sometimes, wholeParams } from "orrery";

type Message = { readonly token: number } | { readonly came: number };

/** `number` is that of the last token seen; it is with us, or on its way to the next, or gone. */
type State = { readonly number: number; readonly token: "here" | "leaving" | "gone" };

type Params = { readonly processes: number };

const AT_WORK = ms(20);
const PATIENCE = ms(200);

/** What a wrong version leaves out. */
type Faulty = {
  readonly forgetsNumbers?: boolean;
  readonly passesOnce?: boolean;
  readonly keepsTimer?: boolean;
};

const station = (next: ProcessId, first: boolean, faulty: Faulty): Process<State, Message> => {
  const enter = (number: number, context: Context<Message>): State => {
    context.note("enter", { number });
    context.put("state", { number, token: "here" });
    // Nobody told us that the last one had come; that this one is here does.
    if (faulty.keepsTimer !== true) context.cancelTimer("again");
    context.setTimer("leave", AT_WORK);
    return { number, token: "here" };
  };
  const pass = (number: number, context: Context<Message>): void => {
    context.send(next, { token: number + 1 });
    if (faulty.passesOnce !== true) context.setTimer("again", PATIENCE);
  };
  return {
    start(stored, context) {
      const state = (stored.get("state") as State | undefined) ?? {
        number: first ? 1 : 0,
        token: first ? "here" : "gone",
      };
      if (state.token === "here") return enter(state.number, context);
      if (state.token === "leaving") pass(state.number, context);
      return state;
    },
    receive(state, from, message, context) {
      if ("came" in message) {
        if (state.token !== "leaving" || message.came !== state.number + 1) return state;
        context.cancelTimer("again");
        context.put("state", { number: state.number, token: "gone" });
        return { number: state.number, token: "gone" };
      }
      context.send(from, { came: message.token });
      const old = message.token <= state.number && faulty.forgetsNumbers !== true;
      if (old || state.token === "here") return state;
      return enter(message.token, context);
    },
    timeout(state, timer, context) {
      if (timer === "again") {
        context.note("again", { number: state.number + 1 });
        pass(state.number, context);
        return state;
      }
      context.note("leave", {});
      context.put("state", { number: state.number, token: "leaving" });
      pass(state.number, context);
      return { number: state.number, token: "leaving" };
    },
  };
};

/** In calm, everybody has their turn again and again. */
const everybodyEnters = (processes: number): Check =>
  eventually("everybody-enters", "Every process enters.", seconds(5), ({ due }) => {
    const entered = new Set<number>();
    let last: Note | undefined;
    return {
      note(note) {
        if (note.name !== "enter") return undefined;
        last = note;
        if (note.timeMicros >= due) entered.add(note.process);
        return undefined;
      },
      end() {
        if (entered.size === processes) return undefined;
        const witnesses = last === undefined ? [] : [last.event];
        return { reason: `${entered.size} of ${processes} entered in the last 5 s`, witnesses };
      },
    };
  });

const passedAgain = sometimes("passed-again", "A token had to be passed again.", () => ({
  note: ({ name, event }) => (name === "again" ? { reason: "", witnesses: [event] } : undefined),
}));

export const tokenRing = (name: string, faulty: Faulty = {}): System<Params> => ({
  name,
  parse: wholeParams(name, { processes: { is: 4, min: 2, max: 100 } }),
  processes: ({ processes }) =>
    Array.from({ length: processes }, (_, index) => ({
      name: `station_${index + 1}`,
      process: station(((index + 1) % processes) as ProcessId, index === 0, faulty),
    })),
  checks: ({ processes }) => [mutualExclusion(), everybodyEnters(processes), passedAgain],
});

export default tokenRing("token-ring");
