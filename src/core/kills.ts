// The plainest profile: at so many a minute somebody is killed, and at so many a minute whoever has been down
// for longest is started again. As the experiments of seed 000 had it.
import { OrreryError } from "./errors.ts";
import { LEADER } from "./faults.ts";
import { suggestion } from "./parse.ts";
import { PURPOSE, Streams } from "./random.ts";
import type { Fault, Run } from "./run.ts";

/** `kills 6/min`, `kills 6/min back 10/min`, `kills 6/min of weld-*,@leader`, `kills 6/min not keeper`. */
export type Kills = `kills ${string}`;

const KILLS =
  /^kills (\d+(?:\.\d+)?)\/min(?: back (\d+(?:\.\d+)?)\/min)?(?: of (\S+))?(?: not (\S+))?$/;
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
    `profile "${text}": write "kills 6/min", and after it, in this order, "back 10/min", "of a,b-*", "not c"`,
  );
}

/**
 * The crashes of a run: who and when is drawn from its seed, at exponential intervals. One who is down is not
 * killed again. Who leads is not known beforehand, and so not who is down then: each kill of a leader draws
 * for itself how long it lasts, exponentially, as long as one who is down alone waits to be brought back.
 * @throws OrreryError "config/fault" if it names no such process
 */
export function drawKills(
  text: Kills,
  { seed, duration }: Pick<Run, "seed" | "duration">,
  names: readonly string[],
): readonly Fault[] {
  checkKills(text);
  const [, kill = "0", back = BACK] = KILLS.exec(text) ?? [];
  const victims = victimsOf(text, names);
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
      if (victim === LEADER) {
        crash({ process: victim, at: nextKill }, Math.min(end, nextKill + after(Number(back))));
      } else if (victim !== undefined) down.push({ process: victim, at: nextKill });
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

/** Who may be killed: of all processes, or of those that are named, those that are not spared. */
function victimsOf(text: Kills, names: readonly string[]): readonly string[] {
  const [, , , of, not] = KILLS.exec(text) ?? [];
  const wrong = (says: string) => new OrreryError("config/fault", `profile "${text}" ${says}`);
  const named = (pattern: string, known: readonly string[]): readonly string[] => {
    const begins = pattern.endsWith("*") ? pattern.slice(0, -1) : undefined;
    const found = names.filter((name) =>
      begins === undefined ? name === pattern : name.startsWith(begins),
    );
    if (found.length > 0) return found;
    throw wrong(`names process "${pattern}"; ${suggestion(pattern, known)}`);
  };
  const spared = new Set(
    not?.split(",").flatMap((pattern) => {
      if (pattern !== LEADER) return named(pattern, names);
      throw wrong(`spares ${LEADER}, who is not known beforehand; name all that may lead`);
    }),
  );
  const struck = of
    ?.split(",")
    .flatMap((pattern) => (pattern === LEADER ? [LEADER] : named(pattern, [...names, LEADER])));
  const victims = [...new Set(struck ?? names)].filter((name) => !spared.has(name));
  if (victims.length > 0) return victims;
  throw wrong("spares everybody; name fewer after not");
}
