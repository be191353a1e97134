import type { Inbox, System } from "../../core/system.ts";
import { machine } from "./machine.ts";
import { type ClocksParams, parseClocks } from "./params.ts";

/**
 * Asynchronous machines with Lamport clocks, each at its own clock rate: the scale model of
 * logical clocks. They are named machine_1, machine_2, …
 */
export const clocks: System<ClocksParams> = {
  name: "clocks",
  parse: parseClocks,
  processes(params) {
    const { rates } = params;
    const process = machine(params);
    const { capacity, ...rest } = params.inbox;
    const inbox: Inbox = capacity === 0 ? rest : { ...rest, capacity };
    return Array.from({ length: params.machines }, (_, index) => ({
      name: `machine_${index + 1}`,
      process,
      pace: { rate: isEach(rates) ? rates[index]! : rates },
      inbox,
    }));
  },
};

const isEach = (rates: ClocksParams["rates"]): rates is readonly number[] => Array.isArray(rates);
