// Wrong: what was taken is remembered for a while, as brokers do that know the last minutes of message ids.
// A copy that was under way for longer is taken again.
import { factoryOf, RULES } from "orrery";
import { STORM_PLANT } from "./storm-plant.ts";

const { handoff } = RULES;

export default factoryOf(
  "memory-expires",
  {
    ...RULES,
    handoff: {
      ...handoff,
      announced(desk, from, message) {
        const { lot, place } = message;
        const maker = `${from}/${lot.split("/")[1]}`;
        const { taken, ...memory } = desk.memory(maker);
        const old = taken.includes(place) && !desk.stage.in.has(lot) && taken.at(-1)! > place;
        if (old) {
          const expired = { ...memory, taken: taken.filter((each) => each !== place) };
          desk.set({ memories: desk.stage.memories.with(maker, expired) });
        }
        handoff.announced(desk, from, message);
      },
    },
  },
  STORM_PLANT,
);
