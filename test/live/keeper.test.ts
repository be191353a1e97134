// The keeper of `core` as an OS process that is killed.
import { parseFault } from "../../src/core/fault-notation.ts";
import { ms, seconds } from "../../src/core/micros.ts";
import { keeperContract, keptTrace } from "./keeper.case.ts";
import { keeperClients } from "./keeper-clients.ts";
import { live } from "./tcp.ts";

const CLIENTS = new URL("./keeper-clients.ts", import.meta.url).pathname;
const links = { delay: { kind: "uniform", min: ms(1), max: ms(5) }, order: "any" } as const;
/** What clients take to be done, once nobody is killed any more. */
const CALM = seconds(6);

keeperContract({
  name: "on OS processes",
  run: (params, settings) =>
    live(
      keeperClients,
      { links, duration: seconds(60), ...settings, params },
      (one) => keptTrace(one, params.counters > 0 ? { calm: CALM } : { quiet: CALM / 3 }),
      { name: CLIENTS },
    ),
  troubles: {
    "kills, loss and doubling": [
      {
        links: { ...links, loss: 0.1, duplicate: 0.2 },
        faults: [parseFault("crash keeper 500ms..900ms between-copies")],
      },
    ],
  },
});
