// Who is down? Nobody can know for sure, so a detector suspects whoever is silent, and grows more patient
// each time it was wrong: in the end it is right. Chandra, Toueg 1996, "Unreliable failure detectors".
//
//   npx orrery check examples/failure-detector.ts
import type { Context, Process, ProcessId, System } from "orrery";
import { eventually, type Micros, micros, ms, seconds, sometimes, wholeParams } from "orrery";

type Message = "alive";
type Params = { readonly processes: number };

type State = {
  /** How long each may be silent, µs. */
  readonly patience: readonly number[];
  readonly suspected: readonly boolean[];
};

const BEAT = ms(100);
const PATIENCE = ms(250);
const PATIENCE_MAX = seconds(2);

const detector = (processes: number): Process<State, Message> => {
  const wait = (peer: number, patience: number, context: Context<Message>): void =>
    context.setTimer(`silent ${peer}`, micros(patience));
  return {
    start(_stored, context) {
      context.setTimer("beat", BEAT);
      for (let peer = 0; peer < processes; peer++) {
        if (peer === context.self) continue;
        wait(peer, PATIENCE, context);
        // Whatever an earlier incarnation thought, this one trusts everybody.
        context.note("trusts", { peer });
      }
      return {
        patience: new Array<Micros>(processes).fill(PATIENCE),
        suspected: new Array<boolean>(processes).fill(false),
      };
    },
    receive(state, from, _message, context) {
      if (!state.suspected[from]) {
        wait(from, state.patience[from]!, context);
        return state;
      }
      context.note("trusts", { peer: from });
      const longer = Math.min(2 * state.patience[from]!, PATIENCE_MAX);
      wait(from, longer, context);
      return {
        patience: state.patience.with(from, longer),
        suspected: state.suspected.with(from, false),
      };
    },
    timeout(state, timer, context) {
      if (timer === "beat") {
        const all = Array.from({ length: processes }, (_, id) => id as ProcessId);
        context.send(
          all.filter((id) => id !== context.self),
          "alive",
        );
        context.setTimer("beat", BEAT);
        return state;
      }
      const peer = Number(timer.split(" ")[1]);
      context.note("suspects", { peer });
      return { ...state, suspected: state.suspected.with(peer, true) };
    },
  };
};

const everybodyTrusted = eventually(
  "everybody-trusted",
  "Nobody who is up is suspected.",
  seconds(5),
  ({ names }) => {
    const suspicions = new Map<string, Parameters<NonNullable<Watching["note"]>>[0]>();
    return {
      note(note) {
        const key = `${note.process} ${note.fields.peer}`;
        if (note.name === "suspects") suspicions.set(key, note);
        else suspicions.delete(key);
        return undefined;
      },
      end() {
        const [first] = suspicions.values();
        if (first === undefined) return undefined;
        const whom = names[Number(first.fields.peer)];
        return { reason: `${names[first.process]} suspects ${whom}`, witnesses: [first.event] };
      },
    };
  },
);
type Watching = ReturnType<Parameters<typeof eventually>[3]>;

const suspectedWrongly = sometimes(
  "suspected-wrongly",
  "Somebody was suspected and was up.",
  () => ({
    note: ({ name, incarnation, timeMicros, event }) =>
      name === "trusts" && incarnation > 0 && timeMicros > 0
        ? { reason: "", witnesses: [event] }
        : undefined,
  }),
);

const failureDetector: System<Params> = {
  name: "failure-detector",
  parse: wholeParams("failure-detector", { processes: { is: 4, min: 2, max: 100 } }),
  processes: ({ processes }) => {
    const process = detector(processes);
    return Array.from({ length: processes }, (_, index) => ({ name: `p${index + 1}`, process }));
  },
  checks: () => [everybodyTrusted, suspectedWrongly],
  // It stores nothing, so it has nothing to lose.
  survives: [
    "crash",
    "wipe",
    "power",
    "pause",
    "slow",
    "clock",
    "store",
    "partition",
    "loss",
    "duplicate",
    "corrupt",
    "reorder",
    "delay",
    "clog",
    "swizzle",
  ],
};

export default failureDetector;
