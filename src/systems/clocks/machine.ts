import type { Context, Process, ProcessId } from "../../core/process.ts";
import type { ClocksParams } from "./params.ts";

/** The clock rides on the message as its stamp; there is nothing else to say. */
const TICK = 0;
const URGENT = 1;

/**
 * A machine of the scale model. A tick takes what waits; if nothing does, the machine rolls: with
 * probability `internal` an internal event, else one of three faces with equal chance. The symmetric
 * die sends to the next machine, to the one after, or to both; the asymmetric one (of the program
 * behind seed 003) to one of the two at random, to the one after, or to both. `both: "all"` makes the
 * last face send to every other machine.
 */
export function machine(params: ClocksParams): Process<undefined, number> {
  const { machines, internal } = params;
  const second = internal + (1 - internal) / 3;
  const third = internal + (2 * (1 - internal)) / 3;
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
      const priority = urgency(params, context);
      if (roll < second) context.send(first(params, context, next, after), TICK, priority);
      else if (roll < third || machines === 2) context.send(after, TICK, priority);
      else if (params.both === "all") context.send(others(context.self, machines), TICK, priority);
      else context.send([next, after], TICK, priority);
      return state;
    },
  };
}

type Rolling = Context<number>;

/** A draw of its own, and only where it is asked for: other parameters keep their dice. */
const urgency = ({ urgent }: ClocksParams, context: Rolling): number =>
  urgent > 0 && context.random() < urgent ? URGENT : 0;

const first = (
  { die }: ClocksParams,
  context: Rolling,
  next: ProcessId,
  after: ProcessId,
): ProcessId => (die === "asymmetric" && context.random() < 0.5 ? after : next);

const others = (self: number, machines: number): ProcessId[] =>
  Array.from({ length: machines - 1 }, (_, hop) => ((self + hop + 1) % machines) as ProcessId);
