// A factory on four hosts: servers of NATS are killed in turn, workers are killed with all that they have, a host is cut
// off, what JetStream keeps is deleted; and lots leave the plant, and every store is right.
// ORDEAL_SECONDS=300 npx vitest run test/live/nats-factory.test.ts   makes it as long as one likes.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { checksOf, verify } from "../../src/checks/checks.ts";
import { keptStores } from "../../src/cli/audits.ts";
import { readFactory } from "../../src/cli/factory-file.ts";
import { micros, ms, seconds } from "../../src/core/micros.ts";
import { auditStores } from "../../src/systems/factory/books/auditor.ts";
import { factory } from "../../src/systems/factory/factory.ts";
import { plantOf } from "../../src/systems/factory/plant.ts";
import { stallBound } from "../../src/systems/factory/stall.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { hosts, hostsPossible } from "./hosts.ts";
import { onNats, startWorkers } from "./nats.ts";
import { describeNats, startServers } from "./nats-servers.ts";
import type { Live } from "./tcp.ts";

const SECONDS = Number(process.env.ORDEAL_SECONDS ?? 34);
/** A server is killed so often, and a worker; each is back after a while, s. */
const SERVER_EVERY = 20;
const SERVER_DOWN = 5;
const WORKER_EVERY = 15;
const WORKER_DOWN = 2;
/** Once, in the middle, a host is cut off for so long, s. */
const CUT = 8;
/** After that all that is under way settles, s. */
const CALM = 15;

/** The bicycle works with four stages more, planned by leaders, so much faster than it is. */
const bicycle = readFactory(
  join(import.meta.dirname, "../../experiments/factory/bicycle.yaml"),
) as {
  readonly equipment: {
    readonly [kind: string]: { readonly count: number; mtbf?: string; mttr?: string };
  };
};
const more = new Set(["weld", "oven", "bench", "stand"]);
const equipment = Object.fromEntries(
  Object.entries(bicycle.equipment).map(([kind, { mtbf: _, mttr: __, ...of }]) => [
    kind,
    { ...of, count: of.count + (more.has(kind) ? 1 : 0) },
  ]),
);
const params = {
  ...bicycle,
  equipment,
  timeScale: 1200,
  policies: { resend: "200ms", onFlowChange: "finish" },
  leader: { candidates: 3, heartbeat: "200ms", lease: "1s", debounce: "200ms", stability: "500ms" },
};
const links = { delay: { kind: "uniform", min: ms(1), max: ms(3) } } as const;

/** Instants at which final lots left the plant, s. */
const shipsOf = (trace: Trace): number[] =>
  [...trace].flatMap(({ kind, timeMicros, detail }) =>
    kind === "internal" && (detail as { name?: string }).name === "ships" ? [timeMicros / 1e6] : [],
  );

describeNats("a factory on nats", () => {
  test(
    "goes on, whatever is killed or cut off; nothing is lost, and nothing is used twice",
    async () => {
      const net = hostsPossible ? hosts(4) : undefined;
      const servers = await startServers(3, net === undefined ? {} : { host: net.bridgeAddress });
      const names = ["a", "b", "c", "d"];
      const workers = await startWorkers({
        urls: servers.urls,
        names,
        args: () => ["--cores", "1"],
        ...(net && { hosts: net.hosts }),
      });
      const settings = { params, duration: seconds(SECONDS + CUT + CALM), links, seed: 1 };
      const plant = plantOf(factory.parse(params));
      expect(plant.stages.length).toBe(24);

      /** Does something every so many seconds of the run, in turn. */
      const inTurn = async (one: Live, every: number, strike: (turn: number) => Promise<void>) => {
        for (let turn = 0; (turn + 1) * every < SECONDS; turn++) {
          await one.run.to(seconds((turn + 1) * every));
          await strike(turn);
        }
      };
      const ordeal = async (one: Live): Promise<void> => {
        await Promise.all([
          inTurn(one, SERVER_EVERY, async (turn) => {
            await servers.kill(turn % 3);
            await sleep(SERVER_DOWN * 1e3);
            await servers.revive(turn % 3);
          }),
          inTurn(one, WORKER_EVERY, async (turn) => {
            const worker = workers.workers[turn % 4]!;
            await worker.kill();
            await sleep(WORKER_DOWN * 1e3);
            await worker.revive();
          }),
        ]);
        const cut = net?.hosts[2];
        cut?.cut();
        await sleep(CUT * 1e3);
        cut?.heal();
      };
      try {
        await onNats(factory, settings, { urls: servers.urls }, async (one) => {
          await ordeal(one);
          await one.run.to(settings.duration);
          const { trace } = await one.trace();
          const { found } = auditStores(plant, keptStores(one.folder, one.run.names)!);
          expect(found).toEqual([]);
          const judged = verify(trace, checksOf(one.run.suffered, factory));
          for (const { check, result } of judged) expect([check, result]).toEqual([check, "holds"]);
          const ships = shipsOf(trace);
          const gaps = ships.slice(1).map((at, index) => at - ships[index]!);
          const stall = stallBound(plant, true) / 1e6 + WORKER_DOWN;
          const longest = Math.max(...gaps);
          // In a long ordeal its figures are wanted.
          if (SECONDS > 100) console.log({ ships: ships.length, longest, stall, said: one.said });
          expect(longest).toBeLessThan(stall);
        });
      } finally {
        await workers.end();
        await servers.stop();
        await net?.remove();
      }
    },
    1e3 * (SECONDS + CUT + CALM + 180),
  );

  test("goes on with its last flow when what JetStream keeps is deleted, and has a new one afterwards", async () => {
    const servers = await startServers(3);
    const workers = await startWorkers({
      urls: servers.urls,
      names: ["a", "b"],
      args: () => ["--cores", "1"],
    });
    const settings = { params, duration: seconds(300), links, seed: 1 };
    try {
      await onNats(factory, settings, { urls: servers.urls }, async (one) => {
        await one.run.to(seconds(9));
        const connection = await connect({ servers: [...servers.urls] });
        const manager = await jetstreamManager(connection);
        for (const bucket of ["KV_orrery_kept", "KV_orrery_parts"]) {
          await manager.streams.delete(bucket);
        }
        await connection.close();
        const at = one.run.now / 1e6;
        await one.run.to(micros(one.run.now + seconds(15)));
        const { trace } = await one.trace();
        const { found } = auditStores(
          plantOf(factory.parse(params)),
          keptStores(one.folder, one.run.names)!,
        );
        expect(found).toEqual([]);
        const notes = [...trace].flatMap(({ kind, timeMicros, detail }) => {
          const { name, fields } = (detail ?? {}) as { name?: string; fields?: { term?: number } };
          return kind === "internal" && name !== undefined
            ? [{ at: timeMicros / 1e6, name, term: fields?.term ?? 0 }]
            : [];
        });
        expect(one.said.join("\n")).toContain("JetStream no longer has what was kept");
        const after = notes.filter((note) => note.at > at);
        const ships = after.filter(({ name }) => name === "ships").map((note) => note.at);
        const gaps = ships.map((time, index) => time - (ships[index - 1] ?? at));
        expect(Math.max(...gaps)).toBeLessThan(
          stallBound(plantOf(factory.parse(params)), true) / 1e6,
        );
        // The terms of leaders go on rising, though the register began anew.
        const terms = notes.filter(({ name }) => name === "leads").map(({ term }) => term);
        expect(terms).toEqual([...new Set(terms)].sort((a, b) => a - b));
        expect(after.some(({ name }) => name === "plans")).toBe(true);
      });
    } finally {
      await workers.end();
      await servers.stop();
    }
  }, 180_000);
});
