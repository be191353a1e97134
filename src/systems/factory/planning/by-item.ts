// A plan close to the running one, found item by item: from final ones upstream, whom the makers of each should
// supply, when their takers' starts are known. Each program is small where that of all stages is large. What an
// item's makers will take themselves is only estimated while they are planned, so the whole may change more than
// it must. Cost: that of as many programs as there are items for which something changes.
import { pushIn } from "../../../core/counting.ts";
import { type Problem, usualOf, waysOf } from "./problem.ts";
import { clean, NEW, NOTHING, Part, type Rates } from "./program.ts";
import type { Goal, Optimise, Optimum, Program } from "./solver.ts";

/**
 * Rates that deliver so many final units an hour of each class, and change little; or why there are none: ways
 * may not do for starts that were chosen before.
 */
export function ratesByItem(
  problem: Problem,
  delivered: ReadonlyMap<string, number>,
  solve: Optimise,
): Rates | string {
  const plan = new GrowingPlan(problem, delivered);
  for (const makers of itemsOf(problem)) {
    if (plan.goesOn(makers)) continue;
    const item = new ItemProgram(plan, makers);
    const optimum = solve(item.program, [item.goal]);
    if (typeof optimum === "string") return optimum;
    item.read(optimum);
  }
  return plan.rates;
}

/** The makers of each item: when it is its turn, all that take it have had theirs. */
function itemsOf({ makers }: Problem): Iterable<readonly number[]> {
  const items = new Map<string, number[]>();
  for (let index = makers.length - 1; index >= 0; index--) {
    pushIn(items, makers[index]!.plan.item, index);
  }
  return items.values();
}

type Taker = { readonly taker: number; readonly line: number };

/** What runs, and what shall, item by item. Makers and ways are indices of the problem. */
class GrowingPlan {
  readonly problem: Problem;
  /** Final units an hour that each class shall deliver. */
  readonly delivered: ReadonlyMap<string, number>;
  readonly rates: { readonly [rate in keyof Rates]: number[] };
  /** Ways that leave each maker. */
  readonly out: readonly (readonly number[])[];
  /** For how many starts an hour each line of a maker's bill of materials brings enough now. */
  readonly fed: readonly (readonly number[])[];
  /** How many starts an hour give what leaves each maker now. */
  readonly drained: readonly number[];
  readonly #takers = new Map<string, Taker[]>();

  constructor(problem: Problem, delivered: ReadonlyMap<string, number>) {
    this.problem = problem;
    this.delivered = delivered;
    const { makers, ways } = problem;
    const { into, out } = waysOf(problem);
    const now = (all: readonly number[]): number =>
      all.reduce((sum, way) => sum + ways[way]!.now, 0);
    this.rates = {
      starts: makers.map(() => 0),
      delivered: makers.map(() => 0),
      carried: ways.map(() => 0),
    };
    this.out = out;
    this.fed = makers.map(({ takes }, maker) =>
      takes.map((each, line) => now(into[maker]![line]!) / each),
    );
    this.drained = makers.map(({ gives }, maker) => now(out[maker]!) / gives);
    for (const [taker, { plan }] of makers.entries()) {
      for (const [line, { item }] of plan.bom.entries()) {
        pushIn(this.#takers, item, { taker, line });
      }
    }
  }

  takersOf(makers: readonly number[]): readonly Taker[] {
    return this.#takers.get(this.problem.makers[makers[0]!]!.plan.item) ?? [];
  }

  /** May all that make an item, which is not final, go on as now? Then they shall, as nothing is closer. */
  goesOn(makers: readonly number[]): boolean {
    const { starts, carried } = this.rates;
    const takers = this.takersOf(makers);
    const may =
      takers.length > 0 &&
      takers.every(({ taker, line }) =>
        this.#isLike(taker, starts[taker]!, this.fed[taker]![line]!),
      ) &&
      makers.every((maker) => this.#mayGoOn(maker));
    if (!may) return false;
    for (const maker of makers) {
      starts[maker] = this.drained[maker]!;
      for (const way of this.out[maker]!) carried[way] = this.problem.ways[way]!.now;
    }
    return true;
  }

  #mayGoOn(maker: number): boolean {
    const { capacity, usual } = this.problem.makers[maker]!;
    const now = this.drained[maker]!;
    if (now > capacity + NOTHING * usual) return false;
    return this.fed[maker]!.every((fed) => this.#isLike(maker, fed, now));
  }

  #isLike(maker: number, one: number, other: number): boolean {
    return Math.abs(one - other) <= NOTHING * this.problem.makers[maker]!.usual;
  }
}

/**
 * Columns: what each way carries more and less than now, and each maker's starts in pieces. A piece ends where
 * another line of the bill of materials would begin to bring more than now instead of less: it costs what that
 * changes on all lines, so pieces fill in their order.
 */
class ItemProgram {
  readonly program: Program;
  readonly goal: Goal;
  readonly #plan: GrowingPlan;
  readonly #upper: number[] = [];
  readonly #costs: number[] = [];
  readonly #pieces: ReadonlyMap<number, readonly number[]>;
  readonly #ways: { readonly way: number; readonly more: number; readonly less: number | null }[] =
    [];

