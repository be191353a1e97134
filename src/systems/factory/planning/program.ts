// A problem as a linear program, and a solution read back. Stages are an AND of their inputs, so this is a flow
// with gains on a hypergraph (Leontief), not a network flow. Columns: starts of each maker, deliveries of final
// ones, what each way carries more and less than now; each is measured by its usual size.
import {
  changeOf,
  type Maker,
  type Problem,
  usualOf,
  type Way,
  workOfStart,
  workOfUnit,
} from "./problem.ts";
import type { Goal, Optimum, Program, Row } from "./solver.ts";

/** Rates of a problem, an hour: starts and deliveries by maker, units by way. */
export type Rates = {
  readonly starts: readonly number[];
  readonly delivered: readonly number[];
  readonly carried: readonly number[];
};

/** What bounds a plan: units an hour that are gained for one more a maker starts, is asked for, or a way carries. */
export type Prices = {
  readonly makers: readonly number[];
  readonly ways: readonly number[];
  readonly demand: ReadonlyMap<string, number>;
};

/** Less than this of the usual is nothing. */
export const NOTHING = 1e-9;
/** What a unit counts on a way that carries nothing now, where it counts 1 on others: of equals, the fewest new ways. */
export const NEW = 1 + 1e-6;
/** What the sum of deliveries may be off by rounding. */
const ROUNDING = 1e-12;

export class FlowProgram {
  readonly program: Program;
  readonly #problem: Problem;
  /** What 1 in a column stands for, an hour. */
  readonly #sizes: number[] = [];
  readonly #upper: number[] = [];
  readonly #rows: Row[] = [];
  readonly #delivered: readonly (number | undefined)[];
  readonly #more: readonly number[];
  readonly #less: readonly (number | undefined)[];
  /** Row of each demand that is limited. */
  readonly #demand = new Map<string, number>();

