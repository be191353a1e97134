// The members of a plant as its leader sees them: up, suspected, down, or back and not yet trusted.
import { beaten, type DetectorName, isSuspect, type Pulse, pulseFrom } from "./detector.ts";

export type Member = {
  readonly pulse: Pulse;
  readonly incarnation: number;
  /** Of its planned changes, how many it has made. */
  readonly changed: number;
  readonly state: "up" | "suspect" | "down" | "returning";
  /** Since when, by the leader's clock. */
  readonly since: number;
};

export type Watching = {
  readonly detector: DetectorName;
  /** µs. */
  readonly heartbeat: number;
  readonly stability: number;
};

/** A suspect has so many heartbeats to refute it. */
export const REFUTATION = 2;

/** Who is heard within so many heartbeats of a leader's beginning was there all the time. */
export const GREETING = 2;

/** Nobody has been heard yet: who is there says so as soon as he knows who leads. */
export const newMember = (now: number, { heartbeat }: Watching): Member => ({
  pulse: pulseFrom(now, heartbeat),
  incarnation: 0,
  changed: 0,
  state: "down",
  since: now,
});

/** A sign of life of an incarnation; those of earlier ones are old. */
export function heardOf(
  member: Member,
  { incarnation, changed }: Pick<Member, "incarnation" | "changed">,
  now: number,
  { heartbeat }: Watching,
): Member {
  if (incarnation < member.incarnation) return member;
  const pulse = beaten(member.pulse, now, heartbeat);
  const { state } = member;
  const first = member.incarnation === 0 && now - member.since <= GREETING * heartbeat;
  if (state === "suspect" || first) {
    return { pulse, incarnation, changed, state: "up", since: now };
  }
  if (state === "down") {
    return { pulse, incarnation, changed, state: "returning", since: now };
  }
  // Beats may come out of order; changes are never unmade.
  const most = incarnation === member.incarnation ? Math.max(changed, member.changed) : changed;
  return { ...member, pulse, incarnation, changed: most };
}

/** It may come back with an empty store, and then counts its incarnations from 1. */
const downFrom = (member: Member, now: number): Member => ({
  ...member,
  incarnation: 1,
  state: "down",
  since: now,
});

/** What time alone makes of a member. */
export function agedTo(member: Member, now: number, watching: Watching): Member {
  const { detector, heartbeat, stability } = watching;
  const { state, pulse, since } = member;
  const silent = isSuspect(detector, pulse, now, heartbeat);
  if (state === "up" && silent) return { ...member, state: "suspect", since: now };
  if (state === "suspect" && now - since >= REFUTATION * heartbeat) return downFrom(member, now);
  if (state !== "returning") return member;
  if (silent) return downFrom(member, now);
  // What counts is when it was heard: of who goes again at once, nobody knows yet that he is gone.
  return pulse.heard - since >= stability ? { ...member, state: "up", since: now } : member;
}

/** Does the flow count on it? A suspect is counted on until there is a verdict. */
export const isLive = ({ state }: Member): boolean => state === "up" || state === "suspect";
