// One tells all others something every 20 ms; they listen.
const tell = (context) => {
  context.setTimer("shout", 20_000);
  context.put("told", context.now);
  context.send([1, 2, 3, 4], "hello");
};

const process = {
  start(_stored, context) {
    if (context.self === 0) context.setTimer("shout", 20_000);
    return null;
  },
  receive: (state) => state,
  timeout(state, _timer, context) {
    tell(context);
    return state;
  },
};

export const shouter = {
  name: "shouter",
  parse: () => ({}),
  processes: () => [1, 2, 3, 4, 5].map((number) => ({ name: `s_${number}`, process })),
};
export default shouter;
