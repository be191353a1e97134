// A system whose failure is decided by one message at one moment: for `why`, and for tests of it.
import { always } from "../../src/checks/notes.ts";
import { ms, seconds } from "../../src/core/micros.ts";
import type { Process, ProcessId } from "../../src/core/process.ts";
import type { System } from "../../src/core/system.ts";

/** When the die is cast. */
export const CAST = seconds(3);

/** One roll in ten at 3 s poisons the other, who is found out at 8 s. Chatter goes on meanwhile. */
const caster: Process<{ readonly poisoned: boolean }, string> = {
  start(_stored, context) {
    context.setTimer("chat", ms(50));
    if (context.self === 0) context.setTimer("cast", CAST);
    else context.setTimer("look", seconds(8));
    return { poisoned: false };
  },
  receive: (state, _from, message) => (message === "poison" ? { poisoned: true } : state),
  timeout(state, timer, context) {
    const other = (1 - context.self) as ProcessId;
    if (timer === "cast" && context.random() < 0.1) context.send(other, "poison");
    if (timer === "chat") {
      context.setTimer("chat", ms(50));
      context.send(other, context.random() < 0.5 ? "hm" : "yes");
    }
    if (timer === "look") context.note("looks", { poisoned: state.poisoned });
    return state;
  },
};

const system: System<Record<string, never>> = {
  name: "planted",
  parse: () => ({}),
  processes: () => ["caster", "victim"].map((name) => ({ name, process: caster })),
  checks: () => [
    always("healthy", "Nobody is found poisoned.", () => ({
      note: ({ name, fields, event }) =>
        name === "looks" && fields.poisoned === true
          ? { reason: "poisoned", witnesses: [event] }
          : undefined,
    })),
  ],
};

export default system;
