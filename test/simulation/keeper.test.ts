// The keeper of `core` in virtual time, under everything that profiles draw.
import { parseFault } from "../../src/core/fault-notation.ts";
import { ms, seconds } from "../../src/core/micros.ts";
import type { RunSettings } from "../../src/core/new-run.ts";
import { PROFILE_NAMES, type ProfileName } from "../../src/core/profiles.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { keeperContract } from "../live/keeper.case.ts";
import { keeperClients } from "../live/keeper-clients.ts";

const SEEDS = 6;

const seeded = (settings: RunSettings): readonly RunSettings[] =>
  Array.from({ length: SEEDS }, (_, index) => ({ seed: index + 1, ...settings }));

const drawn = PROFILE_NAMES.filter((name): name is ProfileName => name !== "lying-disks");
const storeDelay = { kind: "exponential", min: ms(1), mean: ms(20) } as const;
const links = { loss: 0.3, duplicate: 0.3 };
const crashes = [
  "crash keeper 500ms..700ms",
  "crash keeper 1s..1100ms between-copies",
  "crash keeper 2s..4s",
];

keeperContract({
  name: "in virtual time",
  run: async (params, settings) =>
    simulate(keeperClients, { strict: true, duration: seconds(30), ...settings, params }),
  troubles: {
    ...Object.fromEntries(drawn.map((profile) => [profile, seeded({ profile })])),
    "loss and doubling": seeded({ links, storeDelay }),
    "crashes of its own": seeded({
      links,
      storeDelay,
      faults: crashes.map((text) => parseFault(text)),
    }),
  },
});
