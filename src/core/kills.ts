// The plainest profile: at so many a minute somebody is killed, and at so many a minute whoever has been down
// for longest is started again. As the experiments of seed 000 had it.
import { OrreryError } from "./errors.ts";
import { suggestion } from "./parse.ts";
import { PURPOSE, Streams } from "./random.ts";
import type { Fault, Run } from "./run.ts";

/** `kills 6/min`, `kills 6/min back 10/min`, `kills 6/min of weld-1,weld-2`. */
export type Kills = `kills ${string}`;

const KILLS = /^kills (\d+(?:\.\d+)?)\/min(?: back (\d+(?:\.\d+)?)\/min)?(?: of (\S+))?$/;
/** As often, if it is not said. */
const BACK = "6";
/** Nobody is killed in the last part of a run, and all who are down come back before it. */
const SHARE = 0.8;
/** More moments than this in a plan are a slip of the pen: nothing happens after them. */
const MOMENTS_MAX = 100_000;

export const isKills = (text: string): text is Kills => text.startsWith("kills ");

/** @throws OrreryError "config/option" if it is not written so */
export function checkKills(text: Kills): void {
  if (KILLS.test(text)) return;
  throw new OrreryError(
    "config/option",
    `profile "${text}": write "kills 6/min", "kills 6/min back 10/min" or "kills 6/min of a,b"`,
  );
}

/**
 * The crashes of a run: who and when is drawn from its seed, at exponential intervals. One who is down is not
 * killed again.
 * @throws OrreryError "config/fault" if it names no such process
 */
export function drawKills(
  text: Kills,
  { seed, duration }: Pick<Run, "seed" | "duration">,
  names: readonly string[],
): readonly Fault[] {
  checkKills(text);
  const [, kill = "0", back = BACK, of] = KILLS.exec(text) ?? [];
  const victims = of === undefined ? names : of.split(",");
  for (const victim of victims) {
    if (names.includes(victim)) continue;
    const near = suggestion(victim, names);
    throw new OrreryError("config/fault", `profile "${text}" names process "${victim}"; ${near}`);
  }
  const dice = new Streams(seed, PURPOSE.plan, 1);
  const after = (perMinute: number): number =>
    perMinute === 0
      ? Number.POSITIVE_INFINITY
      : (-Math.log(1 - dice.uniform(0)) * 60e6) / perMinute;
  const end = duration * SHARE;
  const down: { readonly process: string; readonly at: number }[] = [];
  const faults: Fault[] = [];
  const crash = (one: (typeof down)[number], until: number): void => {
    const [at, over] = [Math.round(one.at), Math.round(Math.max(until, one.at + 1))];
    faults.push({ kind: "crash", process: one.process, at, until: over } as Fault);
  };
  let [nextKill, nextBack] = [after(Number(kill)), after(Number(back))];
  for (let moment = 0; moment < MOMENTS_MAX && Math.min(nextKill, nextBack) < end; moment++) {
    if (nextKill < nextBack) {
      const up = victims.filter((name) => !down.some(({ process }) => process === name));
      const victim = up[Math.floor(dice.uniform(0) * up.length)];
      if (victim !== undefined) down.push({ process: victim, at: nextKill });
      nextKill += after(Number(kill));
    } else {
      const oldest = down.shift();
      if (oldest !== undefined) crash(oldest, nextBack);
      nextBack += after(Number(back));
    }
  }
  for (const one of down) crash(one, end);
  return faults.sort((a, b) => a.at - b.at);
}
