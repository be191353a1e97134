import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describe as described, standardErrorsOff, threeErrors } from "../analysis/statistics.ts";
import { checkKills, drawKills, isKills, type Kills } from "./kills.ts";
import { seconds } from "./micros.ts";
import type { CrashFault } from "./run.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
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
});

describe("kills that are drawn", () => {
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
    const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
    const plans = seeds.map((seed) => drawn("kills 3/min back 12/min", { ...RUN, seed }));
    const within = (sample: readonly number[], expected: number): void => {
      const off = standardErrorsOff(described(sample), expected);
      expect(Math.abs(off)).toBeLessThan(threeErrors(sample.length));
    };
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

  test("are none at rate 0, and a rate beyond reason ends", () => {
    expect(drawn("kills 0/min")).toEqual([]);
    expect(drawn("kills 999999999999/min back 0/min").length).toBe(NAMES.length);
    expect(drawn("kills 999999999999/min back 999999999999/min").length).toBeLessThanOrEqual(1e5);
  });
});
