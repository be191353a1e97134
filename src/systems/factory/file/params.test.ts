import { describe, expect, test } from "vitest";
import type { Json } from "../../../core/json.ts";
import { parseFactory } from "./params.ts";

type Fields = { readonly [name: string]: Json };

/** Frames of glue and wood; with `change` put over it, field by field. */
const bench = (change: Fields = {}): Json =>
  over(
    {
      items: { wood: { lot: 40 }, glue: { unit: "kg", lot: 2 }, frame: {} },
      segments: {
        saw: { produces: { wood: 1 }, cycle: "20min" },
        boil: { produces: { glue: "1 kg" }, cycle: "1h" },
        "make-frame": {
          produces: { frame: 1 },
          consumes: { wood: 2, glue: 0.3 },
          cycle: { dist: "triangular", min: "2min", mode: "3min", max: "4min" },
          yield: 0.97,
        },
      },
      equipment: {
        saw: { segment: "saw", count: 2 },
        kettle: { segment: "boil" },
        frame: { segment: "make-frame", count: 2, mtbf: "30h", mttr: "1h", area: "joinery" },
      },
    },
    change,
  );

function over(base: Fields, change: Fields): Fields {
  const inner = (old: Json | undefined, now: Json): Json =>
    isFields(old) && isFields(now) && Object.keys(now).length > 0 ? over(old, now) : now;
  const own = Object.entries(change).map(([name, value]) => [name, inner(base[name], value)]);
  return { ...base, ...Object.fromEntries(own) } as Fields;
}
const isFields = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A change, and what must be said of it: where, why, and the nearest name. */
type Wrong = readonly [fact: string, change: Fields, complaint: string];
const frame = (change: Fields): Fields => ({ segments: { "make-frame": change } });
const frames = (change: Fields): Fields => ({ equipment: { frame: change } });

const FIELDS: readonly Wrong[] = [
  [
    "an unknown field",
    { equipmnt: {} },
    'equipmnt: there is no field "equipmnt"; did you mean "equipment"?',
  ],
  [
    "a misspelt field comes before the one that is missing for it",
    { equipment: { kettle: {}, pot: { segmnt: "boil" } } },
    'equipment.pot.segmnt: there is no field "segmnt"; did you mean "segment"?',
  ],
  [
    "an unknown field of a route",
    { transport: { routes: [{ from: "shop", to: "joinery", time: "1s", capcity: "2/h" }] } },
    'transport.routes.0.capcity: there is no field "capcity"; did you mean "capacity"?',
  ],
  [
    "an unknown field of leaders",
    { leader: { leese: "5s" } },
    'leader.leese: there is no field "leese"; did you mean "lease"?',
  ],
  [
    "an unknown field of a change",
    { changes: [{ at: "1s", stage: "saw-1", du: "close" }] },
    'changes.0.du: there is no field "du"; did you mean "do"?',
  ],
  [
    "an unknown word in a change",
    { changes: [{ at: "1s", stage: "saw-1", do: "opn" }] },
    'changes.0.do: there is no "opn"; did you mean "open"?',
  ],
  [
    "a field that is like no other, where there may be few",
    { crews: { fitters: { salary: 3 } } },
    'crews.fitters.salary: there is no field "salary"; known: count, callAt',
  ],
  [
    "an unknown field of a distribution",
    frame({ cycle: { dist: "uniform", min: "1s", max: "2s", maks: "2s" } }),
    'segments.make-frame.cycle.mode: there is no field "mode"',
  ],
  [
    "an unknown distribution",
    frame({ cycle: { dist: "triangle" } }),
    'segments.make-frame.cycle.dist: there is no distribution "triangle"; did you mean "triangular"?',
  ],
  [
    "an unknown word",
    frame({ onInterrupt: "restrt" }),
    'segments.make-frame.onInterrupt: there is no "restrt"; did you mean "restart"?',
  ],
  [
    "a missing field",
    { segments: { cut: { produces: { wood: 1 } } } },
    '"cycle" is missing; expected a time',
  ],
  [
    "a missing segment",
    { equipment: { pot: { count: 2 } } },
    'equipment.pot.segment: "segment" is missing',
  ],
  [
    "an empty field",
    frame({ consumes: null }),
    "segments.make-frame.consumes: expected record, received null",
  ],
  ["an empty quantity", frame({ consumes: { wood: null } }), "expected a quantity above 0"],
  [
    "a negative time",
    frame({ cycle: "-5s" }),
    'segments.make-frame.cycle: "-5s" is negative; expected a time with its unit',
  ],
  ["a time of 0", frame({ cycle: "0s" }), 'segments.make-frame.cycle: "0s" must be longer than 0'],
  ["a time of 0 in disguise", frame({ cycle: "0e5s" }), '"0e5s" must be longer than 0'],
  ["a time below a microsecond", frame({ cycle: "0.0001us" }), "must be longer than 0"],
  [
    "a time without its unit",
    frame({ cycle: "90" }),
    '"90" is not a time; expected a time with its unit, such as 90s',
  ],
  [
    "a number for a time",
    frame({ cycle: 90 }),
    "segments.make-frame.cycle: expected a time above 0, or a distribution",
  ],
  [
    "a number for a mean",
    frames({ mtbf: 30 }),
    "equipment.frame.mtbf: expected a time with its unit, such as 90s",
  ],
  ["a class of count 0", frames({ count: 0 }), "equipment.frame.count: must be at least 1"],
  ["a class of 1.5", frames({ count: 1.5 }), "equipment.frame.count: expected a whole number"],
  [
    "a class that is too large",
    frames({ count: 1e9 }),
    "equipment.frame.count: must be at most 100000",
  ],
  ["a yield of 0", frame({ yield: 0 }), "segments.make-frame.yield: expected number to be >0"],
  ["a yield above 1", frame({ yield: 97 }), "segments.make-frame.yield: expected number to be <=1"],
  ["a name with a space", { items: { "two words": {} } }, "items.two words: expected a name of"],
  [
    "a rate without its unit",
    { demand: { frame: "9" } },
    "demand.frame: expected a rate with its unit, such as 14/h",
  ],
  ["a rate of 0", { demand: { frame: "0/h" } }, "demand.frame: a rate must be above 0"],
  [
    "a quantity of 0",
    frame({ consumes: { glue: "0 kg" } }),
    "consumes.glue: expected a quantity above 0",
  ],
  [
    "a negative quantity",
    frame({ consumes: { wood: -2 } }),
    "consumes.wood: a quantity is at least 0.000001",
  ],
  [
    "a lot of text",
    { items: { glue: { lot: "2 kg" } } },
    "items.glue.lot: expected a number of units",
  ],
  ["a version that is not", { version: 2 }, "version: "],
  ["a plant and items", { plant: {} }, "plant: it stands instead of items, segments, equipment"],
];

