// Who is thought to be down, by his silence alone: never proof, so never reason to touch a lot.
//
// A member that is silent for longer than its detector allows is suspected and asked; only if it is silent for
// a while longer is it taken for down. A sign of life refutes a suspicion. Who was down is taken in again when
// it has been there for some time, so that one who comes and goes does not make the flow flap.

/** What of a member's beats a detector knows; times by the watcher's clock, µs. */
export type Pulse = {
  readonly heard: number;
  /** Beats seen, and mean and variance of what lay between them (exponentially weighted). */
  readonly beats: number;
  readonly mean: number;
  readonly variance: number;
};

export type DetectorName = "timeout" | "phi";

export const pulseFrom = (now: number, heartbeat: number): Pulse => ({
  heard: now,
  beats: 0,
  mean: heartbeat,
  variance: (heartbeat / 4) ** 2,
});

/** Weight of the last interval: about the last twenty count. */
const WEIGHT = 0.1;

/** A beat came. An interval in which others were missed counts as so many. */
export function beaten(pulse: Pulse, now: number, heartbeat: number): Pulse {
  const missed = Math.max(1, Math.round((now - pulse.heard) / heartbeat));
  const off = (now - pulse.heard) / missed - pulse.mean;
  return {
    heard: now,
    beats: pulse.beats + 1,
    mean: pulse.mean + WEIGHT * off,
    variance: (1 - WEIGHT) * (pulse.variance + WEIGHT * off * off),
  };
}

/** Silent for longer than so many heartbeats is suspect. */
export const SILENT = 3;
/** Suspicion of 8: once in 10⁸ intervals by mistake, if they are normal. */
const PHI = 8;
/** Beats that a phi detector must have seen; until then it is one of time. */
const BEATS_MIN = 5;

/** Is a member suspect? */
export function isSuspect(
  detector: DetectorName,
  pulse: Pulse,
  now: number,
  heartbeat: number,
): boolean {
  const silence = now - pulse.heard;
  if (detector === "timeout" || pulse.beats < BEATS_MIN) return silence > SILENT * heartbeat;
  // Jitter is never taken to be less than a tenth of a heartbeat.
  const deviation = Math.max(Math.sqrt(pulse.variance), heartbeat / 10);
  return phi(silence, pulse.mean, deviation) > PHI;
}

/**
 * −log₁₀ of the probability that a beat comes later than after `silence`, if intervals are normal. Source:
 * Hayashibara, Défago, Yared, Katayama 2004, "The φ accrual failure detector"; the logistic approximation
 * of the normal tail is Bowling et al. 2009.
 */
function phi(silence: number, mean: number, deviation: number): number {
  const y = (silence - mean) / deviation;
  if (y <= 0) return 0;
  const exponent = y * (1.5976 + 0.070565992 * y * y);
  return (exponent + Math.log1p(Math.exp(-exponent))) / Math.LN10;
}
