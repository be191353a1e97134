// A failing run made small: fewer faults, shorter, fewer processes, with the same check still failing.
// Delta debugging of Zeller and Hildebrandt 2002 ("Simplifying and isolating failure-inducing input")
// for the plan of faults; bisection and halving for the rest.
import { EVERYBODY, isLinkFault, partsOf } from "../core/faults.ts";
import { canonical, type Json } from "../core/json.ts";
import { type Micros, micros } from "../core/micros.ts";
import { DEFAULT_LINKS, type Fault, type LinkFault, type Run } from "../core/run.ts";
import type { TraceEvent } from "../core/trace-event.ts";
import { type Execute, type Finding, findingBy } from "./findings.ts";

export type Shrinking = {
  readonly execute: Execute;
  /** What the links did to single copies in a run, by fault: lost and doubled ones. */
  readonly strikes: (run: Run) => readonly LinkStrike[];
  /** The run with other parameters, or undefined if the system refuses them. */
  readonly withParams: (run: Run, params: Json) => Run | undefined;
  /** May another run be made? Asked before each. */
  readonly more: () => boolean;
};

/** A copy that a link lost or doubled: between whom, and when it was sent (µs). */
export type LinkStrike = {
  readonly kind: "loss" | "duplicate";
  readonly from: string;
  readonly to: string;
  readonly at: number;
};

export type Shrunk = { readonly run: Run; readonly finding: Finding; readonly runs: number };

/**
 * Shrinks a failing run, as long as more runs may be made. Each pass only keeps what still fails. What a
 * run does hangs on every detail of its plan, so that single faults can seldom be taken out of a large
 * one; then few of them are tried with other seeds. So the seed may be another than it was.
 */
export function shrink(run: Run, finding: Finding, shrinking: Shrinking): Shrunk {
  const shrinker = new Shrinker(run, finding, shrinking);
  const passes = [
    () => shrinker.shorten(),
    () => shrinker.fewerFaults(),
    () => shrinker.otherSeeds(),
    () => shrinker.shorten(),
    () => shrinker.fewerFaults(),
    () => shrinker.plainLinks(),
    () => shrinker.singleMessages(),
    () => shrinker.smallerParams(),
    () => shrinker.simplerFaults(),
    () => shrinker.fewerFaults(),
    () => shrinker.shorten(),
    () => shrinker.rounder(),
  ];
  for (const pass of passes) pass();
  return shrinker.result;
}

/** Other seeds with which few faults are tried, and pairs of faults. */
const SEEDS = 40;
const PAIRS_TRIED = 100;

const up = (instant: number, unit: number): Micros => micros(Math.ceil(instant / unit) * unit);

/** Attempts at a better duration, and at each number among the parameters. */
const DURATION_STEPS = 12;
/** More single messages than this are not worth a plan. */
const STRIKES_MAX = 400;
/** A plan of more single messages than this says less than the one it stands for. */
const SINGLES_MAX = 4;
/** Faults that strike some messages and spare others, by chance. */
const RANDOM: readonly Fault["kind"][] = ["loss", "corrupt", "duplicate"];
/** Processes among which the two of a link fault are looked for. */
const PAIRS_MAX = 12;

class Shrinker {
  #run: Run;
  #finding: Finding;
  #runs = 0;
  /** As it was found. */
  readonly #whole: Run;
  readonly #shrinking: Shrinking;

