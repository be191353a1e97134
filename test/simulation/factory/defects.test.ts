// Defects of the original (FactoryOS of the seed), each as a fact of this one: D1 to D8, of lots and material.
// Where a wrong version with the defect is kept, it is shown that the same question finds it.
import { describe, expect, test } from "vitest";
import consumeThenLog from "../../../examples/wrong/factory/consume-then-log.ts";
import repeatResetsConsumed from "../../../examples/wrong/factory/repeat-resets-consumed.ts";
import sentNotRecorded from "../../../examples/wrong/factory/sent-not-recorded.ts";
import { factorySystem } from "../../../src/cli/factory-file.ts";
import type { Json } from "../../../src/core/json.ts";
import { ms, seconds } from "../../../src/core/micros.ts";
import type { Process, ProcessId } from "../../../src/core/process.ts";
import type { AnySystem } from "../../../src/core/system.ts";
import type { Simulation } from "../../../src/runtimes/sim/simulation.ts";
import { auditStores } from "../../../src/systems/factory/books/auditor.ts";
import { factory } from "../../../src/systems/factory/factory.ts";
import type { FactoryParams } from "../../../src/systems/factory/file/definition.ts";
import type { Message, Portion } from "../../../src/systems/factory/messages.ts";
import { plantOf } from "../../../src/systems/factory/plant.ts";
import { ARCS, CALM, faults, notesOf, RIGHT, ran, SHOP } from "./books.ts";

/** All copies come twice, some of them much later. */
const REPEATS = faults("duplicate *|* 0s..12s 1", "reorder *|* 0s..12s 0.5 1s");

/** The lots that are on sale at a stage now, by id. */
function onSale(running: Simulation, stage: string): readonly string[] {
  const { id, keyed } = running.store.stored(running.names.indexOf(stage));
  return [...keyed]
    .filter(
      ([key, lot]) => key.startsWith("lot/") && (lot as { state: string }).state === "available",
    )
    .map(([key]) => `${stage}/${id}/${key.slice(4)}`);
}

describe("D1: a lot that was sent is not for sale again after a crash of its supplier", () => {
  /** Lots that were sent before the crash, and are on sale in the store that it left. */
  const soldAgain = (system: AnySystem): readonly string[] => {
    const sale = new Set<string>();
    const plan = faults("partition saw-1|* 1s..5s", "crash saw-1 3s..4s");
    const of = ran(system, { faults: plan, links: CALM, duration: seconds(6) }, [
      [
        ms(3_900),
        (now) => {
          for (const lot of onSale(now, "saw-1")) sale.add(lot);
        },
      ],
    ]);
    const sent = notesOf(of, "sent", "saw-1").filter(
      ({ at }) => at > seconds(1) && at < seconds(3),
    );
    expect(sent.length).toBeGreaterThan(0);
    return sent.map(({ fields }) => fields.lot as string).filter((lot) => sale.has(lot));
  };

  test("the right one", () => expect(soldAgain(RIGHT)).toEqual([]));
  test("and not so the one that has the defect", () => {
    expect(soldAgain(sentNotRecorded)).not.toEqual([]);
  });
});

describe("D2: a lot that is announced again is not used twice", () => {
  /** Lots of which more was used than there was. */
  const usedTwice = (system: AnySystem): readonly string[] => {
    const restarts = faults(
      "crash bench-1 6s..7s",
      "crash booth-1 8s..9s",
      "crash welder-1 5s..6s",
    );
    const { stores } = ran(system, { faults: [...REPEATS, ...restarts] });
    const amounts = new Map<string, number>();
    const used = new Map<string, number>();
    for (const { logs } of stores.values()) {
      for (const { lot, amount } of (logs.get("received") ?? []) as {
        lot: string;
        amount: number;
      }[])
        amounts.set(lot, amount);
      for (const { inputs } of (logs.get("jobs") ?? []) as unknown as { inputs: Portion[] }[])
        for (const [lot, amount] of inputs) used.set(lot, (used.get(lot) ?? 0) + amount);
    }
    expect(used.size).toBeGreaterThan(50);
    return [...used].filter(([lot, amount]) => amount > amounts.get(lot)!).map(([lot]) => lot);
  };

  test("the right one", () => expect(usedTwice(RIGHT)).toEqual([]));
  test("and not so the one that has the defect", () => {
    expect(usedTwice(repeatResetsConsumed)).not.toEqual([]);
  });
});

