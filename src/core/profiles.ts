// Plans of faults drawn from a seed. Each plan is a swarm (Groce et al. 2012, "Swarm testing"): about
// half of a profile's ingredients are left out of it, and the others come at rates that differ by
// orders of magnitude, so that plans differ from each other more than events within one do.
//
// A run has two phases. In the first, disorder, faults begin and end; nothing wrong may happen. In
// the second, calm, none holds; what is promised must come to pass.
import { OrreryError } from "./errors.ts";
import { EVERYBODY, LEADER } from "./faults.ts";
import { drawKills, isKills, type Kills } from "./kills.ts";
import { type Micros, micros } from "./micros.ts";
import { PURPOSE, Streams } from "./random.ts";
import type { ClockModel, CrashPoint, Fault, Run, StoreTrouble } from "./run.ts";
import { type AnySystem, membersOf } from "./system.ts";

/** The share of a run in which there are faults. */
const DISORDER = 0.6;
/** No fault is shorter than this share of the disorder: too short, it would hardly ever matter. */
const SHORTEST = 1 / 60;
const LONGEST = 1 / 3;
/** Faults of one ingredient in a plan. */
const EACH_MAX = 12;
/** Processes that can be named by a plan; of more, so many are chosen. */
const NAMED_MAX = 1_000;

/** To the millisecond, where that is fine enough: plans are read. */
const plain = (instant: number): Micros =>
  micros(instant < 100_000 ? instant : Math.round(instant / 1_000) * 1_000);
const two = (number: number): number => Number(number.toPrecision(2));

/** Draws for one plan. */
class Dice {
  readonly #streams: Streams;

  constructor(seed: number) {
    this.#streams = new Streams(seed, PURPOSE.plan, 1);
  }

  uniform(): number {
    return this.#streams.uniform(0);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Spread evenly over orders of magnitude. */
  wild(min: number, max: number): number {
    return min * (max / min) ** this.uniform();
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.uniform() * from.length)]!;
  }

  shuffled<T>(from: readonly T[]): T[] {
    const all = [...from];
    for (let at = all.length - 1; at > 0; at--) {
      const other = Math.floor(this.uniform() * (at + 1));
      [all[at], all[other]] = [all[other]!, all[at]!];
    }
    return all;
  }

  /** A span within 0 … `end`, not too short to matter. */
  span(end: number): { readonly at: Micros; readonly until: Micros } {
    const length = this.wild(end * SHORTEST, end * LONGEST);
    const at = this.uniform() * (end - length);
    const from = plain(at);
    return { at: from, until: micros(Math.max(from + 1, plain(at + length))) };
  }

  delay(max: number): {
    readonly kind: "exponential";
    readonly min: Micros;
    readonly mean: Micros;
  } {
    return { kind: "exponential", min: micros(0), mean: micros(two(this.wild(1_000, max))) };
  }
}

/** Faults of one sort: among these processes, ending by `end`. */
type Ingredient = (dice: Dice, names: readonly string[], end: number) => readonly Fault[];

const ALL = { from: [EVERYBODY], to: [EVERYBODY] };
/** Once, all the time and everywhere. */
const throughout =
  (what: (dice: Dice, span: typeof ALL & { at: Micros; until: Micros }) => Fault): Ingredient =>
  (dice, _names, end) => [what(dice, { ...ALL, at: micros(0), until: micros(end) })];

/** Several times, each for a while. */
const often =
  (what: (dice: Dice, names: readonly string[], end: number) => readonly Fault[]): Ingredient =>
  (dice, names, end) => {
    const times = Math.min(EACH_MAX, Math.ceil(dice.wild(0.5, EACH_MAX)));
    return Array.from({ length: times }, () => what(dice, names, end)).flat();
  };

/** One process, sometimes whoever leads. */
const victim = (dice: Dice, names: readonly string[]): string =>
  dice.chance(0.15) ? LEADER : dice.pick(names);

const POINTS: readonly (CrashPoint | undefined)[] = [
  undefined,
  undefined,
  "before-commit",
  "after-commit",
  "between-copies",
];

const crash = (kind: "crash" | "wipe", lost?: number): Ingredient =>
  often((dice, names, end) => {
    const point = dice.pick(POINTS);
    const process = victim(dice, names);
    const said = { kind, process, ...dice.span(end) } as const;
    const tail = lost === undefined ? {} : { lost };
    return [{ ...said, ...(point === undefined ? {} : { point }), ...tail }];
  });