  constructor(run: Run, finding: Finding, shrinking: Shrinking) {
    this.#whole = run;
    this.#run = { ...run, faults: run.faults.flatMap((fault) => partsOf(fault)) };
    this.#finding = finding;
    this.#shrinking = shrinking;
    if (!this.#accept(this.#run)) this.#run = run;
  }

  get result(): Shrunk {
    return { run: this.#run, finding: this.#finding, runs: this.#runs };
  }

  /** Ends the run where the check has failed. */
  shorten(): void {
    const last = this.#finding.witnesses.at(-1);
    if (this.#finding.kind === "always" && last !== undefined) {
      this.#accept(ending(this.#run, last.timeMicros + 1));
    }
    let [low, high] = [0, this.#run.duration as number];
    for (let step = 0; step < DURATION_STEPS && high - low > 1_000; step++) {
      const middle = Math.round((low + high) / 2);
      if (this.#accept(ending(this.#run, middle))) high = this.#run.duration;
      else low = middle;
    }
  }

  /** The smallest subset of faults that delta debugging finds: without any one of them it holds. */
  fewerFaults(): void {
    if (this.#run.faults.length === 0 || this.#accept({ ...this.#run, faults: [] })) return;
    let pieces = 2;
    while (this.#run.faults.length > 0) {
      const { faults } = this.#run;
      const size = Math.ceil(faults.length / pieces);
      const starts = Array.from({ length: Math.ceil(faults.length / size) }, (_, at) => at * size);
      const complement = starts.find((start) =>
        this.#accept({
          ...this.#run,
          faults: faults.filter((_, index) => index < start || index >= start + size),
        }),
      );
      if (complement !== undefined) pieces = Math.max(2, pieces - 1);
      else if (size === 1) return;
      else pieces = Math.min(faults.length, 2 * pieces);
      if (this.#spent) return;
    }
  }

  /** No fault, one or two, with other seeds. */
  otherSeeds(): void {
    const { faults } = this.#run;
    const singles = faults.map((fault) => [fault]);
    const tries: readonly (readonly [plans: readonly Fault[][], seeds: number])[] = [
      [[[]], SEEDS],
      [singles, SEEDS],
      [pairsOf(faults), SEEDS / 8],
    ];
    for (const [plans, seeds] of tries) {
      for (let seed = 1; seed <= seeds; seed++) {
        for (const plan of plans) {
          if (this.#spent || plan.length >= faults.length) return;
          const run = { ...this.#whole, faults: plan, seed: this.#whole.seed + seed };
          if (this.#accept(run)) return;
        }
      }
    }
  }

  /** Times without digits that do not matter. */
  rounder(): void {
    for (const unit of [1_000_000, 100_000, 10_000, 1_000]) {
      if (unit <= 10_000) this.#accept({ ...this.#run, duration: up(this.#run.duration, unit) });
      for (const index of this.#run.faults.keys()) {
        const fault = this.#run.faults[index]!;
        if (isSingle(fault)) continue;
        const at = micros(Math.floor(fault.at / unit) * unit);
        const until = fault.until === undefined ? {} : { until: up(fault.until, unit) };
        const round = { ...fault, at, ...until } as Fault;
        if (canonical(round) === canonical(fault)) continue;
        this.#accept({ ...this.#run, faults: this.#run.faults.with(index, round) });
      }
    }
  }

  /** Links and stores as they are by default. */
  plainLinks(): void {
    this.#accept({ ...this.#run, links: { ...this.#run.links, loss: 0, duplicate: 0 } });
    this.#accept({ ...this.#run, links: { ...DEFAULT_LINKS, order: this.#run.links.order } });
    this.#accept({ ...this.#run, storeDelay: null });
  }

  /** Instead of losses and copies at random, the very messages that were lost and doubled. */
  singleMessages(): void {
    const random = (fault: Fault): boolean => RANDOM.includes(fault.kind) && !isSingle(fault);
    if (!this.#run.faults.some(random)) return;
    const strikes = this.#shrinking.strikes(this.#run);
    if (strikes.length > STRIKES_MAX) return;
    const [run, finding] = [this.#run, this.#finding];
    const others = run.faults.filter((fault) => !random(fault));
    if (!this.#accept({ ...run, faults: [...others, ...strikes.map(singleFault)] })) return;
    this.fewerFaults();
    if (this.#run.faults.length <= Math.max(run.faults.length, SINGLES_MAX)) return;
    [this.#run, this.#finding] = [run, finding];
  }

  /** Smaller numbers and shorter lists in the parameters. */
  smallerParams(): void {
    for (let changed = true; changed && !this.#spent; ) {
      changed = smaller(this.#run.params).some((params) => {
        const run = this.#shrinking.withParams(this.#run, params);
        if (run === undefined || canonical(run.params) === canonical(this.#run.params))
          return false;
        return this.#accept(run);
      });
    }
  }

  /** Each fault shorter, between two processes only, without its point. */
  simplerFaults(): void {
    for (let index = 0; index < this.#run.faults.length; index++) {
      for (let changed = true; changed && !this.#spent; ) {
        const fault = this.#run.faults[index];
        if (fault === undefined) return;
        changed = simpler(fault, () => this.#people()).some((simple) =>
          this.#accept({ ...this.#run, faults: this.#run.faults.with(index, simple) }),
        );
      }
    }
  }

  get #spent(): boolean {
    return !this.#shrinking.more();
  }

  /** Between whom links lost and doubled copies. */
  #people(): readonly string[] {
    const names = new Set<string>();
    for (const strike of this.#shrinking.strikes(this.#run)) {
      names.add(strike.from);
      names.add(strike.to);
    }
    return [...names].slice(0, PAIRS_MAX);
  }

  /** Is it still the same failure? Then it is what we go on from. */
  #accept(candidate: Run): boolean {
    if (this.#spent) return false;
    this.#runs++;
    const finding = findingBy(this.#shrinking.execute(candidate), this.#finding.check);
    if (finding === undefined) return false;
    this.#run = candidate;
    this.#finding = finding;
    return true;
  }
}

/** The run up to an instant, without the faults that would come later. */
function ending(run: Run, instant: number): Run {
  const duration = micros(Math.min(run.duration, Math.max(1, instant)));
  return { ...run, duration, faults: run.faults.filter(({ at }) => at <= duration) };
}

/** The first pairs of faults, each with those before it. */
function pairsOf(faults: readonly Fault[]): Fault[][] {
  const pairs: Fault[][] = [];
  for (let b = 1; b < faults.length; b++) {
    for (let a = 0; a < b && pairs.length < PAIRS_TRIED; a++) pairs.push([faults[a]!, faults[b]!]);
  }
  return pairs;
}

const isSingle = (fault: Fault): boolean =>
  fault.until !== undefined && fault.until - fault.at === 1;

const singleFault = ({ kind, from, to, at }: LinkStrike): Fault => ({
  kind,
  from: [from],
  to: [to],
  oneWay: true,
  at: micros(at),
  until: micros(at + 1),
  probability: 1,
});

/** Simpler versions of a fault, the simplest first. `peopleOf` costs a run. */
function simpler(fault: Fault, peopleOf: () => readonly string[]): Fault[] {
  const tries: Fault[] = [];
  if (fault.kind === "crash" && fault.point !== undefined) {
    const { point: _point, ...rest } = fault;
    tries.push(rest);
  }
  if (isLinkFault(fault) && isWide(fault)) {
    const people = peopleOf();
    for (const from of people) {
      for (const to of people) {
        if (from !== to) tries.push({ ...fault, from: [from], to: [to], oneWay: true });
      }
    }
  }
  const { at, until } = fault;
  if (until !== undefined && until - at > 1_000) {
    const half = Math.round((until - at) / 2);
    tries.push({ ...fault, until: micros(at + half) }, { ...fault, at: micros(at + half) });
  }
  return tries;
}

const isWide = ({ from, to, oneWay }: LinkFault): boolean =>
  oneWay !== true || from.length > 1 || to.length > 1 || [...from, ...to].includes(EVERYBODY);

/** Parameters with one number smaller or one list shorter. */
function smaller(params: Json): Json[] {
  if (typeof params === "number") {
    const tries = [0, 1, Math.floor(params / 2), params - 1].filter((value) => value < params);
    return Number.isInteger(params) && params > 0 ? [...new Set(tries)].filter((n) => n >= 0) : [];
  }
  if (Array.isArray(params)) {
    const shorter = params.map((_, index) => params.toSpliced(index, 1));
    const inner = params.flatMap((value, index) =>
      smaller(value).map((less) => params.with(index, less)),
    );
    return [...shorter, ...inner];
  }
  if (typeof params !== "object" || params === null) return [];
  return Object.entries(params).flatMap(([key, value]) =>
    smaller(value).map((less) => ({ ...params, [key]: less })),
  );
}

/** When, and between whom, links lost and doubled copies, out of the events of a run. */
export function strikesOf(events: Iterable<TraceEvent>, names: readonly string[]): LinkStrike[] {
  const strikes: LinkStrike[] = [];
  for (const { kind, process, peer, detail, timeMicros } of events) {
    if (peer === undefined) continue;
    const [here, there] = [names[process]!, names[peer]!];
    if (kind === "drop" && (detail === "lost" || detail === "corrupt")) {
      strikes.push({ kind: "loss", from: there, to: here, at: timeMicros });
    } else if (kind === "copy" && detail === "duplicate") {
      strikes.push({ kind: "duplicate", from: here, to: there, at: timeMicros });
    }
  }
  return strikes;
}
