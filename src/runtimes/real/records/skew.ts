// How far the clocks of hosts were apart, as their messages tell.

/** What one start of a machine says of its messages: when they were sent and heard, µs of Unix time. */
export type Timings = {
  /** By message id. */
  readonly sent: ReadonlyMap<string, number>;
  readonly heard: ReadonlyMap<string, number>;
};

/** Clocks that are nearer than this, µs, are left as they are: so is what a busy host adds. */
const NEAR = 20_000;

/**
 * By how much each clock is ahead of the first one it can be compared with, µs; 0 where nothing says
 * otherwise. Of two that hear each other, the shortest way there and the shortest way back are taken to
 * last as long; what they differ by is twice the offset. Source: Mills 1985 (RFC 958), as in NTP.
 */
export function offsetsOf(all: readonly Timings[]): readonly number[] {
  const offsets: (number | undefined)[] = all.map(() => undefined);
  for (const first of all.keys()) {
    if (offsets[first] !== undefined) continue;
    offsets[first] = 0;
    const reached = [first];
    for (const from of reached) {
      for (const to of all.keys()) {
        if (offsets[to] !== undefined) continue;
        const ahead = aheadOf(all[from]!, all[to]!);
        if (ahead === undefined) continue;
        offsets[to] = offsets[from]! + ahead;
        reached.push(to);
      }
    }
  }
  return offsets.map((offset) => (Math.abs(offset!) < NEAR ? 0 : Math.round(offset!)));
}

/** By how much `b` is ahead of `a`; undefined unless both heard the other. */
function aheadOf(a: Timings, b: Timings): number | undefined {
  const [there, back] = [shortest(a, b), shortest(b, a)];
  return there === undefined || back === undefined ? undefined : (there - back) / 2;
}

function shortest({ sent }: Timings, { heard }: Timings): number | undefined {
  let least: number | undefined;
  for (const [message, time] of heard) {
    const left = sent.get(message);
    if (left !== undefined) least = Math.min(least ?? Number.POSITIVE_INFINITY, time - left);
  }
  return least;
}
