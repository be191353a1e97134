// News spreads as rumours do: now and then everybody tells somebody all that they know. Demers et al.
// 1987, "Epidemic algorithms for replicated database maintenance" (anti-entropy, push and pull).
//
//   npx orrery check examples/gossip.ts
import type { Context, Process, ProcessId, System } from "orrery";
import { convergence, micros, ms, seconds, sometimes, wholeParams } from "orrery";

/** The newest version known of what each process says. */
type Known = { readonly [process: string]: number };
type Message = { readonly known: Known; readonly answer: boolean };
type Params = { readonly processes: number; readonly news: number };

const merged = (a: Known, b: Known): Known => {
  const all = { ...a };
  for (const [name, version] of Object.entries(b)) all[name] = Math.max(version, all[name] ?? 0);
  return all;
};

const size = (known: Known): number => Object.values(known).reduce((sum, each) => sum + each, 0);

const gossiper = (processes: number, news: number): Process<Known, Message> => {
  const learn = (before: Known, after: Known, context: Context<Message>): Known => {
    if (size(before) === size(after)) return before;
    context.put("known", after);
    context.note("knows", { known: after });
    return after;
  };
  const soon = (timer: string, most: number, context: Context<Message>): void =>
    context.setTimer(timer, micros(ms(20) + context.random() * most));
  return {
    start(stored, context) {
      soon("gossip", ms(200), context);
      soon("news", seconds(1), context);
      const known = (stored.get("known") as Known | undefined) ?? {};
      context.note("knows", { known });
      return known;
    },
    receive(known, from, message, context) {
      const after = learn(known, merged(known, message.known), context);
      // Push and pull: who knows more says so.
      const more = size(after) > size(message.known);
      if (more && !message.answer) context.send(from, { known: after, answer: true });
      return after;
    },
    timeout(known, timer, context) {
      const self = `p${context.self + 1}`;
      if (timer === "news") {
        const version = (known[self] ?? 0) + 1;
        if (version < news) soon("news", seconds(1), context);
        return learn(known, { ...known, [self]: version }, context);
      }
      const step = 1 + Math.floor(context.random() * (processes - 1));
      const peer = ((context.self + step) % processes) as ProcessId;
      context.send(peer, { known, answer: false });
      soon("gossip", ms(200), context);
      return known;
    },
  };
};

const disagreed = sometimes("disagreed", "Two processes knew different things.", () => {
  const latest = new Map<number, number>();
  return {
    note({ process, fields, event }) {
      latest.set(process, size(fields.known as Known));
      const differ = new Set(latest.values()).size > 1;
      return differ ? { reason: "", witnesses: [event] } : undefined;
    },
  };
});

const gossip: System<Params> = {
  name: "gossip",
  parse: wholeParams("gossip", {
    processes: { is: 5, min: 2, max: 1_000 },
    news: { is: 10, min: 1, max: 1_000_000 },
  }),
  processes: ({ processes, news }) => {
    const process = gossiper(processes, news);
    return Array.from({ length: processes }, (_, index) => ({ name: `p${index + 1}`, process }));
  },
  checks: () => [convergence("knows", seconds(10)), disagreed],
};

export default gossip;
