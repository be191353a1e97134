// Items go round a ring: each process hands numbered items to the next one, and counts those that come to it.
//
//   npx orrery check my-system/my-system.ts
import type { Check, Process, ProcessId, System } from "orrery";
import { always, ms, wholeParams } from "orrery";

type Message = { readonly item: number } | { readonly came: number };

/** The item on its way to the next, and the last one counted here. */
type State = { readonly sent: number; readonly counted: number };

/** Sends an item again until it is said to have come: links lose. So it may come twice, and is counted once. */
const node = (next: ProcessId, forgets: boolean): Process<State, Message> => ({
  start(stored, context) {
    context.setTimer("send", ms(100));
    return { sent: 1, counted: 0, ...(stored.get("state") as State | undefined) };
  },
  receive(state, from, message, context) {
    if ("came" in message && message.came !== state.sent) return state; // Late, or a copy.
    let changed = state;
    if ("came" in message) changed = { ...state, sent: state.sent + 1 };
    else {
      context.send(from, { came: message.item });
      if (message.item <= state.counted && !forgets) return state; // It came before.
      context.note("count", { item: message.item });
      changed = { ...state, counted: message.item };
    }
    context.put("state", changed);
    return changed;
  },
  timeout(state, timer, context) {
    context.send(next, { item: state.sent });
    context.setTimer(timer, ms(100));
    return state;
  },
});

const countedOnce: Check = always("counted-once", "No process counts an item twice.", () => {
  const counted = new Set<string>();
  return {
    note({ process, fields: { item }, event }) {
      if (counted.has(`${process} ${item}`)) {
        return { reason: `item ${item} was counted twice`, witnesses: [event] };
      }
      counted.add(`${process} ${item}`);
      return undefined;
    },
  };
});

/** `forgets`: what wrong.ts leaves out. */
export const systemOf = (name: string, forgets = false): System<{ readonly nodes: number }> => ({
  name,
  parse: wholeParams(name, { nodes: { is: 3, min: 2, max: 100 } }),
  processes: ({ nodes }) =>
    Array.from({ length: nodes }, (_, index) => ({
      name: `node_${index + 1}`,
      process: node(((index + 1) % nodes) as ProcessId, forgets),
    })),
  checks: () => [countedOnce],
});

export default systemOf("my-system");
