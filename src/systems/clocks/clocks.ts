import type { System } from "../../core/system.ts";
import { machine } from "./machine.ts";
import { type ClocksParams, parseClocks } from "./params.ts";

/**
 * Asynchronous machines with Lamport clocks, each at its own clock rate: the scale model of
 * logical clocks. They are named machine_1, machine_2, …
 */
export const clocks: System<ClocksParams> = {
  name: "clocks",
  parse: parseClocks,
  processes({ machines, rates, internal }) {
    const process = machine(machines, internal);
    return Array.from({ length: machines }, (_, index) => ({
      name: `machine_${index + 1}`,
      process,
      pace: { rate: "min" in rates ? rates : rates[index]! },
    }));
  },
};
