import { OrreryError } from "../../core/errors.ts";
import { PURPOSE, Streams } from "../../core/random.ts";
import type { Member, Pace } from "../../core/system.ts";
import { initialRate } from "./governor.ts";
import { RATE_MAX, RATE_MIN } from "./paces.ts";

/**
 * Each process's first rate, ticks per second: the given one, or drawn from its own stream; 0 for
 * unpaced ones.
 * @throws OrreryError "config/value" if one is out of bounds
 */
export function drawRates(members: readonly Member[], seed: number): Float64Array {
  const streams = new Streams(seed, PURPOSE.pace, members.length);
  return Float64Array.from(members, ({ name, pace }, process) => {
    if (pace === undefined) return 0;
    const drawn = rateFor(pace.rate, () => streams.uniform(process));
    if (!(drawn >= RATE_MIN && drawn <= RATE_MAX)) {
      throw new OrreryError(
        "config/value",
        `${name}: rate ${drawn} is not within ${RATE_MIN} … ${RATE_MAX} ticks per second`,
      );
    }
    return drawn;
  });
}

function rateFor(rate: Pace["rate"], uniform: () => number): number {
  if (typeof rate === "number") return rate;
  if ("kind" in rate) return initialRate(rate);
  return rate.min + Math.floor(uniform() * (rate.max - rate.min + 1));
}
