// Two processes hand tokens to and fro as fast as the wire takes them.
const TOKENS = 64;

const hand = {
  start(_stored, context) {
    if (context.self === 0) for (let token = 0; token < TOKENS; token++) context.send(1, 0);
    return null;
  },
  receive(state, from, hops, context) {
    context.send(from, hops + 1);
    return state;
  },
  timeout: (state) => state,
};

export default {
  name: "tokens",
  parse: () => ({}),
  processes: () => ["left", "right"].map((name) => ({ name, process: hand })),
};