test("D3: messages that come again keep nobody from working", () => {
  const once = ran(RIGHT, { links: CALM });
  const twice = ran(RIGHT, { links: CALM, faults: faults("duplicate *|* 0s..20s 1") });
  const drops = [...twice.trace].filter(({ kind }) => kind === "crash");
  expect([drops, twice.violations]).toEqual([[], []]);
  const shipped = [once, twice].map((of) => notesOf(of, "ships").length);
  expect(shipped[0]).toBeGreaterThan(10);
  expect(shipped[1]! / shipped[0]!).toBeGreaterThan(0.8);
});

test("D4: without one of its inputs a stage makes nothing, whatever the flow says", () => {
  const params = (arcs: readonly Json[]) => ({ ...SHOP, flow: [{ arcs: [...arcs] }] });
  const of = (...arcs: readonly Json[]) => ran(factory, { params: params(arcs) });
  for (const [arcs, missing] of [
    [[ARCS.bars], ["glue"]],
    [[ARCS.glue], ["bar"]],
    [[], ["bar", "glue"]],
  ] as const) {
    const half = of(...arcs);
    expect([half.jobs("press-1"), half.jobs("press-2")]).toEqual([[], []]);
    const last = notesOf(half, "stands", "press-1").at(-1);
    expect(last?.fields).toEqual({ is: "starved", of: missing, open: expect.any(Number) });
  }
  expect(of(ARCS.bars, ARCS.glue).jobs("press-1").length).toBeGreaterThan(10);
});

describe("D5: who is not supplied by the flow gets nothing", () => {
  const heard: Message[] = [];
  const lot = { lot: "saw-1/1-0/99", g: 1, place: 0, settled: 0, item: "bar", amount: 4_000_000 };
  /** Asks for all there is, again and again, and announces lots that there are not. */
  const stranger: Process<null, Message> = {
    start(_stored, context) {
      context.setTimer("ask", ms(50));
      return null;
    },
    receive(_state, _from, message) {
      heard.push(message);
      return null;
    },
    timeout(_state, _timer, context) {
      context.setTimer("ask", ms(50));
      for (const [to, item] of [
        [0, "bar"],
        [0, "plate"],
        [2, "glue"],
        [3, "plate"],
      ] as const) {
        const id = `${context.now}.${item}`;
        const epoch = [9, 9] as const;
        context.send(to as ProcessId, { kind: "request", id, item, store: "x", epoch });
      }
      const store = `${context.storeId.split("-")[0]}-3`;
      context.send(3 as ProcessId, { kind: "sent", ...lot, store, request: "x" });
      return null;
    },
  };
  const visited: AnySystem = {
    ...factory,
    processes: (params) => [...factory.processes(params), { name: "stranger", process: stranger }],
  };

  test("a stranger is told so, and what he announces is refused", () => {
    heard.length = 0;
    const of = ran(visited, { params: SHOP, links: CALM });
    const kinds = new Set(
      heard.map(({ kind, ...rest }) => `${kind}: ${"why" in rest ? rest.why : ""}`),
    );
    expect([...kinds].sort()).toEqual([
      "refuse: as before",
      "refuse: it is not what its maker makes",
      "unavailable: not made here",
      "unavailable: not on your bill",
    ]);
    expect(notesOf(of, "sent").filter(({ fields }) => fields.to === 5)).toEqual([]);
    expect(of.violations).toEqual([]);
    expect(notesOf(of, "ships").length).toBeGreaterThan(20);
  });

  test("a stage that has left the flow is sent nothing more", () => {
    const one = { from: "saw", to: "press-2" };
    const flow = [{ arcs: [ARCS.bars, ARCS.glue] }, { at: "5s", arcs: [one, ARCS.glue] }];
    const of = ran(factory, { params: { ...SHOP, flow }, links: CALM });
    const bars = notesOf(of, "sent").filter(({ who, fields }) => {
      return who.startsWith("saw") && fields.to === 3;
    });
    expect(bars.length).toBeGreaterThan(5);
    expect(Math.max(...bars.map(({ at }) => at))).toBeLessThan(seconds(5.01));
  });
});

