// Two processes on two workers, for bench/nats.mjs: `ping` sends one message and waits for its echo, again and again; or
// keeps `window` messages under way, for which `pong` thanks in bundles.
const BUNDLE = 100;

const ping = ({ window, bytes }) => {
  const body = { text: "x".repeat(bytes) };
  const send = (context, count) => {
    for (let sent = 0; sent < count; sent++) context.send(1, body);
  };
  return {
    start(_stored, context) {
      context.setTimer("begin", 1_000_000);
      return { at: 0 };
    },
    receive(state, _from, _message, context) {
      if (window > 0) {
        send(context, BUNDLE);
        return state;
      }
      context.note("trip", { micros: context.now - state.at });
      send(context, 1);
      return { at: context.now };
    },
    timeout(_state, _timer, context) {
      send(context, window > 0 ? window : 1);
      return { at: context.now };
    },
  };
};

const pong = ({ window }) => ({
  start: () => 0,
  receive(heard, from, message, context) {
    if (window === 0) context.send(from, message);
    else if ((heard + 1) % BUNDLE === 0) context.send(from, "thanks");
    return heard + 1;
  },
  timeout: (state) => state,
});

export const pair = {
  name: "nats-pair",
  parse: ({ window = 0, bytes = 100 } = {}) => ({ window, bytes }),
  processes: (params) => [
    { name: "ping", process: ping(params) },
    { name: "pong", process: pong(params) },
  ],
};
export default pair;
