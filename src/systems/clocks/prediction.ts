// What queueing theory says of the scale model, before it runs.
//
// Traffic equations. Machine j takes one message at each tick while any wait, so it is idle at
// u_j = r_j − min(r_j, λ_j) ticks a second, and at an idle tick sends to machine i with probability
// q_ji. Hence messages reach i at λ_i = Σ_j q_ji·u_j a second. If λ_i > r_i, machine i saturates:
// its inbox grows at λ_i − r_i, and as it takes messages r_i/λ_i times as fast as they are stamped,
// its clock tends to that share of the group's rate.

/** Probabilities that an idle tick sends to the next machine, to the one after, to each of the rest. */
export type Routing = {
  readonly next: number;
  readonly after: number;
  readonly rest: number;
  /** Copies of a message that reach its receiver, on average: less than 1 where links lose some. */
  readonly copies: number;
};

export type MachinePrediction = {
  /** Messages that reach the machine, per second. */
  readonly arrivalsPerSecond: number;
  /** Ticks that find the inbox empty, per second. */
  readonly idlePerSecond: number;
  readonly saturates: boolean;
  /** Arrivals within 5 % of the rate: a short run may look either way. */
  readonly critical: boolean;
  readonly inboxGrowthPerSecond: number;
  /** Variance of the arrivals of one second: a growth over t seconds scatters by √(this / t). */
  readonly arrivalsVariance: number;
  /** Least slope of L, and how it falls behind the group: both for the least group rate. */
  readonly lamportPerSecond: number;
  readonly driftPerSecond: number;
};

export type Prediction = {
  /**
   * Least rate at which the largest clock rises: that of the fastest tick. Lamport's rule lifts it
   * further whenever a message reaches a machine from one that is ahead.
   */
  readonly groupPerSecond: number;
  readonly machines: readonly MachinePrediction[];
};

const CRITICAL_SHARE = 0.05;
const TOLERANCE = 1e-12;
const ROUNDS_MAX = 100_000;
const STEP_MIN = 0.01;

/**
 * Solves the traffic equations. They are a linear complementarity problem in u (u ≥ 0,
 * w = u + Qᵀu − r ≥ 0, u·w = 0), solved by projected Gauss–Seidel relaxation, damped where it does
 * not settle (Cottle, Pang, Stone 1992, §5.2). The symmetric part of I + Q is positive definite for
 * all the dice of `clocks`, so the solution is the only one. Cost O(machines · rounds), some dozens of
 * rounds.
 */
export function predict(rates: readonly number[], routing: Routing): Prediction {
  const idle = idleRates(rates, routing);
  const groupPerSecond = rates.reduce((most, rate) => Math.max(most, rate), 0);
  const total = sumOf(idle);
  return {
    groupPerSecond,
    machines: rates.map((rate, machine) => {
      const arrivalsPerSecond = arrivalsAt(machine, idle, total, routing);
      const saturates = arrivalsPerSecond > rate * (1 + 1e-9);
      // Never slower than its own ticks: each raises the clock by at least one.
      const slope = saturates
        ? Math.max(rate, (groupPerSecond * rate) / arrivalsPerSecond)
        : groupPerSecond;
      return {
        arrivalsPerSecond,
        idlePerSecond: idle[machine]!,
        saturates,
        critical: Math.abs(arrivalsPerSecond - rate) < CRITICAL_SHARE * rate,
        // Each idle tick sends or not, independently: q·(1 − q) a tick, at most the arrivals.
        arrivalsVariance: arrivalsPerSecond * Math.max(0, 1 - routing.next * routing.copies),
        inboxGrowthPerSecond: saturates ? arrivalsPerSecond - rate : 0,
        lamportPerSecond: slope,
        driftPerSecond: groupPerSecond - slope,
      };
    }),
  };
}

function idleRates(rates: readonly number[], routing: Routing): Float64Array {
  const idle = Float64Array.from(rates);
  let step = 1;
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    // Anew each round: a running total would gather rounding errors.
    let total = sumOf(idle);
    let change = 0;
    for (let machine = 0; machine < rates.length; machine++) {
      const wanted = Math.max(0, rates[machine]! - arrivalsAt(machine, idle, total, routing));
      const moved = step * (wanted - idle[machine]!);
      idle[machine]! += moved;
      total += moved;
      change = Math.max(change, Math.abs(moved) / rates[machine]!);
    }
    if (change < TOLERANCE * step) break;
    if (change > 0.95 * before && step > STEP_MIN) step *= 0.7;
    before = change;
  }
  return idle;
}

/** Σ_j q_ji·u_j for the ring, in O(1): the rest all send with one probability. */
function arrivalsAt(machine: number, idle: Float64Array, total: number, routing: Routing): number {
  const count = idle.length;
  if (count < 2) return 0;
  const before = idle[(machine + count - 1) % count]!;
  if (count === 2) return routing.copies * routing.next * before;
  const second = idle[(machine + count - 2) % count]!;
  const others = routing.rest === 0 ? 0 : total - idle[machine]! - before - second;
  return routing.copies * (routing.next * before + routing.after * second + routing.rest * others);
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