test("D6: each later flow is its own: nothing of those before is left in it", () => {
  const params = RIGHT.parse({});
  const { flows } = plantOf(params);
  for (const [index, flow] of flows.entries()) {
    const given = [{ ...params.flow[index]!, at: "0s" }];
    const alone = plantOf({ ...params, flow: given } as FactoryParams);
    expect(flow.inbound).toEqual(alone.flows[0]!.inbound);
    expect(flow.outbound).toEqual(alone.flows[0]!.outbound);
  }
  const { said, plant } = ran(RIGHT, { links: CALM });
  for (const { at, who, name, fields } of said) {
    if (name !== "sent") continue;
    // At the very instant of a change the flow before may still be worked by.
    const flows = [at - ms(5), at].map((when) => plant.flows.filter((flow) => flow.at <= when));
    const from = plant.stages.find((stage) => stage.name === who)!.id;
    const meant = flows.some((known) => known.at(-1)?.outbound[from]?.has(fields.to as number));
    expect([at, who, fields.to, meant]).toEqual([at, who, fields.to, true]);
  }
});

describe("D7: the flow has all stages work, and the loss of one of a class stops none", () => {
  test("no stage of the bicycle factory is idle, and each lot has somewhere to go", () => {
    const bicycle = factorySystem("experiments/factory/bicycle.yaml");
    const params = { timeScale: 6_000, policies: { resend: "100ms" } };
    const of = ran(bicycle, { params, duration: seconds(8) });
    const idle = of.plant.stages.filter(({ name }) => of.jobs(name).length === 0);
    expect(idle.map(({ name }) => name)).toEqual([]);
    const { inbound, outbound } = of.plant.flows[0]!;
    for (const { id, final, bom } of of.plant.stages) {
      expect(final || outbound[id]!.size > 0).toBe(true);
      expect(inbound[id]!.map((arcs) => arcs.length > 0)).toEqual(bom.map(() => true));
    }
  });

  test("with one saw and one press down for good plates still ship", () => {
    const of = ran(factory, { params: SHOP, faults: faults("crash saw-1 2s", "crash press-1 3s") });
    const late = notesOf(of, "ships", "press-2").filter(({ at }) => at > seconds(15));
    expect(late.length).toBeGreaterThan(3);
  });
});

describe("D8: a crash as a job ends loses no material", () => {
  /** What the audit of the stores says after a crash of press-1 just after its third job was over. */
  const missing = (system: AnySystem, point = ""): readonly string[] => {
    const params = { ...SHOP, flow: [], crews: {} };
    const settings = { params, links: CALM, duration: seconds(8) };
    const usual = ran(system, settings);
    const { to } = usual.jobs("press-1")[2]!;
    // What is not written yet 10 ms later, and what is being written then.
    const crash = point === "" ? `${to / 1e3 - 10}ms..9s` : `${to / 1e3 - 1}ms..9s ${point}`;
    const { plant, stores } = ran(system, {
      ...settings,
      faults: faults(`crash press-1 ${crash}`),
    });
    return auditStores(plant, [...stores.values()]).found.map(({ says }) => says);
  };

  test("the right one, at each point of the step", () => {
    for (const point of ["", "before-commit", "after-commit", "between-copies"]) {
      expect([point, missing(factory, point)]).toEqual([point, []]);
    }
  });
  test("and not so the one that has the defect", () => {
    expect(missing(consumeThenLog).join()).toMatch(/only \d+ are accounted for/);
  });
});