  /** With `floor`, so many final units an hour must be delivered. */
  constructor(problem: Problem, floor?: number) {
    this.#problem = problem;
    const { makers, ways } = problem;
    for (const { usual, capacity } of makers) this.#column(usual, capacity);
    this.#delivered = makers.map(({ plan, usual, gives }) =>
      plan.final ? this.#column(usual * gives, Number.POSITIVE_INFINITY) : undefined,
    );
    this.#more = ways.map((way) => this.#column(this.#usual(way), Math.max(0, way.most - way.now)));
    this.#less = ways.map((way) =>
      way.now > 0 ? this.#column(this.#usual(way), way.now) : undefined,
    );
    this.#inputs();
    this.#outputs();
    this.#demands();
    if (floor !== undefined) this.#floor(floor);
    this.program = { upper: this.#upper, rows: this.#rows };
  }

  #column(size: number, most: number): number {
    this.#sizes.push(size);
    return this.#upper.push(most / size) - 1;
  }

  #usual(way: Way): number {
    return usualOf(this.#problem, way);
  }

  /** Each line of a bill of materials: what ways bring is what starts take. */
  #inputs(): void {
    const { makers, ways } = this.#problem;
    const lines = makers.map(({ takes }) => takes.map((): Part => new Part()));
    for (const [way, { to, line, now }] of ways.entries()) {
      const part = lines[to]![line]!;
      part.now += now / this.#usual(ways[way]!);
      this.#carried(part, way, 1);
    }
    for (const [maker, parts] of lines.entries()) {
      for (const part of parts) {
        part.add(maker, -1);
        this.#rows.push(part.row(-part.now, -part.now));
      }
    }
  }

  /** What leaves a maker is what its good starts give: back-pressure lets nobody make what nobody takes. */
  #outputs(): void {
    const { makers, ways } = this.#problem;
    const parts = makers.map(() => new Part());
    for (const [way, { from, now }] of ways.entries()) {
      const { usual, gives } = makers[from]!;
      parts[from]!.now += now / (usual * gives);
      this.#carried(parts[from]!, way, -this.#usual(ways[way]!) / (usual * gives));
    }
    for (const [maker, part] of parts.entries()) {
      part.add(maker, 1);
      const delivered = this.#delivered[maker];
      if (delivered !== undefined) part.add(delivered, -1);
      this.#rows.push(part.row(part.now, part.now));
    }
  }

  #carried(part: Part, way: number, value: number): void {
    part.add(this.#more[way]!, value);
    const less = this.#less[way];
    if (less !== undefined) part.add(less, -value);
  }

  #demands(): void {
    for (const [item, most] of this.#problem.demand) {
      const part = this.#deliveries((maker) => (maker.plan.item === item ? 1 / most : 0));
      if (part.columns.length > 0) {
        this.#demand.set(item, this.#rows.push(part.row(Number.NEGATIVE_INFINITY, 1)) - 1);
      }
    }
  }

  #floor(least: number): void {
    if (least <= 0) return;
    const part = this.#deliveries(() => 1 / least);
    this.#rows.push(part.row(1 - ROUNDING, Number.POSITIVE_INFINITY));
  }

  /** A sum of deliveries, each unit counting so much. */
  #deliveries(countOf: (maker: Maker) => number): Part {
    const part = new Part();
    for (const [index, column] of this.#delivered.entries()) {
      const count = countOf(this.#problem.makers[index]!);
      if (column !== undefined && count > 0) part.add(column, count * this.#sizes[column]!);
    }
    return part;
  }

  /** The most final units. */
  throughput(): Goal {
    return this.#goal((costs) => {
      for (const column of this.#delivered) if (column !== undefined) costs[column] = -1;
    });
  }

  /** The least change of what ways carry. */
  change(): Goal {
    return this.#goal((costs) => {
      this.#eachWay(costs, (way) => {
        const cost = changeOf(this.#problem, way) * (way.now > 0 ? 1 : NEW);
        return [cost, cost];
      });
    });
  }

  /** The fewest lots under way or in work. */
  work(): Goal {
    return this.#goal((costs) => {
      for (const [index, maker] of this.#problem.makers.entries())
        costs[index] = workOfStart(maker);
      this.#eachWay(costs, (way) => both(workOfUnit(this.#problem, way)));
    });
  }

  /** Among equals, the ways that come first. */
  order(): Goal {
    const count = this.#problem.ways.length;
    return this.#goal((costs) => {
      this.#eachWay(costs, (way, index) => both((index + 1) / count / this.#usual(way)));
    });
  }

  #eachWay(costs: number[], costOf: (way: Way, index: number) => readonly [number, number]): void {
    for (const [index, way] of this.#problem.ways.entries()) {
      const [more, less] = costOf(way, index);
      costs[this.#more[index]!] = more;
      const column = this.#less[index];
      if (column !== undefined) costs[column] = less;
    }
  }

  /** Costs of an hour's units made those of columns, the greatest of them 1. */
  #goal(fill: (costs: number[]) => void): Goal {
    const costs = this.#sizes.map(() => 0);
    fill(costs);
    const sized = costs.map((cost, column) => cost * this.#sizes[column]!);
    const greatest = sized.reduce((most, cost) => Math.max(most, Math.abs(cost)), 0);
    return greatest === 0 ? sized : sized.map((cost) => cost / greatest);
  }

  rates({ values }: Optimum): Rates {
    const { makers, ways } = this.#problem;
    const at = (column: number | undefined): number =>
      column === undefined ? 0 : values[column]! * this.#sizes[column]!;
    return {
      starts: makers.map(({ usual }, index) => clean(at(index), usual)),
      delivered: this.#delivered.map((column, index) => clean(at(column), makers[index]!.usual)),
      carried: ways.map((way, index) =>
        clean(way.now + at(this.#more[index]) - at(this.#less[index]), this.#usual(way)),
      ),
    };
  }

  /** Rates as values of the columns. */
  values({ starts, delivered, carried }: Rates): readonly number[] {
    const values = this.#sizes.map(() => 0);
    for (const [index, column] of this.#delivered.entries()) {
      values[index] = starts[index]! / this.#sizes[index]!;
      if (column !== undefined) values[column] = delivered[index]! / this.#sizes[column]!;
    }
    for (const [index, way] of this.#problem.ways.entries()) {
      const change = (carried[index]! - way.now) / this.#usual(way);
      const column = change > 0 ? this.#more[index] : this.#less[index];
      if (column !== undefined) values[column] = Math.abs(change);
    }
    return values;
  }

  /** Of a program whose first goal was throughput. */
  prices({ columnPrices, rowPrices }: Optimum): Prices {
    const { makers, ways } = this.#problem;
    const greatest = this.#delivered.reduce<number>(
      (most, column) => (column === undefined ? most : Math.max(most, this.#sizes[column]!)),
      0,
    );
    const priceOf = (column: number): number =>
      Number.isFinite(this.#upper[column]!)
        ? price((-columnPrices[column]! * greatest) / this.#sizes[column]!)
        : 0;
    const demand = [...this.#demand].map(([item, row]): [string, number] => {
      const most = this.#problem.demand.get(item)!;
      return [item, price((-rowPrices[row]! * greatest) / most)];
    });
    return {
      makers: makers.map((_, index) => priceOf(index)),
      ways: ways.map((_, index) => priceOf(this.#more[index]!)),
      demand: new Map(demand),
    };
  }
}

const both = (cost: number): readonly [number, number] => [cost, -cost];

const price = (value: number): number => (value > NOTHING ? value : 0);

/** Without what is nothing beside the usual. */
export const clean = (value: number, usual: number): number =>
  value > NOTHING * usual ? value : 0;

/** A row as it grows. */
export class Part {
  readonly columns: number[] = [];
  readonly values: number[] = [];
  /** What is carried now. */
  now: number;

  constructor(now = 0) {
    this.now = now;
  }

  add(column: number, value: number): void {
    this.columns.push(column);
    this.values.push(value);
  }

  row(lower: number, upper: number): Row {
    return { lower, upper, columns: this.columns, values: this.values };
  }
}
