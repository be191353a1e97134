import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describe as described, standardErrorsOff, threeErrors } from "../analysis/statistics.ts";
import { checkKills, drawKills, isKills, type Kills } from "./kills.ts";
import { seconds } from "./micros.ts";
import type { CrashFault } from "./run.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
const PLANT = ["stage-1", "stage-2", "keeper", "leader-1", "leader-2", "stage-10", "store"];
const MINUTES = 60;
const RUN = { seed: 1, duration: seconds(60 * MINUTES) };
const drawn = (text: Kills, run = RUN, names = NAMES): readonly CrashFault[] =>
  drawKills(text, run, names) as readonly CrashFault[];

describe("kills are written", () => {
  test.each([
    "kills 6/min",
    "kills 0.5/min",
    "kills 6/min back 10/min",
    "kills 6/min of a",
    "kills 6/min back 0/min of a,b.c-1",
    "kills 6/min of stage-*,@leader",
    "kills 6/min not keeper,leader-*",
    "kills 6/min back 10/min of stage-* not stage-1",
  ] as const)("as %s", (text) => {
    expect(isKills(text)).toBe(true);
    expect(() => checkKills(text)).not.toThrow();
  });

  test.each([
    "kills",
    "kills 6",
    "kills -1/min",
    "kills 6/h",
    "kills 6/min back 10",
    "kills 6/min of",
    "kills 6/min of a, b",
    "kills 6/min of a back 1/min",
    "kills 6/min not a of b",
    "kills 6/min not",
    "kills 6/min but a",
    " kills 6/min",
  ])("not as %s", (text) => {
    if (text.startsWith("kills ")) {
      const refused = expect.objectContaining({ code: "config/option" });
      expect(() => checkKills(text as Kills)).toThrow(refused);
      expect(() => drawn(text as Kills)).toThrow(refused);
    } else expect(isKills(text)).toBe(false);
  });

  test("with names that there are, or the nearest one is told", () => {
    expect(() => drawn("kills 6/min of welder", RUN, ["welder-1", "saw-1"])).toThrow(
      expect.objectContaining({
        code: "config/fault",
        message: expect.stringContaining("welder-1"),
      }),
    );
    expect(() => drawn("kills 6/min of a,,b")).toThrow(
      expect.objectContaining({ code: "config/fault" }),
    );
  });

  test.each([
    ["of leader", 'names process "leader"; did you mean "@leader"?'],
    ["of stge-*", 'names process "stge-*"; did you mean "stage-1"?'],
    ["not keper", 'names process "keper"; did you mean "keeper"?'],
    ["not @leader", "spares @leader, who is not known beforehand; name all that may lead"],
    ["of stage-* not stage-1,stage-2", "spares everybody; name fewer after not"],
    ["not *", "spares everybody; name fewer after not"],
  ])("and %s says what to write instead", (said, complaint) => {
    expect(() => drawn(`kills 6/min ${said}`, RUN, PLANT.slice(0, 5))).toThrow(
      expect.objectContaining({
        code: "config/fault",
        message: `profile "kills 6/min ${said}" ${complaint}`,
      }),
    );
  });
});

describe("who is killed", () => {
  /** Of a plant, in a run in which each who may be killed is. */
  const killed = (said: string): readonly string[] => {
    const faults = drawn(`kills 30/min back 60/min ${said}`, RUN, PLANT);
    return [...new Set(faults.map(({ process }) => process))].sort();
  };

  test.each([
    ["of stage-*", ["stage-1", "stage-10", "stage-2"]],
    ["of st*,keeper not stage-1*", ["keeper", "stage-2", "store"]],
    ["not keeper,leader-*", ["stage-1", "stage-10", "stage-2", "store"]],
    ["of *", [...PLANT].sort()],
    ["of @leader", ["@leader"]],
    ["of @leader,keeper not leader-*", ["@leader", "keeper"]],
  ])("%s: %j", (said, expected) => {
    expect(killed(said)).toEqual(expected);
  });

  test("is the same, whether named, by what names begin with, or by who is spared", () => {
    const all = drawn("kills 6/min of stage-1,stage-2,stage-10", RUN, PLANT);
    expect(drawn("kills 6/min of stage-*", RUN, PLANT)).toEqual(all);
    expect(drawn("kills 6/min of stage-*,stage-1,stage-2", RUN, PLANT)).toEqual(all);
    expect(drawn("kills 6/min not keeper,leader-*,store", RUN, PLANT)).toEqual(all);
  });

  test("is among those who are meant, and none of those who are spared", () => {
    const some = fc.subarray(PLANT, { minLength: 1 });
    fc.assert(
      fc.property(some, fc.subarray(PLANT), fc.nat(), (of, not, seed) => {
        const left = of.filter((name) => !not.includes(name));
        const spared = not.length === 0 ? "" : ` not ${not}`;
        const draw = () => drawn(`kills 30/min of ${of}${spared}`, { ...RUN, seed }, PLANT);
        if (left.length === 0) expect(draw).toThrow("spares everybody");
        else expect(new Set(draw().map(({ process }) => process))).toEqual(new Set(left));
      }),
      { numRuns: 50 },
    );
  });
});

