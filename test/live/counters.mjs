// Processes that count what they hear in their stores, at once and by a timer, and tell each other.
const count = (state, context) => {
  const next = state.count + 1;
  context.put("count", next);
  context.append("history", next);
  context.note("put", { count: next });
  context.send([(context.self + 1) % 3, (context.self + 2) % 3], next);
  return { count: next };
};

const counter = {
  start(stored, context) {
    context.setTimer("beat", 20_000);
    context.note("found", { count: stored.get("count") ?? 0 });
    return { count: stored.get("count") ?? 0 };
  },
  receive: (state, _from, heard, context) => (heard > state.count ? count(state, context) : state),
  timeout(state, timer, context) {
    context.setTimer(timer, 20_000);
    return count(state, context);
  },
};

export const counters = {
  name: "counters",
  parse: () => ({}),
  processes: () => [1, 2, 3].map((number) => ({ name: `c_${number}`, process: counter })),
};
export default counters;
