import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Streams } from "../../../core/random.ts";
import { beaten, type DetectorName, isSuspect, type Pulse, pulseFrom } from "./detector.ts";
import { agedTo, heardOf, newMember, type Watching } from "./membership.ts";

const BEAT = 1_000_000;
const ALIVE = { incarnation: 1, changed: 0 };
const DETECTORS = ["timeout", "phi"] as const;

/** A pulse after beats with these intervals. */
const after = (intervals: readonly number[]): Pulse => {
  let [pulse, now] = [pulseFrom(0, BEAT), 0];
  for (const interval of intervals) {
    now += interval;
    pulse = beaten(pulse, now, BEAT);
  }
  return pulse;
};
const regular = (count: number): Pulse => after(Array.from({ length: count }, () => BEAT));

/** After how much silence it is suspect: the least, to the millisecond. */
function patience(detector: DetectorName, pulse: Pulse): number {
  let silence = 0;
  while (!isSuspect(detector, pulse, pulse.heard + silence, BEAT)) silence += 1_000;
  return silence / BEAT;
}

describe.each(DETECTORS)("the detector %s", (detector) => {
  test("suspects nobody until the mean is past, and whom it suspects for longer silence too", () => {
    const jitter = fc.integer({ min: BEAT - 100_000, max: BEAT + 100_000 });
    fc.assert(
      fc.property(
        fc.array(jitter, { maxLength: 40 }),
        fc.nat(10 * BEAT),
        fc.nat(10 * BEAT),
        (intervals, a, b) => {
          const pulse = after(intervals);
          expect(isSuspect(detector, pulse, pulse.heard + pulse.mean, BEAT)).toBe(false);
          const [less, more] = [Math.min(a, b), Math.max(a, b)].map((silence) =>
            isSuspect(detector, pulse, pulse.heard + silence, BEAT),
          );
          expect(less && !more).toBe(false);
        },
      ),
    );
  });

  test("suspects who was never heard after three heartbeats", () => {
    expect(patience(detector, pulseFrom(0, BEAT))).toBeCloseTo(3, 2);
  });

  test("does not take a clock that was set back for silence", () => {
    expect(isSuspect(detector, regular(20), 0, BEAT)).toBe(false);
  });
});

describe("the detector phi", () => {
  test("learns: of who is regular it is sooner sure than of who is not", () => {
    const dice = new Streams(1, 0, 1);
    const irregular = after(Array.from({ length: 100 }, () => BEAT * (0.5 + dice.uniform(0))));
    const [soon, late] = [patience("phi", regular(100)), patience("phi", irregular)];
    // Deviations below a tenth of a heartbeat count as that; 5.6 of them make 8.
    expect(soon).toBeCloseTo(1 + 5.6 * 0.1, 1);
    expect(late).toBeGreaterThan(2);
    expect(patience("timeout", irregular)).toBeCloseTo(3, 2);
  });

  test("is one of time until it has seen five beats", () => {
    expect(patience("phi", regular(4))).toBeCloseTo(3, 2);
    expect(patience("phi", regular(5))).toBeLessThan(3);
  });
});

test("an interval in which beats were missed counts as so many", () => {
  const pulse = after([...Array.from({ length: 50 }, () => BEAT), 7 * BEAT]);
  expect(pulse.mean).toBeCloseTo(BEAT, 6);
  expect(pulse.beats).toBe(51);
  expect(patience("phi", pulse)).toBeCloseTo(patience("phi", regular(51)), 2);
  // Two that come at once are not none: the mean falls a little.
  expect(after([...Array.from({ length: 50 }, () => BEAT), 0]).mean).toBeCloseTo(0.9 * BEAT, 6);
});

test.each(DETECTORS)(
  "by %s nobody is suspected in a day of 58 stages, five million beats",
  (detector) => {
    const watching: Watching = { detector, heartbeat: BEAT, stability: 3 * BEAT };
    const dice = new Streams(7, 0, 1);
    const beats = 86_400;
    let suspected = 0;
    for (let stage = 0; stage < 58; stage++) {
      const offset = dice.uniform(0) * BEAT;
      let member = heardOf(newMember(0, watching), ALIVE, offset, watching);
      let next = offset + BEAT;
      for (let beat = 1; beat <= beats; beat++) {
        const arrives = next + 1_000 + 9_000 * dice.uniform(0);
        // Looked at just before it comes: the longest silence.
        member = agedTo(member, arrives - 1, watching);
        if (member.state !== "up") suspected++;
        member = heardOf(member, ALIVE, arrives, watching);
        next += BEAT;
      }
    }
    expect(suspected).toBe(0);
  },
);
