import { ms } from "../../src/core/micros.ts";
import type { Process, ProcessId } from "../../src/core/process.ts";
import type { System } from "../../src/core/system.ts";

type Ball = { readonly kind: "ping" | "pong"; readonly round: number };
type Player = { readonly done: number };

const RESEND = ms(50);

/** Sends ping n until pong n comes, and keeps n in its store: it goes on where it was. */
const pinger = (peer: ProcessId, rounds: number): Process<Player, Ball> => ({
  start(stored, context) {
    const done = (stored.get("done") as number | undefined) ?? 0;
    if (done < rounds) {
      context.send(peer, { kind: "ping", round: done });
      context.setTimer("resend", RESEND);
    }
    return { done };
  },
  receive(state, from, ball, context) {
    if (ball.kind !== "pong" || ball.round !== state.done) return state;
    const done = state.done + 1;
    context.put("done", done);
    context.append("rounds", done);
    if (done === rounds) {
      context.cancelTimer("resend");
      context.note("finished", { rounds });
    } else {
      context.send(from, { kind: "ping", round: done });
      context.setTimer("resend", RESEND);
    }
    return { done };
  },
  timeout(state, _timer, context) {
    context.send(peer, { kind: "ping", round: state.done });
    context.setTimer("resend", RESEND);
    return state;
  },
});

const ponger: Process<undefined, Ball> = {
  start: () => undefined,
  receive(state, from, { round }, context) {
    context.send(from, { kind: "pong", round });
    return state;
  },
  timeout: (state) => state,
};

/** Two that play, and one that looks on and is told of every round. */
export const pingPong = (rounds: number): System<null> => ({
  name: "ping-pong",
  parse: () => null,
  processes: () => [
    { name: "pinger", process: pinger(1 as ProcessId, rounds) },
    { name: "ponger", process: ponger },
    { name: "slow-ponger", process: ponger, pace: { rate: 20 } },
  ],
});
