import type { Process, ProcessId } from "../../core/process.ts";

/** The clock rides on the message as its stamp; there is nothing else to say. */
const TICK = 0;

/** Next and next-but-one machine on the ring, never oneself. */
export function neighbours(self: number, machines: number): readonly ProcessId[] {
  const next = (self + 1) % machines;
  const after = (self + 2) % machines;
  if (next === self) return [];
  return after === self ? [next as ProcessId] : [next as ProcessId, after as ProcessId];
}

/**
 * A machine of the scale model. A tick takes one message if one waits; otherwise the machine rolls:
 * with probability `internal` an internal event, else with equal chance a send to the next machine,
 * to the one after, or to both.
 */
export function machine(machines: number, internal: number): Process<undefined, number> {
  const toAfter = internal + (1 - internal) / 3;
  const toBoth = internal + (2 * (1 - internal)) / 3;
  const alone = machines < 2;
  return {
    start: () => undefined,
    receive: (state) => state,
    timeout: (state) => state,
    idle(state, context) {
      const roll = context.random();
      if (roll < internal || alone) return state;
      const next = ((context.self + 1) % machines) as ProcessId;
      const after = (machines > 2 ? (context.self + 2) % machines : next) as ProcessId;
      if (roll < toAfter) context.send(next, TICK);
      else if (roll < toBoth || machines === 2) context.send(after, TICK);
      else context.send([next, after], TICK);
      return state;
    },
  };
}