const BILLS: readonly Wrong[] = [
  [
    "an unknown item",
    frame({ consumes: { wod: 1 } }),
    'segments.make-frame.consumes.wod: there is no item "wod"; did you mean "wood"?',
  ],
  [
    "an item named as what all objects have",
    frame({ consumes: { constructor: 1 } }),
    'there is no item "constructor"',
  ],
  [
    "another unit",
    frame({ consumes: { glue: "300 g" } }),
    "segments.make-frame.consumes.glue: glue is counted in kg, not in g",
  ],
  [
    "two products",
    frame({ produces: { wood: 1 } }),
    "segments.make-frame.produces: a segment makes one item",
  ],
  ["no product", frame({ produces: {} }), "segments.make-frame.produces: a segment makes one item"],
  [
    "a lot that is no whole number of starts",
    { items: { glue: { lot: 2.5 } } },
    "segments.boil.produces.glue: a lot of 2.5 glue is 2.5 starts of 1 each; make it whole, such as lot: 3",
  ],
  [
    "a lot that is less than a start",
    frame({ produces: { frame: 4 } }),
    "a lot of 1 frame is 0.25 starts of 4 each; make it whole, such as lot: 4",
  ],
  [
    "half a piece in a job",
    frame({ consumes: { wood: 0.5 } }),
    "segments.make-frame.consumes.wood: a job makes 1 frame and takes 0.5 wood, which come in whole pieces (EA); change the lot of frame",
  ],
  [
    "half a piece of a start",
    frame({ produces: { frame: 0.5 } }),
    "segments.make-frame.produces.frame: a start gives 0.5 frame, which come in whole pieces (EA)",
  ],
  [
    "more than can be counted",
    { items: { wood: { lot: 1e9 } }, segments: { saw: { consumes: { glue: 10 } } } },
    "takes 10000000000 glue; 1000000000 is the most",
  ],
  [
    "an item that is made nowhere",
    { items: { nail: {} }, ...frame({ consumes: { nail: 4 } }) },
    "segments.make-frame.consumes.nail: no segment makes nail; add one, with equipment for it",
  ],
  [
    "an item whose maker has no equipment",
    {
      items: { nail: {} },
      segments: {
        draw: { produces: { nail: 1 }, cycle: "1s" },
        "make-frame": { consumes: { nail: 4 } },
      },
    },
    "segments.make-frame.consumes.nail: no equipment makes nail; add some with segment: draw",
  ],
  ["an item for nothing", { items: { nail: {} } }, "items.nail: no equipment makes it"],
  [
    "an item that is needed for itself",
    frame({ consumes: { frame: 1 } }),
    "segments.make-frame.consumes.frame: no item may be needed for itself: frame takes frame",
  ],
  [
    "a circle",
    { segments: { boil: { consumes: { wood: 1 } }, saw: { consumes: { glue: 1 } } } },
    "segments.saw.consumes.glue: no item may be needed for itself: wood takes glue takes wood",
  ],
  [
    "a distribution upside down",
    frame({ cycle: { min: "5min" } }),
    "segments.make-frame.cycle: expected min ≤ mode ≤ max",
  ],
];

