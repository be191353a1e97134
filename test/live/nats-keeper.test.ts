// The keeper whose values JetStream keeps: the contract of the keeper process, its process killed, and a server of
// three as well.
import { afterAll, beforeAll, expect } from "vitest";
import { parseFault } from "../../src/core/fault-notation.ts";
import { micros, ms, seconds } from "../../src/core/micros.ts";
import { until } from "../waiting.ts";
import { keeperContract } from "./keeper.case.ts";
import { keeperClients } from "./keeper-clients.ts";
import { onNats, startWorkers, type Workers } from "./nats.ts";
import { describeNats, type Servers, startServers } from "./nats-servers.ts";
import type { Live } from "./tcp.ts";

const CLIENTS = new URL("./keeper-clients.ts", import.meta.url).pathname;
const links = { delay: { kind: "uniform", min: ms(1), max: ms(5) }, order: "any" } as const;
/** What clients take to be done, once nobody is killed any more; servers may take seconds to have a leader. */
const CALM = seconds(14);

describeNats("a keeper on nats", () => {
  let servers: Servers;
  let workers: Workers;
  beforeAll(async () => {
    servers = await startServers(3);
    workers = await startWorkers({ urls: servers.urls, names: ["a", "b"] });
  }, 120_000);
  afterAll(async () => {
    await workers?.end();
    await servers?.stop();
  });

  /** After its planned crash the keeper's OS process is killed without a plan, and then the server it asks. */
  async function killed({ run }: Live): Promise<void> {
    const incarnation = (): number => run.views().at(-1)!.incarnation;
    await until(() => incarnation() === 2, "the keeper is back");
    process.kill(run.pids.get("keeper")!, "SIGKILL");
    await until(() => incarnation() === 3, "the keeper is back again");
    await servers.kill(0);
    await servers.revive(0);
  }

  keeperContract({
    name: "on nats",
    run: (params, settings) =>
      onNats(
        keeperClients,
        { links, duration: seconds(60), ...settings, params },
        { urls: servers.urls, name: CLIENTS },
        async (one) => {
          const busy = params.counters > 0;
          if (busy) await killed(one);
          await one.run.to(micros(one.run.now + (busy ? CALM : CALM / 5)));
          const { trace } = await one.trace();
          const crashes = [...trace].filter(({ kind }) => kind === "crash");
          expect(crashes.length).toBe(busy ? 2 : 0);
          return trace;
        },
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
});
