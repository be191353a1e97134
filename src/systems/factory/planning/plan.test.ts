// The planner against hand-solved plants, the published examples' figures, and another solver.

import { describe, expect, test } from "vitest";
import { lessEq, type Model, solve } from "yalps";
import { readFactory } from "../../../cli/factory-file.ts";
import type { Json } from "../../../core/json.ts";
import { Streams } from "../../../core/random.ts";
import { parseFactory } from "../file/params.ts";
import { type Plant, plantOf } from "../plant.ts";
import { units } from "../quantity.ts";
import { flowFrom } from "../stage/following.ts";
import { type Plan, type PlanOptions, planFlow } from "./plan.ts";
import { capacityOf } from "./problem.ts";
import { type Optimise, ready, simplex } from "./solver.ts";
import { nMinusOne, oneChain, oneMore } from "./what-if.ts";

await ready();

const example = (name: string): Plant => plantOf(readFactory(`experiments/factory/${name}.yaml`));
const plant = (input: Json): Plant => plantOf(parseFactory(input));

/** Nameplate, derated, one chain, bottleneck, shadow price; shares that the loss of one leaves, %. */
const EXAMPLES = {
  bicycle: {
    figures: [14.4045, 14.122, 4.801],
    bottleneck: ["bench", 0.48],
    losses: { spokes: 0, paint: 0, oven: 54, stand: 55, tubes: 64, weld: 78 },
  },
  "window-door": {
    figures: [15.84, 15.086, 7.92],
    bottleneck: ["finished-door", 0.99],
    losses: { "finished-door": 50, wood: 58, "raw-door": 60, window: 68, metal: 92, screws: 100 },
  },
  "controller-board": {
    figures: [131.6385, 127.392, 43.8795],
    bottleneck: ["tester", 0.975],
    losses: { router: 0, paste: 0 },
  },
} as const;

describe.each(Object.entries(EXAMPLES))("%s", (name, { figures, bottleneck, losses }) => {
  const [nameplate, derated, chain] = figures;

  test("makes what its figures say", () => {
    const full = planFlow(example(name), { derate: false });
    expect(full.perHour).toBeCloseTo(nameplate, 4);
    expect(planFlow(example(name)).perHour).toBeCloseTo(derated, 3);
    expect(oneChain(example(name), { derate: false })).toBeCloseTo(chain, 3);
    expect(full.limits).toHaveLength(1);
    expect(full.limits[0]).toMatchObject({ kind: "class", name: bottleneck[0] });
    expect(full.limits[0]!.price).toBeCloseTo(bottleneck[1], 2);
    expect(full.limits[0]!.share).toBeCloseTo(1, 6);
    expect(full).toMatchObject({ best: true, reason: null, derated: false });
  });

  test("keeps the share that its figures say when a stage is lost, and never gains by a loss", () => {
    const table = nMinusOne(example(name), { derate: false });
    for (const [kind, share] of Object.entries(losses)) {
      const loss = table.find((each) => each.kind === kind)!;
      expect(Math.round(100 * loss.share), kind).toBe(share);
    }
    for (const [index, { share }] of table.entries()) {
      expect(share).toBeLessThanOrEqual(1 + 1e-9);
      expect(share).toBeGreaterThanOrEqual(table[index - 1]?.share ?? 0);
    }
  });

  test("has a plan that every stage can do", () => {
    const of = example(name);
    valid(of, planFlow(of));
    expect(planFlow(of).perHour).toBeCloseTo(reference(of, { derate: true }), 6);
    expect(planFlow(of, { derate: false }).perHour).toBeCloseTo(
      reference(of, { derate: false }),
      6,
    );
  });

  test("is planned in the same bytes each time, before and after other plans", () => {
    const text = JSON.stringify(planFlow(example(name)));
    const live = example(name).stages.map(({ id }) => id !== 3);
    planFlow(example(name), { live, running: planFlow(example(name)).arcs });
    const again = plantOf(readFactory(`experiments/factory/${name}.yaml`));
    expect(JSON.stringify(planFlow(again))).toBe(text);
  });
});

test("one more stage of the bottleneck helps, one more of another does not", () => {
  const bicycle = example("bicycle");
  expect(oneMore(bicycle, "bench", { derate: false })).toBeCloseTo(15.5232, 4); // then the ovens
  expect(oneMore(bicycle, "rims", { derate: false })).toBeCloseTo(14.4045, 4);
});