const power: Ingredient = often((dice, names, end) => {
  const some = dice.shuffled(names).slice(0, 1 + Math.floor(dice.uniform() * names.length));
  return [{ kind: "power", processes: some, ...dice.span(end) }];
});

const pause: Ingredient = often((dice, names, end) => [
  { kind: "pause", process: victim(dice, names), ...dice.span(end) },
]);

const slow: Ingredient = often((dice, names, end) => [
  { kind: "slow", process: dice.pick(names), rate: two(dice.wild(1, 50)), ...dice.span(end) },
]);

/** By halves, around one, or by a coin for each link; one way or both. */
const partition: Ingredient = often((dice, names, end) => {
  const span = dice.span(end);
  const way = dice.chance(0.3) ? { oneWay: true } : {};
  const kind = "partition";
  const shape = dice.uniform();
  if (names.length < 2) return [];
  if (shape < 0.4) return [{ kind, from: [dice.pick(names)], to: [EVERYBODY], ...way, ...span }];
  const shuffled = dice.shuffled(names);
  if (shape < 0.8 || names.length > 8) {
    const from = shuffled.slice(0, Math.floor(names.length / 2));
    return [{ kind, from, to: [EVERYBODY], ...way, ...span }];
  }
  return names.flatMap((a, index) =>
    names
      .slice(index + 1)
      .filter(() => dice.chance(0.5))
      .map((b) => ({ kind, from: [a], to: [b], ...span }) as const),
  );
});

/** A random subset's links are clogged one by one, and freed in another order. */
const swizzle: Ingredient = often((dice, names, end) => {
  const { at, until } = dice.span(end);
  const some = dice.shuffled(names).slice(0, 1 + Math.floor(dice.uniform() * names.length));
  const half = (until - at) / 2;
  const moments = (from: number): number[] => some.map(() => from + dice.uniform() * half);
  const [begins, ends] = [moments(at), moments(at + half)];
  return some.map((name, index) => {
    const from = plain(begins[index]!);
    const span = { at: from, until: micros(Math.max(from + 1, plain(ends[index]!))) };
    return { kind: "clog", from: [name], to: [EVERYBODY], ...span } as const;
  });
});

const clog: Ingredient = often((dice, names, end) => {
  const [from, to] = dice.shuffled(names);
  if (to === undefined) return [];
  return [{ kind: "clog", from: [from!], to: [to], oneWay: true, ...dice.span(end) }];
});

const clock: Ingredient = often((dice, names, end) => {
  const process = dice.pick(names);
  const { at, until } = dice.span(end);
  const shift = two(dice.wild(1_000, 30e6)) * (dice.chance(0.5) ? 1 : -1);
  const period = two(dice.wild(1e6, 30e6));
  const models: readonly ClockModel[] = [
    { kind: "offset", micros: shift },
    { kind: "step", micros: shift },
    { kind: "drift", rate: two(dice.wild(0.5, 2)) },
    { kind: "sine", amplitude: micros(two(period / dice.wild(10, 1_000))), period: micros(period) },
  ];
  const model = dice.pick(models);
  if (model.kind === "step") return [{ kind: "clock", process, at, model }];
  return [{ kind: "clock", process, at, until, model }];
});

const slowStores: Ingredient = (dice, names, end) => {
  const trouble = { kind: "slow", delay: dice.delay(500_000) } as const;
  const span = { at: micros(0), until: micros(end) };
  return names.map((process) => ({ kind: "store", process, trouble, ...span }));
};

const badStore: Ingredient = often((dice, names, end) => {
  const troubles: readonly StoreTrouble[] = [
    { kind: "slow", delay: dice.delay(5e6) },
    { kind: "failing", probability: two(dice.wild(0.01, 0.5)) },
    { kind: "full" },
  ];
  const process = dice.pick(names);
  return [{ kind: "store", process, trouble: dice.pick(troubles), ...dice.span(end) }];
});

