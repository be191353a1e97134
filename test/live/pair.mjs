/** Two that count every 100 ms of their own time, store the count, note what they know, and tell the other. */
const counter = {
  start(stored, context) {
    const count = stored.get("count") ?? 0;
    const { incarnation, storeId } = context;
    context.note("starts", { count, incarnation, storeId });
    if (context.self === 0) context.note("leads", { term: incarnation });
    context.setTimer("count", 100_000);
    return { count };
  },
  receive(state, from, message, context) {
    context.note("hears", { from, message });
    return state;
  },
  timeout(state, _timer, context) {
    const count = state.count + 1;
    context.put("count", count);
    context.note("counts", { count, now: context.now });
    context.send(1 - context.self, count);
    context.setTimer("count", 100_000);
    return { count };
  },
};

export const pair = {
  name: "pair",
  parse: () => ({}),
  processes: () => ["a", "b"].map((name) => ({ name, process: counter })),
};

export default pair;