test("losses multiply over stages: 10 kg give 0.6 kg (erpnext#49287)", () => {
  const segment = (made: string, from: string, good: number) => ({
    produces: { [made]: 1 },
    consumes: { [from]: 1 },
    cycle: "1s",
    yield: good,
  });
  const kilogram = { unit: "kg", lot: 1 };
  const { perHour } = planFlow(
    plant({
      items: { raw: { unit: "kg", lot: 10 }, half: kilogram, done: kilogram },
      segments: {
        buy: { produces: { raw: 1 }, cycle: "1h" },
        first: segment("half", "raw", 0.3333),
        second: segment("done", "half", 0.18),
      },
      equipment: {
        buy: { segment: "buy" },
        first: { segment: "first" },
        second: { segment: "second" },
      },
    }),
  );
  expect(perHour).toBeCloseTo(0.3333 * 0.18 * 10, 9);
  expect(perHour).toBeCloseTo(0.6, 3);
});

describe("a plan beside a running one", () => {
  const doors = example("window-door");
  const before = planFlow(doors, { derate: false });
  const lost = doors.stages.find(({ name }) => name === "wood-1")!.id;
  const live = doors.stages.map(({ id }) => id !== lost);

  test("changes fewer arcs than one made afresh, and makes as much", () => {
    const afresh = planFlow(doors, { derate: false, live });
    const close = planFlow(doors, { derate: false, live, running: before.arcs });
    expect(afresh.perHour).toBeCloseTo(9.1344, 4);
    expect(close.perHour).toBeCloseTo(afresh.perHour, 6);
    expect(changes(before, close, live)).toBeLessThan(0.6 * changes(before, afresh, live));
    valid(doors, close, { derate: false, live });
  });

  test("is the running one when nothing changed", () => {
    const again = planFlow(doors, { derate: false, running: before.arcs });
    expect(again.arcs.map(([from, to]) => [from, to])).toEqual(
      before.arcs.map(([from, to]) => [from, to]),
    );
    for (const [index, [, , rate]] of again.arcs.entries()) {
      expect(rate).toBeCloseTo(before.arcs[index]![2], 6);
    }
  });

  test("does not mind arcs that cannot be", () => {
    const odd = [...before.arcs, [0, 999, 5], [23, 0, 5]] as const;
    expect(planFlow(doors, { live, running: odd }).best).toBe(true);
  });
});

describe("what does not go well is said, not thrown", () => {
  const bicycle = example("bicycle");

  test("an item that no live stage makes", () => {
    const live = bicycle.stages.map(({ kind }) => kind !== "spokes");
    const { perHour, best, reason, arcs } = planFlow(bicycle, { live });
    expect({ perHour, best, arcs }).toEqual({ perHour: 0, best: true, arcs: [] });
    expect(reason).toBe("nothing can be made: no live stage makes spoke");
  });

  test("nobody alive", () => {
    const live = bicycle.stages.map(() => false);
    expect(planFlow(bicycle, { live }).perHour).toBe(0);
    expect(nMinusOne(bicycle, { live })).toEqual([]);
  });

  test.each<readonly [string, Optimise]>([
    [
      "throws",
      () => {
        throw new Error("out of memory");
      },
    ],
    ["gives up", () => "the solver is not done after 200000 steps"],
  ])("a solver that %s: live stages go on as they can", (_, optimise) => {
    const running = planFlow(bicycle).arcs;
    const live = bicycle.stages.map(({ name }) => name !== "oven-2");
    const plan = planFlow(bicycle, { live, running, optimise });
    expect(plan.best).toBe(false);
    expect(plan.reason).toMatch(/^the solver .*: the present flow is kept where it can be/);
    expect(plan.perHour).toBeGreaterThan(0.9 * planFlow(bicycle, { live }).perHour);
    valid(bicycle, plan, { live });
    valid(bicycle, planFlow(bicycle, { optimise }));
  });

  test("a solver that fails to stay close: the plan is made afresh", () => {
    let calls = 0;
    const optimise: Optimise = (program, goals) =>
      calls++ === 0 ? simplex(program, goals) : "the solver finds the program infeasible";
    const plan = planFlow(bicycle, { running: [], optimise });
    expect(plan.reason).toBe("the solver finds the program infeasible: planned afresh");
    expect(plan.arcs).toEqual(planFlow(bicycle).arcs);
  });
});