  constructor(plan: GrowingPlan, makers: readonly number[]) {
    this.#plan = plan;
    this.#pieces = new Map(makers.map((maker) => [maker, this.#piecesOf(maker)]));
    const takers = plan.takersOf(makers);
    const parts = takers.length === 0 ? this.#deliveries() : this.#supplies(takers);
    this.program = { upper: this.#upper, rows: parts.map((part) => part.row(part.now, part.now)) };
    this.goal = this.#costs;
  }

  #column(cost: number, most: number): number {
    this.#costs.push(cost);
    return this.#upper.push(most) - 1;
  }

  #piecesOf(maker: number): readonly number[] {
    const { usual, capacity } = this.#plan.problem.makers[maker]!;
    const most = capacity / usual;
    const ends = this.#plan.fed[maker]!.map((fed) => Math.min(fed / usual, most));
    const pieces: number[] = [];
    let [begin, cost] = [0, -ends.length];
    for (const end of [...ends.sort((a, b) => a - b), most]) {
      if (end > begin) pieces.push(this.#column(cost, end - begin));
      begin = end;
      cost += 2;
    }
    return pieces;
  }

  /** The makers of a class deliver together what it shall. */
  #deliveries(): readonly Part[] {
    const classes = new Map<string, Part>();
    for (const [maker, pieces] of this.#pieces) {
      const { plan, usual, gives } = this.#plan.problem.makers[maker]!;
      const all = this.#plan.delivered.get(plan.kind)!;
      const part = classes.get(plan.kind) ?? new Part(all / (usual * gives));
      for (const piece of pieces) part.add(piece, 1);
      classes.set(plan.kind, part);
    }
    return [...classes.values()];
  }

  /** What leaves a maker is what its starts give, and takers get what theirs need. */
  #supplies(takers: readonly Taker[]): readonly Part[] {
    const { problem, rates, fed, drained, out } = this.#plan;
    const inputs = new Map(
      takers.map(({ taker, line }) => {
        const missing = rates.starts[taker]! - fed[taker]![line]!;
        return [taker, new Part(missing / problem.makers[taker]!.usual)];
      }),
    );
    const outputs = [...this.#pieces].map(([maker, pieces]) => {
      const output = new Part(drained[maker]! / problem.makers[maker]!.usual);
      for (const piece of pieces) output.add(piece, 1);
      for (const way of out[maker]!) this.#carries(way, inputs, output);
      return output;
    });
    return [...outputs, ...inputs.values()];
  }

  #carries(way: number, inputs: ReadonlyMap<number, Part>, output: Part): void {
    const { problem } = this.#plan;
    const { from, to, most, now } = problem.ways[way]!;
    const { usual, gives } = problem.makers[from]!;
    const size = usualOf(problem, problem.ways[way]!);
    const share = size / (usual * gives);
    const more = this.#column(now > 0 ? 1 : NEW, Math.max(0, most - now) / size);
    inputs.get(to)!.add(more, 1);
    output.add(more, -share);
    const less = now > 0 ? this.#column(1, now / size) : null;
    if (less !== null) {
      inputs.get(to)!.add(less, -1);
      output.add(less, share);
    }
    this.#ways.push({ way, more, less });
  }

  read({ values }: Optimum): void {
    const { problem, rates } = this.#plan;
    for (const [maker, pieces] of this.#pieces) {
      const { plan, usual, gives } = problem.makers[maker]!;
      const starts = usual * pieces.reduce((sum, piece) => sum + values[piece]!, 0);
      rates.starts[maker] = clean(starts, usual);
      if (plan.final) rates.delivered[maker] = rates.starts[maker]! * gives;
    }
    for (const { way, more, less } of this.#ways) {
      const size = usualOf(problem, problem.ways[way]!);
      const change = values[more]! - (less === null ? 0 : values[less]!);
      rates.carried[way] = clean(problem.ways[way]!.now + size * change, size);
    }
  }
}