describe("kills that are drawn", () => {
  const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
  const within = (sample: readonly number[], expected: number): void => {
    const off = standardErrorsOff(described(sample), expected);
    expect(Math.abs(off)).toBeLessThan(threeErrors(sample.length));
  };
  const anything = fc.record({
    kill: fc.integer({ min: 0, max: 200 }),
    back: fc.option(fc.integer({ min: 0, max: 200 })),
    seed: fc.nat(),
    minutes: fc.integer({ min: 1, max: 30 }),
    of: fc.option(fc.subarray(NAMES, { minLength: 1 })),
  });

  test("strike nobody who is down, only those who are named, and all are back by four fifths of the run", () => {
    fc.assert(
      fc.property(anything, ({ kill, back, seed, minutes, of }) => {
        const said = `${back === null ? "" : ` back ${back}/min`}${of === null ? "" : ` of ${of}`}`;
        const run = { seed, duration: seconds(60 * minutes) };
        const faults = drawn(`kills ${kill}/min${said}`, run);
        expect(drawn(`kills ${kill}/min${said}`, run)).toEqual(faults);
        const up = new Map<string, number>();
        let last = 0;
        for (const { kind, process, at, until } of faults) {
          expect([kind, (of ?? NAMES).includes(process)]).toEqual(["crash", true]);
          expect(at).toBeGreaterThanOrEqual(Math.max(last, up.get(process) ?? 0));
          expect(until).toBeGreaterThan(at);
          expect(until).toBeLessThanOrEqual(0.8 * run.duration + 1);
          expect([at, until].every(Number.isInteger)).toBe(true);
          up.set(process, until!);
          last = at;
        }
      }),
    );
  });

  test("come at their rates: within three standard errors over seeds", () => {
    const span = 0.8 * MINUTES;
    const plans = seeds.map((seed) => drawn("kills 3/min back 12/min", { ...RUN, seed }));
    // Of ten, hardly ever are all down: no kill is without a victim.
    within(
      plans.map((faults) => faults.length / span),
      3,
    );
    // Who comes back is drawn beside: the time between two is exponential, whoever is down. One alone waits for
    // a twelfth of a minute.
    const alone = seeds.flatMap((seed) =>
      drawn("kills 0.02/min back 12/min", { ...RUN, seed }).map(
        ({ at, until }) => (until! - at) / 60e6,
      ),
    );
    within(alone, 1 / 12);
    // Each of ten is as likely as another.
    for (const name of NAMES) {
      const share = plans.map(
        (of) => of.filter(({ process }) => process === name).length / of.length,
      );
      within(share, 1 / NAMES.length);
    }
  });

  test("bring back first who has been down for longest", () => {
    const faults = drawn("kills 30/min back 20/min");
    const ends = faults
      .filter(({ until }) => until! < 0.8 * RUN.duration)
      .map(({ until }) => until!);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(ends.length).toBeGreaterThan(100);
  });

  test("strike who leads at their rate, each for as long as back says, whoever else is down", () => {
    // So many that one who waited his turn would wait for many others.
    const text = "kills 60/min back 12/min of @leader";
    const plans = seeds.map((seed) => drawn(text, { seed, duration: seconds(600) }));
    within(
      plans.map((faults) => faults.length / 8),
      60,
    );
    // The last ones are cut short by the end of all kills.
    const early = plans.map((faults) => faults.filter(({ at }) => at < seconds(400)));
    within(
      early.map(
        (faults) => faults.reduce((sum, { at, until }) => sum + until! - at, 0) / faults.length,
      ),
      5e6,
    );
    const forever = drawn("kills 6/min back 0/min of @leader");
    expect(new Set(forever.map(({ until }) => until))).toEqual(new Set([0.8 * RUN.duration]));
  });

  test("are none at rate 0, and a rate beyond reason ends", () => {
    expect(drawn("kills 0/min")).toEqual([]);
    expect(drawn("kills 999999999999/min back 0/min").length).toBe(NAMES.length);
    expect(drawn("kills 999999999999/min back 999999999999/min").length).toBeLessThanOrEqual(1e5);
  });
});