test("demand and routes limit what is planned, and are named", () => {
  const asked = plant({ ...(example("bicycle").params as object), demand: { bicycle: "10/h" } });
  const plan = planFlow(asked);
  expect(plan.perHour).toBeCloseTo(10, 9);
  expect(plan.limits).toMatchObject([{ kind: "demand", name: "bicycle", stages: [] }]);
  expect(plan.limits[0]!.price).toBeCloseTo(1, 6);
  const { transport, ...rest } = example("bicycle").params;
  const narrow = { from: "frames", to: "assembly", time: "60s", capacity: "2/h" };
  const routed = plant({ ...rest, transport: { ...transport, routes: [narrow] } } as Json);
  // Two ovens to two stands: four ways of two frames an hour.
  const limited = planFlow(routed);
  expect(limited.perHour).toBeCloseTo(8 * 0.99, 6);
  expect(limited.limits).toMatchObject([{ kind: "route", name: "oven → stand" }]);
  valid(routed, limited);
});

test("planned maintenance takes its share of capacity", () => {
  const one = (maintenance: Json) =>
    plant({
      items: { part: {} },
      segments: { make: { produces: { part: 1 }, cycle: "1min" } },
      equipment: { make: { segment: "make", maintenance } },
    });
  expect(planFlow(one([])).perHour).toBeCloseTo(60, 9);
  expect(planFlow(one([{ every: "10h", for: "1h" }])).perHour).toBeCloseTo(54, 9);
});

test("a plan becomes the flow that stages run by", () => {
  const bicycle = example("bicycle");
  const { arcs } = planFlow(bicycle);
  const { inbound, outbound } = flowFrom(bicycle, { epoch: [2, 1], arcs });
  const rates = inbound.flatMap((lines, to) =>
    lines.flatMap((line) => line.map(({ from, rate }) => [from, to, rate])),
  );
  expect(rates).toEqual(arcs);
  for (const [from, to] of arcs) expect(outbound[from]!.has(to)).toBe(true);
  for (const { credit } of inbound.flat(2)) expect(credit).toBeGreaterThan(0);
});

/** Small and odd, so that every part of a program matters; up to 100 stages. */
function randomFactory(seed: number): Json {
  const dice = new Streams(seed, 99, 1);
  const draw = (from: number, to: number): number => from + dice.uniform(0) * (to - from);
  const whole = (from: number, to: number): number => Math.floor(draw(from, to + 1));
  const tiers = whole(2, 5);
  const large = seed % 10 === 0;
  const names: string[][] = [];
  const parts = { items: {}, segments: {}, equipment: {} } as { [part: string]: object };
  for (let tier = 0; tier < tiers; tier++) {
    names.push([]);
    for (let index = 0; index < (tier === tiers - 1 ? whole(1, 2) : whole(1, 3)); index++) {
      const item = `i${tier}${"abc"[index]}`;
      const below = names.slice(0, tier).flat();
      const needed = below.filter((name) => names[tier - 1]!.includes(name) || draw(0, 1) < 0.3);
      names[tier]!.push(item);
      Object.assign(parts.items!, { [item]: { unit: "kg", lot: whole(1, 20) } });
      for (let kind = 0; kind < (draw(0, 1) < 0.2 ? 2 : 1); kind++) {
        const consumes = needed.map((name) => [name, whole(1, 40) / 10]);
        const made = `${item}${"xy"[kind]}`;
        Object.assign(parts.segments!, {
          [made]: {
            produces: { [item]: 1 },
            consumes: Object.fromEntries(consumes),
            cycle: `${whole(60, 3600)}s`,
            yield: draw(0.8, 1),
          },
        });
        const breaks = draw(0, 1) < 0.5 ? { mtbf: `${whole(5, 50)}h`, mttr: "1h" } : {};
        const count = large ? whole(6, 9) : whole(1, 3);
        const area = draw(0, 1) < 0.5 ? "left" : "right";
        Object.assign(parts.equipment!, { [made]: { segment: made, count, area, ...breaks } });
      }
    }
  }
  return parts as Json;
}

test("as much as another solver finds for 100 random plants, with all stages and with some", {
  timeout: 120_000,
}, () => {
  let largest = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const of = plant(randomFactory(seed));
    largest = Math.max(largest, of.stages.length);
    const full = planFlow(of);
    expect(Math.abs(full.perHour / reference(of, {}) - 1), `seed ${seed}`).toBeLessThan(1e-6);
    valid(of, full);
    const live = of.stages.map(({ id }) => (id + seed) % 5 !== 0);
    const some = planFlow(of, { live, running: full.arcs });
    const most = reference(of, { live });
    expect(Math.abs(some.perHour - most), `seed ${seed}, some`).toBeLessThan(1e-6 * (most + 1e-6));
    expect(some.perHour).toBeLessThanOrEqual(full.perHour * (1 + 1e-9));
    valid(of, some, { live });
    valid(of, planFlow(of, { live, running: full.arcs, optimise: () => "no" }), { live });
  }
  expect(largest).toBeGreaterThan(70);
  expect(largest).toBeLessThanOrEqual(100);
});

