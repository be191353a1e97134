// What queueing theory says of the scale model, before it runs.
//
// Traffic equations. Machine j takes one message at each tick while any wait, so it is idle at
// u_j = r_j − min(r_j, λ_j) ticks a second, and at an idle tick sends to machine i with probability
// q_ji. Hence messages reach i at λ_i = Σ_j q_ji·u_j a second. If λ_i > r_i, machine i saturates:
// its inbox grows at λ_i − r_i, and as it takes messages r_i/λ_i times as fast as they are stamped,
// its clock tends to that share of the group's rate.

/** Ways to send: to whom an idle tick of each machine sends, with which probability. */
export type Routing = {
  readonly targets: readonly (readonly number[])[];
  /** That an idle tick sends to a given target. */
  readonly probability: number;
  /** Copies of a message that reach it, on average: less than 1 where links lose some. */
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

/**
 * Solves the traffic equations. They are a linear complementarity problem in u (u ≥ 0,
 * w = u + Qᵀu − r ≥ 0, u·w = 0), solved by projected relaxation (Cottle, Pang, Stone 1992, §5.2). With
 * q ≤ 2/3 the symmetric part of I + Q is positive definite on the ring, so that the solution is
 * the only one and damped relaxation converges. Cost O(rounds · sends); rounds are some dozens
 * except near q = 2/3.
 */
export function predict(rates: readonly number[], routing: Routing): Prediction {
  const idle = idleRates(rates, routing);
  const arrivals = new Float64Array(rates.length);
  addArrivals(arrivals, idle, routing);
  const groupPerSecond = rates.reduce((most, rate) => Math.max(most, rate), 0);
  return {
    groupPerSecond,
    machines: rates.map((rate, machine) => {
      const arrivalsPerSecond = arrivals[machine]!;
      const saturates = arrivalsPerSecond > rate * (1 + 1e-9);
      const share = saturates ? rate / arrivalsPerSecond : 1;
      return {
        arrivalsPerSecond,
        idlePerSecond: idle[machine]!,
        saturates,
        critical: Math.abs(arrivalsPerSecond - rate) < CRITICAL_SHARE * rate,
        // Each idle tick sends or not, independently: q·(1 − q) a tick.
        arrivalsVariance: arrivalsPerSecond * (1 - routing.probability * routing.copies),
        inboxGrowthPerSecond: saturates ? arrivalsPerSecond - rate : 0,
        lamportPerSecond: groupPerSecond * share,
        driftPerSecond: groupPerSecond * (1 - share),
      };
    }),
  };
}

function idleRates(rates: readonly number[], routing: Routing): Float64Array {
  const idle = Float64Array.from(rates);
  const arrivals = new Float64Array(rates.length);
  // Full steps first: they converge fast where each machine sends less than it ticks.
  let step = 1;
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    arrivals.fill(0);
    addArrivals(arrivals, idle, routing);
    let change = 0;
    for (let machine = 0; machine < rates.length; machine++) {
      const wanted = Math.max(0, rates[machine]! - arrivals[machine]!);
      const moved = step * (wanted - idle[machine]!);
      idle[machine]! += moved;
      change = Math.max(change, Math.abs(moved) / rates[machine]!);
    }
    if (change < TOLERANCE * step) break;
    if (change > 0.95 * before && step > 0.05) step *= 0.7;
    before = change;
  }
  return idle;
}

function addArrivals(arrivals: Float64Array, idle: Float64Array, routing: Routing): void {
  const { targets, probability, copies } = routing;
  for (let machine = 0; machine < targets.length; machine++) {
    const sent = probability * copies * idle[machine]!;
    for (const target of targets[machine]!) arrivals[target]! += sent;
  }
}
