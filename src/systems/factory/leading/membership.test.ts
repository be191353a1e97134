import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agedTo, heardOf, isLive, type Member, newMember, type Watching } from "./membership.ts";

const BEAT = 1_000;
const WATCHING: Watching = { detector: "timeout", heartbeat: BEAT, stability: 3 * BEAT };

const heard = (member: Member, now: number, incarnation = 1): Member =>
  heardOf(member, { incarnation, changed: 0 }, now, WATCHING);
/** Looked at twice a heartbeat, from an instant to another. */
function aged(member: Member, from: number, to: number): Member {
  let now = member;
  for (let at = from; at <= to; at += BEAT / 2) now = agedTo(now, at, WATCHING);
  return now;
}
/** The same, while it says every heartbeat that it is there. */
function beating(member: Member, from: number, to: number, incarnation = 1): Member {
  let now = member;
  for (let at = from; at <= to; at += BEAT / 2) {
    if ((at - from) % BEAT === 0) now = heard(now, at, incarnation);
    now = agedTo(now, at, WATCHING);
  }
  return now;
}

const NEW = newMember(0, WATCHING);
const UP = heard(NEW, BEAT);
const DOWN = aged(UP, BEAT, 10 * BEAT);

describe("a member", () => {
  test("is down until it is heard; who is heard within two heartbeats was there all the time", () => {
    expect(NEW.state).toBe("down");
    expect(heard(NEW, 2 * BEAT).state).toBe("up");
    expect(heard(NEW, 2 * BEAT + 1).state).toBe("returning");
    expect(aged(NEW, 0, 100 * BEAT).state).toBe("down");
  });

  test("that is silent is suspect after three heartbeats, and down after two more", () => {
    expect(aged(UP, BEAT, 4 * BEAT).state).toBe("up");
    expect(aged(UP, BEAT, 4.5 * BEAT)).toMatchObject({ state: "suspect", since: 4.5 * BEAT });
    expect(aged(UP, BEAT, 6 * BEAT).state).toBe("suspect");
    expect(aged(UP, BEAT, 6.5 * BEAT)).toMatchObject({ state: "down", since: 6.5 * BEAT });
    expect(DOWN.state).toBe("down");
  });

  test("is counted on while it is suspect, and not while it is down or just back", () => {
    const states = [UP, aged(UP, BEAT, 5 * BEAT), DOWN, heard(DOWN, 11 * BEAT)];
    expect(states.map(({ state }) => state)).toEqual(["up", "suspect", "down", "returning"]);
    expect(states.map(isLive)).toEqual([true, true, false, false]);
  });

  test("refutes a suspicion by one sign of life", () => {
    const suspect = aged(UP, BEAT, 6 * BEAT);
    expect(heard(suspect, 6.2 * BEAT)).toMatchObject({ state: "up", since: 6.2 * BEAT });
  });

  test("that is back is counted on when it has been heard for the time of stability", () => {
    expect(beating(DOWN, 11 * BEAT, 13.5 * BEAT).state).toBe("returning");
    expect(beating(DOWN, 11 * BEAT, 14 * BEAT).state).toBe("up");
    // One that went again is not, although nobody knows yet that it did.
    expect(aged(beating(DOWN, 11 * BEAT, 12 * BEAT), 12 * BEAT, 15 * BEAT).state).toBe("returning");
  });

  test("that is back and goes silent is down again, and its time begins anew", () => {
    const gone = aged(beating(DOWN, 11 * BEAT, 12 * BEAT), 12 * BEAT, 15.5 * BEAT);
    expect(gone).toMatchObject({ state: "down", since: 15.5 * BEAT });
    expect(beating(gone, 16 * BEAT, 18.5 * BEAT).state).toBe("returning");
    expect(beating(gone, 16 * BEAT, 19 * BEAT).state).toBe("up");
  });

  test("is not kept alive by what an earlier incarnation said", () => {
    const second = heard(UP, 2 * BEAT, 2);
    expect(heard(second, 3 * BEAT, 1)).toBe(second);
    expect(aged(heard(second, 5 * BEAT, 1), 2 * BEAT, 5.5 * BEAT).state).toBe("suspect");
    expect(heard(second, 5 * BEAT, 2).pulse.heard).toBe(5 * BEAT);
  });

  test("that lost its store and counts its incarnations anew is taken in once it was down", () => {
    const fourth = heard(UP, 2 * BEAT, 4);
    expect(beating(fourth, 3 * BEAT, 7.5 * BEAT, 1).state).toBe("down");
    expect(beating(fourth, 3 * BEAT, 14 * BEAT, 1).state).toBe("up");
  });

  test("goes from state to state as is said, whatever comes", () => {
    const ways = ["up suspect", "suspect up", "suspect down", "down returning", "returning up"];
    const allowed = new Set([...ways, "returning down", "down up"]);
    const act = fc.record({
      after: fc.nat(2 * BEAT),
      beat: fc.boolean(),
      incarnation: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        let [member, now] = [NEW, 0];
        for (const { after, beat, incarnation } of acts) {
          now += after;
          const next = beat ? heard(member, now, incarnation) : agedTo(member, now, WATCHING);
          const way = `${member.state} ${next.state}`;
          expect(next.state === member.state || allowed.has(way), way).toBe(true);
          if (way === "down up") expect(now).toBeLessThanOrEqual(2 * BEAT);
          member = next;
        }
      }),
    );
  });
});