const loss = throughout((dice, span) => {
  return { kind: "loss", ...span, probability: two(dice.wild(0.01, 0.5)) };
});
const duplicate = throughout((dice, span) => {
  return { kind: "duplicate", ...span, probability: two(dice.wild(0.01, 1)) };
});
const corrupt = throughout((dice, span) => {
  return { kind: "corrupt", ...span, probability: two(dice.wild(0.01, 0.3)) };
});
const reorder = throughout((dice, span) => {
  const within = micros(two(dice.wild(5_000, 2e6)));
  return { kind: "reorder", ...span, probability: two(dice.wild(0.05, 1)), within };
});
const delay = throughout((dice, span) => ({ kind: "delay", ...span, delay: dice.delay(1e6) }));

const NETWORK = [loss, duplicate, corrupt, reorder, delay];
const CRASHES = [crash("crash"), power, slowStores];

/** Plans that are drawn until one has a fault in it. */
const ATTEMPTS = 20;

/** What each profile may put into a plan. */
export const PROFILES = {
  calm: { says: "no faults", ingredients: [] },
  lossy: { says: "messages lost, doubled, corrupted, late, overtaken", ingredients: NETWORK },
  crashy: {
    says: "crashes at any point of a step, power cuts, wiped stores if the system stands those",
    ingredients: [...CRASHES, crash("wipe"), pause],
  },
  partitioned: {
    says: "partitions by halves, around one, or link by link, one way or both",
    ingredients: [partition, partition, loss],
  },
  swizzle: {
    says: "links clogged one by one and freed in another order",
    ingredients: [swizzle, swizzle, clog, crash("crash")],
  },
  disk: {
    says: "stores slow, failing or full, and crashes",
    ingredients: [badStore, badStore, ...CRASHES],
  },
  clocks: {
    says: "local clocks that jump, drift and swing; processes slowed and paused",
    ingredients: [clock, clock, slow, pause],
  },
  storm: {
    says: "all of these",
    ingredients: [
      ...NETWORK,
      ...CRASHES,
      crash("wipe"),
      pause,
      slow,
      partition,
      swizzle,
      clog,
      clock,
      badStore,
    ],
  },
  "lying-disks": {
    says: "disks that lose the last commits they acknowledged: no store is safe, it shows what checks see",
    ingredients: [crash("crash", 1), crash("crash", 3)],
  },
} as const satisfies {
  readonly [name: string]: { readonly says: string; readonly ingredients: readonly Ingredient[] };
};

export type ProfileName = keyof typeof PROFILES;
/** A profile by its name, or kills at a rate. */
export type Profile = ProfileName | Kills;
export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];

/**
 * The run with the faults of its profile drawn from its seed, beside those that are planned. They end
 * after three fifths of it; a step of a clock stays. Left out are kinds that the system does not claim
 * to survive, and what `can` says the runtime cannot do.
 * @throws OrreryError "runtime/cannot" if that leaves nothing
 */
export function drawFaults(
  system: AnySystem,
  run: Run,
  can: (fault: Fault) => boolean = () => true,
): Run {
  const { profile, ...rest } = run;
  if (profile === undefined || profile === "calm") return rest;
  const members = membersOf(system, run.params).filter(({ role }) => role === undefined);
  const all = members.map(({ name }) => name);
  if (isKills(profile))
    return { ...rest, faults: [...run.faults, ...drawKills(profile, run, all)] };
  const dice = new Dice(run.seed);
  const names = all.length > NAMED_MAX ? dice.shuffled(all).slice(0, NAMED_MAX) : all;
  const end = run.duration * DISORDER;
  const ingredients: readonly Ingredient[] = PROFILES[profile].ingredients;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let chosen = ingredients.filter(() => dice.chance(0.5));
    if (chosen.length === 0) chosen = [dice.pick(ingredients)];
    const drawn = chosen.flatMap((ingredient) => ingredient(dice, names, end));
    const stood = drawn.filter(
      (fault) => fault.at <= run.duration && survived(fault, system) && can(fault),
    );
    stood.sort((a, b) => a.at - b.at);
    // Of some ingredients nothing may be left, or have come.
    if (stood.length > 0) return { ...rest, faults: [...run.faults, ...stood] };
  }
  throw new OrreryError(
    "runtime/cannot",
    `of profile "${profile}" there is no fault that ${system.name} survives and this runtime has; calm has none`,
  );
}

function survived(fault: Fault, { survives }: AnySystem): boolean {
  if (survives === undefined) return fault.kind !== "wipe";
  return survives.includes(fault.kind);
}
