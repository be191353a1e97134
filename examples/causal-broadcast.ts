// Everybody tells everybody, and nobody hears an answer before the question: causal broadcast with
// vector clocks. Birman, Schiper, Stephenson 1991; Cachin, Guerraoui, Rodrigues 2011, §3.9.
//
//   npx orrery check examples/causal-broadcast.ts
import type { Check, Context, Note, Process, ProcessId, System } from "orrery";
import {
  causalDelivery,
  eventually,
  fifoDelivery,
  micros,
  ms,
  perfectLinks,
  seconds,
  sometimes,
  wholeParams,
} from "orrery";

/** `after[p]`: how many messages of process p came before this one. */
type Message = { readonly by: number; readonly after: readonly number[] };

type State = {
  /** How many of each process were delivered; of our own, how many were sent. */
  readonly delivered: readonly number[];
  readonly waiting: readonly Message[];
};

type Params = { readonly processes: number };

const idOf = ({ by, after }: Message): string => `${by}:${after[by]}`;

const talker = (processes: number, waits: boolean): Process<State, Message> => {
  const later = (context: Context<Message>): void =>
    context.setTimer("speak", micros(ms(100) + context.random() * ms(500)));
  /** Delivers all that waits for nothing any more. */
  const deliver = (state: State, context: Context<Message>): State => {
    let { delivered, waiting } = state;
    for (;;) {
      const ready = waiting.find(
        ({ by, after }) =>
          !waits ||
          after.every((count, p) => (p === by ? count === delivered[p]! : count <= delivered[p]!)),
      );
      if (ready === undefined) break;
      context.note("deliver", { id: idOf(ready) });
      waiting = waiting.filter((each) => each !== ready);
      delivered = delivered.with(ready.by, delivered[ready.by]! + 1);
    }
    const after = { delivered, waiting };
    context.put("state", after);
    return after;
  };
  return {
    start(stored, context) {
      later(context);
      return (
        (stored.get("state") as State | undefined) ?? {
          delivered: new Array<number>(processes).fill(0),
          waiting: [],
        }
      );
    },
    receive(state, _from, message, context) {
      const blocked = message.after.some((count, p) => count > state.delivered[p]!);
      if (blocked) context.note("wait", { id: idOf(message) });
      return deliver({ ...state, waiting: [...state.waiting, message] }, context);
    },
    timeout(state, _timer, context) {
      const by = context.self;
      const message = { by, after: state.delivered };
      context.note("broadcast", { id: idOf(message) });
      const all = Array.from({ length: processes }, (_, id) => id as ProcessId);
      context.send(
        all.filter((id) => id !== by),
        message,
      );
      later(context);
      const delivered = state.delivered.with(by, state.delivered[by]! + 1);
      context.put("state", { ...state, delivered });
      return { ...state, delivered };
    },
  };
};

/** In calm, what is broadcast is delivered by all. */
const deliveredByAll = (processes: number): Check =>
  eventually("delivered-by-all", "Every message is delivered by all.", seconds(5), ({ due }) => {
    const missing = new Map<unknown, { readonly left: Set<number>; readonly note: Note }>();
    return {
      note(note) {
        const { id } = note.fields;
        if (note.name === "broadcast" && note.timeMicros <= due) {
          const left = new Set(Array.from({ length: processes }, (_, p) => p));
          left.delete(note.process);
          missing.set(id, { left, note });
        }
        if (note.name === "deliver") missing.get(id)?.left.delete(note.process);
        if (missing.get(id)?.left.size === 0) missing.delete(id);
        return undefined;
      },
      end() {
        const [first] = missing.values();
        if (first === undefined) return undefined;
        const reason = `${first.note.fields.id} was not delivered by ${first.left.size}`;
        return { reason, witnesses: [first.note.event] };
      },
    };
  });

const hadToWait = sometimes("had-to-wait", "A message came before one that it follows.", () => ({
  note: ({ name, event }) => (name === "wait" ? { reason: "", witnesses: [event] } : undefined),
}));

export const causalBroadcast = (name: string, waits = true): System<Params> => ({
  name,
  parse: wholeParams(name, { processes: { is: 3, min: 2, max: 20 } }),
  processes: ({ processes }) => {
    const process = perfectLinks(talker(processes, waits));
    return Array.from({ length: processes }, (_, index) => ({ name: `p${index + 1}`, process }));
  },
  checks: ({ processes }) => [
    causalDelivery(),
    fifoDelivery(),
    deliveredByAll(processes),
    hadToWait,
  ],
});

export default causalBroadcast("causal-broadcast");