const PLANTS: readonly Wrong[] = [
  [
    "an unknown segment",
    frames({ segment: "make-frames" }),
    'equipment.frame.segment: there is no segment "make-frames"; did you mean "make-frame"?',
  ],
  [
    "an unknown crew",
    { crews: { fitters: {} }, ...frames({ crew: "fiters" }) },
    'equipment.frame.crew: there is no crew "fiters"; did you mean "fitters"?',
  ],
  [
    "a crew for what never fails",
    { crews: { fitters: {} }, equipment: { saw: { crew: "fitters" } } },
    "equipment.saw.crew: it needs mtbf and mttr",
  ],
  [
    "a crew for nobody",
    { crews: { fitters: {} } },
    "crews.fitters: no equipment says crew: fitters",
  ],
  [
    "a crew that never comes",
    { crews: { fitters: { callAt: 3 } }, ...frames({ crew: "fitters" }) },
    "crews.fitters.callAt: it would never come: 2 of its stages",
  ],
  [
    "failures without repairs",
    { equipment: { saw: { mtbf: "3h" } } },
    "equipment.saw.mtbf: it needs mttr beside it",
  ],
  [
    "maintenance without end",
    frames({ maintenance: [{ every: "1h", for: "2h" }] }),
    "equipment.frame.maintenance.0.for: it must be shorter than every",
  ],
  [
    "a class named as a stage",
    { equipment: { "saw-2": { segment: "saw" } } },
    "equipment.saw-2: stages of saw have such names",
  ],
  [
    "an unknown area",
    { transport: { routes: [{ from: "joinry", to: "shop", time: "1s" }] } },
    'transport.routes.0.from: no equipment is in area "joinry"; did you mean "joinery"?',
  ],
  [
    "two routes for one way",
    { transport: { routes: ["1s", "2s"].map((time) => ({ from: "shop", to: "joinery", time })) } },
    "transport.routes.1: there is another route from shop to joinery",
  ],
  [
    "a flow from no stage",
    { flow: [{ arcs: [{ from: "saw-3", to: "frame" }] }] },
    'flow.0.arcs.0.from: there is no stage or class "saw-3"; did you mean "saw-1"?',
  ],
  [
    "a flow from a stage written otherwise",
    { flow: [{ arcs: [{ from: "saw-01", to: "frame" }] }] },
    'no stage or class "saw-01"; did you mean "saw-1"?',
  ],
  [
    "an arc that does not fit",
    { flow: [{ arcs: [{ from: "saw-1", to: "kettle" }] }] },
    "flow.0.arcs.0: saw-1 makes wood, and kettle takes nothing",
  ],
  [
    "flows out of order",
    {
      flow: [
        { at: "1h", arcs: [] },
        { at: "30min", arcs: [] },
      ],
    },
    "flow.1.at: flows come in order of time, and 30min is not after the one before",
  ],
  [
    "demand for what is used up",
    { demand: { wood: "9/h" } },
    "demand.wood: wood is no final item, for frame takes it; known: frame",
  ],
  [
    "demand for nothing known",
    { demand: { frames: "9/h" } },
    'demand.frames: there is no item "frames"; did you mean "frame"?',
  ],
  [
    "a limit of work in what is no line",
    { policies: { wip: 4 } },
    "policies.wip: it limits a serial line",
  ],
];

describe("what is wrong is said with its field, the reason, and the nearest name", () => {
  test("of which nothing is, in the example", () => {
    expect(parseFactory(bench()).equipment.frame).toMatchObject({ parallel: 1, buffer: {} });
  });
  test.each([...FIELDS, ...BILLS, ...PLANTS])("%s", (_fact, change, complaint) => {
    expect(() => parseFactory(bench(change))).toThrow(
      expect.objectContaining({
        code: "config/factory",
        message: expect.stringContaining(complaint) as string,
      }),
    );
  });
  test.each([[null], [3], ["plant"], [[]]])("%j is no factory", (input) => {
    expect(() => parseFactory(input)).toThrow("the factory: expected a factory: items, segments");
  });
});

describe("parsing", () => {
  test("what was parsed gives the same again", () => {
    const parsed = parseFactory(bench({ demand: { frame: "9/h" }, timeScale: 60 }));
    expect(parseFactory(parsed)).toEqual(parsed);
  });

  test("a bill of materials may be as deep as it likes", () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `item_${index}`);
    const each = (make: (name: string, index: number) => Json): Fields =>
      Object.fromEntries(names.map((name, index) => [name, make(name, index)]));
    const deep = {
      items: each(() => ({})),
      segments: each((name, index) => ({
        produces: { [name]: 1 },
        consumes: index === 0 ? {} : { [names[index - 1]!]: 1 },
        cycle: "1s",
      })),
      equipment: each((name) => ({ segment: name })),
    };
    expect(Object.keys(parseFactory(deep).items)).toHaveLength(20_000);
    const circular = over(deep, { segments: { item_0: { consumes: { item_19999: 1 } } } });
    expect(() => parseFactory(circular)).toThrow("needed for itself");
  });
});
