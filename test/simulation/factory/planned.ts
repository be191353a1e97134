// Plants that are planned, for tests of who leads them: times so short that much happens in a minute.
import { STORM_PLANT } from "../../../examples/wrong/factory/storm-plant.ts";
import type { Json } from "../../../src/core/json.ts";
import type { AnySystem } from "../../../src/core/system.ts";
import { factoryOf } from "../../../src/systems/factory/factory.ts";
import { RULES } from "../../../src/systems/factory/stage/stage.ts";

export const LEADER = {
  candidates: 3,
  heartbeat: "200ms",
  lease: "1s",
  debounce: "200ms",
  stability: "500ms",
};

/** Two makers, who make five a second and no more, for two users. */
export const LINE = {
  factory: "line",
  items: { part: {}, whole: {} },
  segments: {
    make: { produces: { part: 1 }, cycle: "400ms" },
    use: { produces: { whole: 1 }, consumes: { part: 1 }, cycle: "300ms" },
  },
  equipment: { maker: { segment: "make", count: 2 }, user: { segment: "use", count: 2 } },
  transport: { default: "50ms" },
  leader: LEADER,
  policies: { resend: "100ms" },
};

const { flow: _, ...unplanned } = STORM_PLANT;
/** The plant in which much can go wrong, led. */
export const LED_STORM_PLANT = { ...unplanned, leader: LEADER };

export const planned = (plant: { readonly [field: string]: Json }): AnySystem =>
  factoryOf("planned", RULES, plant);