test.each([
  ["many types that need each other", { types: 60, perType: 2, complexity: "high", seed: 5 }],
  ["many stages of a type", { types: 6, perType: 40, complexity: "medium", seed: 5 }],
] as const)("a plan of %s is valid", (_, settings) => {
  const of = plant({ plant: settings });
  const full = planFlow(of);
  valid(of, full);
  const live = of.stages.map(({ id }) => id !== 1);
  const close = planFlow(of, { live, running: full.arcs });
  expect(close.best).toBe(true);
  valid(of, close, { live });
});

/** Rates are carried by those that live, as capacities, bills of materials and yields allow, to the last part. */
function valid(of: Plant, plan: Plan, { live, derate = true }: PlanOptions = {}): void {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(a, b, 1e-30);
  const carried = of.stages.map(({ bom }) => bom.map(() => 0));
  const left = of.stages.map(() => 0);
  for (const [from, to, rate] of plan.arcs) {
    expect(rate).toBeGreaterThan(0);
    expect((live?.[from] ?? true) && (live?.[to] ?? true)).toBe(true);
    const line = of.stages[to]!.bom.findIndex(({ item }) => item === of.stages[from]!.item);
    carried[to]![line]! += rate;
    left[from]! += rate;
  }
  let delivered = 0;
  for (const stage of of.stages) {
    const { starts, use } = plan.stages[stage.id]!;
    expect(starts).toBeLessThanOrEqual(capacityOf(stage, derate) * (1 + 1e-6));
    expect(near(use * capacityOf(stage, derate), starts)).toBe(true);
    for (const [line, { need }] of stage.bom.entries()) {
      const taken = (starts * units(need)) / stage.starts;
      expect(near(carried[stage.id]![line]!, taken), `${stage.name} takes`).toBe(true);
    }
    const made = starts * units(stage.each) * stage.yield;
    if (stage.final) delivered += made;
    else expect(near(made, left[stage.id]!), `${stage.name} gives`).toBe(true);
  }
  expect(near(delivered, plan.perHour)).toBe(true);
}

/** How many arcs between live stages carry another amount. */
function changes(before: Plan, after: Plan, live: readonly boolean[]): number {
  const rates = (plan: Plan) =>
    new Map(plan.arcs.map(([from, to, rate]) => [`${from} ${to}`, { from, to, rate }]));
  const [old, now] = [rates(before), rates(after)];
  return [...new Map([...old, ...now])].filter(([key, { from, to }]) => {
    const [a, b] = [old.get(key)?.rate ?? 0, now.get(key)?.rate ?? 0];
    return live[from] && live[to] && Math.abs(a - b) > 1e-6 * Math.max(a, b);
  }).length;
}

/** The most that can leave: the plain program, every live maker to every live taker, by another solver. */
function reference(of: Plant, { live, derate = true }: PlanOptions): number {
  const stages = of.stages.filter(({ id }) => live?.[id] ?? true);
  const constraints = new Map<string, { readonly max?: number; readonly equal?: number }>();
  const variables = new Map<string, Map<string, number>>();
  for (const stage of stages) {
    constraints.set(`capacity ${stage.id}`, lessEq(capacityOf(stage, derate)));
    constraints.set(`output ${stage.id}`, lessEq(0));
    const starts = new Map([
      [`capacity ${stage.id}`, 1],
      [`output ${stage.id}`, -units(stage.each) * stage.yield],
    ]);
    variables.set(`starts ${stage.id}`, starts);
    if (stage.final) {
      variables.set(
        `out ${stage.id}`,
        new Map([
          ["total", 1],
          [`output ${stage.id}`, 1],
        ]),
      );
    }
    for (const { item, need } of stage.bom) {
      constraints.set(`input ${stage.id} ${item}`, { equal: 0 });
      starts.set(`input ${stage.id} ${item}`, -units(need) / stage.starts);
      for (const from of stages) {
        if (from.item !== item) continue;
        const carried: [string, number][] = [
          [`output ${from.id}`, 1],
          [`input ${stage.id} ${item}`, 1],
        ];
        variables.set(`way ${from.id} ${stage.id}`, new Map(carried));
      }
    }
  }
  const model: Model = { direction: "maximize", objective: "total", constraints, variables };
  const { status, result } = solve(model, { maxPivots: 100_000, precision: 1e-9 });
  expect(status).toBe("optimal");
  return result;
}
