// What the figures of a factory show is what its trace says, counted here anew and in another way.
import { describe, expect, test } from "vitest";
import type { Figure, Span } from "../../../src/core/figure.ts";
import { seconds } from "../../../src/core/micros.ts";
import { factory } from "../../../src/systems/factory/factory.ts";
import { FactoryMeasurer } from "../../../src/systems/factory/measured/measures.ts";
import { ready } from "../../../src/systems/factory/planning/solver.ts";
import { units } from "../../../src/systems/factory/quantity.ts";
import { faults, notesOf, type Ran, ran, SHOP } from "./books.ts";

await ready();

const CRASH: Span = { from: 20, to: 26.5 };
const LED = {
  ...SHOP,
  leader: { candidates: 2, heartbeat: "200ms", lease: "1s", debounce: "200ms", stability: "500ms" },
};
const run = ran(factory, {
  params: LED,
  duration: seconds(60),
  faults: faults(`crash press-1 ${CRASH.from}s..${CRASH.to}s`, "crash @leader 40s..45s"),
});

type Shows<Kind> = Extract<Figure["shows"], { readonly kind: Kind }>;

const figuresOf = ({ trace }: Ran): readonly Figure[] =>
  trace.observe(factory.drawing!.begin(trace.run, trace.names));
const figures = figuresOf(run);

function figure<Kind extends Figure["shows"]["kind"]>(kind: Kind) {
  const found = figures.find(({ shows }) => shows.kind === kind)!;
  return { ...found, shows: found.shows as Shows<Kind> };
}

const ships = notesOf(run, "ships");
const plans = notesOf(run, "plans");

test("a run through a crash has all figures", () => {
  expect(figures.map(({ name }) => name)).toEqual([
    "throughput",
    "wip",
    "states",
    "gantt",
    "recoveries",
  ]);
});

describe("throughput", () => {
  const { subtitle, shows } = figure("against");
  const window = Number(/over the ([\d.]+) s before/.exec(subtitle)![1]) * 1e6;

  test("is what was shipped in the window before each instant", () => {
    expect(ships.length).toBeGreaterThan(100);
    for (const [at, value] of shows.measured.points) {
      const until = Math.round(at * 1e6);
      const shipped = ships
        .filter((ship) => ship.at >= until - window && ship.at < until)
        .reduce((sum, { fields }) => sum + units(fields.amount as number), 0);
      expect((value * window) / 60e6).toBeCloseTo(shipped, 6);
    }
    expect(shows.measured.points.at(-1)![0]).toBe(60);
  });

  test("stands against what leaders planned, in steps as long as a piece", () => {
    const steps = shows.meant!.points.slice(0, -1);
    const piece = shows.measured.points[1]![0];
    expect(steps.length).toBeGreaterThanOrEqual(3);
    expect(steps.map(([, value]) => value)).toEqual(
      plans.map(({ fields }) => (fields.perHour as number) / 60),
    );
    for (const [index, [at]] of steps.entries()) {
      expect(plans[index]!.at / 1e6 - at).toBeGreaterThanOrEqual(0);
      expect(plans[index]!.at / 1e6 - at).toBeLessThan(piece);
    }
  });

  test("has who led, and who was down, below it", () => {
    const tracks = new Map(shows.tracks.map(({ name, spans }) => [name, spans]));
    expect(tracks.get("stages crashed")).toEqual([{ ...CRASH, label: "press-1" }]);
    const [killed] = tracks.get("leaders crashed")!;
    expect(killed).toMatchObject({ from: 40, to: 45 });
    const terms = notesOf(run, "leads").map(({ at, who, fields }) => ({
      from: at / 1e6,
      label: `${who}, term ${String(fields.term)}`,
    }));
    expect(terms.length).toBeGreaterThan(1);
    expect(tracks.get("who leads")).toMatchObject(terms);
    expect(tracks.get("who leads")![0]!.to).toBe(40);
  });
});

test("work in progress is what is measured, wherever it is", () => {
  const { shows } = figure("levels");
  const { wip } = run.trace.observe(new FactoryMeasurer(run.trace.run));
  const means = shows.layers.map(({ values }) => {
    const spans = shows.seconds.slice(1).map((to, index) => to - shows.seconds[index]!);
    return spans.reduce((sum, span, index) => sum + span * values[index]!, 0) / shows.end;
  });
  expect(wip.queue).toBeGreaterThan(1);
  const { reserved, queue, "under way": underway, shelf } = wip;
  for (const [index, mean] of [reserved, queue, underway, shelf].entries()) {
    expect(means[index]).toBeCloseTo(mean, 6);
  }
});

