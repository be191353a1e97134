// Reliable broadcast for Maelstrom's workload of that name: each message goes to the neighbours, again and again until
// they have acknowledged it. Written once, it is hunted in virtual time, and runs as a program under a host that speaks
// the protocol: ours, or the original.
//
//   npx orrery check examples/maelstrom-broadcast.ts
//   npx orrery maelstrom --bin npx -w broadcast -- orrery node examples/maelstrom-broadcast.ts --maelstrom
import type { Body, Context, MaelstromParams, Process, ProcessId } from "orrery";
import { gridOf, maelstromOf, ms } from "orrery";

type State = {
  readonly messages: readonly number[];
  /** What each neighbour has not acknowledged yet. */
  readonly owed: ReadonlyMap<ProcessId, readonly number[]>;
};

const AGAIN = ms(200);
const STORED = "messages";

/** Wrong: each neighbour is told once. */
export type Faulty = { readonly tellsOnce?: boolean };

export const broadcaster = (
  self: number,
  { nodes }: Pick<MaelstromParams, "nodes">,
  faulty: Faulty = {},
): Process<State, Body> => {
  const neighbours = gridOf(nodes)[`n${self}`]!.map((name) => Number(name.slice(1)) as ProcessId);
  const reply = (context: Context<Body>, to: ProcessId, { msg_id = 0 }: Body, body: Body): void =>
    context.send(to, { ...body, in_reply_to: msg_id });
  const tell = (context: Context<Body>, to: ProcessId, messages: readonly number[]): void =>
    context.send(to, { type: "tell", messages });
  const learn = (state: State, context: Context<Body>, news: readonly number[]): State => {
    const fresh = news.filter((message) => !state.messages.includes(message));
    if (fresh.length === 0) return state;
    const messages = [...state.messages, ...fresh];
    context.put(STORED, messages);
    for (const each of neighbours) tell(context, each, fresh);
    const owed = new Map(neighbours.map((id) => [id, [...(state.owed.get(id) ?? []), ...fresh]]));
    return { messages, owed };
  };
  return {
    start(stored, context) {
      context.setTimer("again", AGAIN);
      const messages = (stored.get(STORED) as readonly number[] | undefined) ?? [];
      // Who starts again does not know whom it has told.
      return { messages, owed: new Map(neighbours.map((id) => [id, messages])) };
    },
    receive(state, from, body, context) {
      switch (body.type) {
        case "topology":
          reply(context, from, body, { type: "topology_ok" });
          return state;
        case "read":
          reply(context, from, body, { type: "read_ok", messages: state.messages });
          return state;
        case "broadcast":
          reply(context, from, body, { type: "broadcast_ok" });
          return learn(state, context, [body.message as number]);
        case "tell":
          context.send(from, { type: "told", messages: body.messages! });
          return learn(state, context, body.messages as readonly number[]);
        default: {
          const told = new Set(body.messages as readonly number[]);
          const left = (state.owed.get(from) ?? []).filter((message) => !told.has(message));
          return { ...state, owed: new Map(state.owed).set(from, left) };
        }
      }
    },
    timeout(state, _timer, context) {
      context.setTimer("again", AGAIN);
      if (faulty.tellsOnce === true) return state;
      for (const [id, messages] of state.owed) if (messages.length > 0) tell(context, id, messages);
      return state;
    },
  };
};

export default maelstromOf("maelstrom-broadcast", broadcaster);
