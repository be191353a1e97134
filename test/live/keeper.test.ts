// The keeper of `core` as an OS process that is killed.
import { expect } from "vitest";
import { parseFault } from "../../src/core/fault-notation.ts";
import { micros, ms, seconds } from "../../src/core/micros.ts";
import { until } from "../waiting.ts";
import { keeperContract } from "./keeper.case.ts";
import { keeperClients } from "./keeper-clients.ts";
import { type Live, live } from "./tcp.ts";

const CLIENTS = new URL("./keeper-clients.ts", import.meta.url).pathname;
const links = { delay: { kind: "uniform", min: ms(1), max: ms(5) }, order: "any" } as const;
/** What clients take to be done, once nobody is killed any more. */
const CALM = seconds(6);

/** After its planned crash the keeper is killed without a plan: its supervisor starts it again. */
async function killed({ run }: Live): Promise<void> {
  const incarnation = (): number => run.views().at(-1)!.incarnation;
  await until(() => incarnation() === 2, "the keeper is back");
  process.kill(run.pids.get("keeper")!, "SIGKILL");
  await until(() => incarnation() === 3, "the keeper is back again");
}

keeperContract({
  name: "on OS processes",
  run: (params, settings) =>
    live(
      keeperClients,
      { links, duration: seconds(60), ...settings, params },
      async (one) => {
        const busy = params.counters > 0;
        if (busy) await killed(one);
        await one.run.to(micros(one.run.now + (busy ? CALM : CALM / 3)));
        const { trace } = await one.trace();
        const crashes = [...trace].filter(({ kind }) => kind === "crash");
        expect(crashes.length).toBe(busy ? 2 : 0);
        return trace;
      },
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