test("a stage's shares are all of its time, and the crash as long as it was", () => {
  const { shows } = figure("shares");
  expect(shows.rows.map(({ name }) => name)).toEqual(run.plant.stages.map(({ name }) => name));
  for (const { shares } of shows.rows) {
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  }
  const crashed = shows.parts.findIndex(({ name }) => name === "crashed");
  const { shares } = shows.rows.find(({ name }) => name === "press-1")!;
  const first = notesOf(run, "stands", "press-1").find(({ at }) => at > CRASH.from * 1e6)!;
  expect(first.at / 1e6).toBeCloseTo(CRASH.to, 1);
  expect(shares[crashed]! * 60).toBeCloseTo(first.at / 1e6 - CRASH.from, 2);
});

describe("the jobs of a stage", () => {
  const { title, subtitle, shows } = figure("gantt");

  test("are those of what limits the plan, around its crash", () => {
    const kind = String(plans.at(-1)!.fields.bottleneck);
    expect(title).toBe(`What ${kind}-1 did`);
    expect(title).toContain("press-1");
    expect(subtitle).toContain("around its first crash");
    expect(shows.from).toBeLessThan(CRASH.from);
    expect(shows.to).toBeGreaterThan(CRASH.to);
  });

  test("begin and end as was noted; that of the crash is cut off in it", () => {
    const [lane, ...others] = shows.lanes;
    expect(others).toEqual([]);
    expect(lane!.length).toBe(60);
    const when = (name: string, job: string) =>
      notesOf(run, name, "press-1").find(({ fields }) => String(fields.job) === job)!;
    const cut = lane!.filter(({ ended }) => ended === "cut");
    expect(cut).toMatchObject([{ to: CRASH.from }]);
    for (const { from, to, label, ended } of lane!) {
      expect(from * 1e6).toBeCloseTo(when("begins", label).at, 3);
      if (ended === "good") expect(to * 1e6).toBeCloseTo(when("ships", label).at, 3);
    }
  });

  test("have a state at any instant below them", () => {
    const { band, parts } = shows;
    for (const [index, { to }] of band.slice(0, -1).entries()) {
      expect(band[index + 1]!.from).toBe(to);
    }
    expect(band[0]!.from).toBeLessThanOrEqual(shows.from);
    expect(band.at(-1)!.to).toBeGreaterThanOrEqual(shows.to);
    const down = band.find(({ part }) => parts[part]!.name === "crashed");
    expect(down!.from).toBe(CRASH.from);
  });
});

test("a crash is missed, planned for, followed and made up for when the notes say so", () => {
  const { shows } = figure("strips");
  const crash = CRASH.from * 1e6;
  const after = (name: string, wanted: (note: (typeof ships)[number]) => boolean, from = crash) =>
    notesOf(run, name).filter((note) => note.at >= from && wanted(note));
  const [missed] = after(
    "member",
    ({ fields: { name, is } }) => name === "press-1" && is === "down",
  );
  const [planned] = after("plans", () => true, missed!.at);
  const { term, sequence } = planned!.fields;
  const adopted = after(
    "adopts",
    ({ who, fields }) => who !== "press-1" && fields.term === term && fields.sequence === sequence,
  ).at(-1)!;
  const [shipped] = after("ships", () => true, adopted.at);
  const times = [missed!, planned!, adopted, shipped!].map(({ at }) => (at - crash) / 1e6);
  const [{ name, values } = { name: "", values: [] }, ...others] = shows.cases;
  expect(others).toEqual([]);
  expect(name).toBe("press-1");
  const [down, flow, all, , left] = values;
  for (const [index, value] of [down, flow, all, left].entries()) {
    expect(value).toBeCloseTo(times[index]!, 6);
  }
});

test("without a crash or a leader, what would show nothing is left out", () => {
  const calm = ran(factory, { params: SHOP, duration: seconds(10) });
  expect(figuresOf(calm).map(({ name }) => name)).toEqual(["throughput", "wip", "states", "gantt"]);
  const [throughput] = figuresOf(calm);
  expect(throughput!.shows).toMatchObject({ meant: null, tracks: [] });
});

test("what is drawn of a run is no more for being ten times as long", () => {
  const size = (span: number): number =>
    JSON.stringify(figuresOf(ran(factory, { params: SHOP, duration: seconds(span) }))).length;
  expect(size(200)).toBeLessThan(2 * size(20));
});
