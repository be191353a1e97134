// The keeper whose values JetStream keeps: the contract of the keeper process, its process killed, and a server of
// three as well.
import { afterAll, beforeAll } from "vitest";
import { parseFault } from "../../src/core/fault-notation.ts";
import { ms, seconds } from "../../src/core/micros.ts";
import { keeperContract, keptTrace } from "./keeper.case.ts";
import { keeperClients } from "./keeper-clients.ts";
import { onNats, startWorkers, type Workers } from "./nats.ts";
import { describeNats, type Servers, startServers } from "./nats-servers.ts";

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

  /** The server that the workers ask is killed as well. */
  const strike = async (): Promise<void> => {
    await servers.kill(0);
    await servers.revive(0);
  };

  keeperContract({
    name: "on nats",
    run: (params, settings) =>
      onNats(
        keeperClients,
        { links, duration: seconds(60), ...settings, params },
        { urls: servers.urls, name: CLIENTS },
        (one) => keptTrace(one, params.counters > 0 ? { calm: CALM, strike } : { quiet: CALM / 5 }),
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
