// Linear programs with one goal after the other, by HiGHS compiled to WebAssembly. It is loaded once;
// solving is then synchronous, uses no clock and no chance, and gives the same bytes for the same program.
import type { BasisInput, BasisStatus, Highs, ModelData } from "highs";
import { assert, messageOf } from "../../../core/errors.ts";

/** Σ values × columns, between both bounds. */
export type Row = {
  readonly lower: number;
  readonly upper: number;
  readonly columns: readonly number[];
  readonly values: readonly number[];
};

/** All columns are at least 0, and at most `upper`. */
export type Program = {
  readonly upper: readonly number[];
  readonly rows: readonly Row[];
  /** Values of the columns that meet all rows, near a vertex: the search begins there. */
  readonly start?: readonly number[];
};

/** A cost for each column; their sum is to be least. */
export type Goal = readonly number[];

/** Values of the columns, and by how much the first goal falls for each unit by which a bound is relaxed. */
export type Optimum = {
  readonly values: ArrayLike<number>;
  readonly columnPrices: ArrayLike<number>;
  readonly rowPrices: ArrayLike<number>;
};

/** Meets the first goal, then the second as well as the first allows, and so on; or says why it cannot. */
export type Optimise = (program: Program, goals: readonly Goal[]) => Optimum | string;

let highs: Highs | "aborted" | undefined;
let loading: Promise<void> | undefined;

/** Loads the solver (a third of a second); until then nothing can be planned. After an abort, loads it anew. */
export function ready(): Promise<void> {
  if (highs === "aborted") loading = undefined;
  loading ??= import("highs").then(({ default: load }) =>
    // The package's types are those of its CommonJS form; this is the other.
    (load as unknown as typeof load.default)().then((loaded) => {
      highs = loaded;
    }),
  );
  return loading;
}

/** Can something be planned now? */
export const isReady = (): boolean => highs !== undefined && highs !== "aborted";

/** Steps of the simplex method for one goal: a bound in work, as one in time would end each run otherwise. */
const ITERATIONS_MAX = 50_000;
const OPTIMAL = 7;
/** Devex pricing: of all on offer it re-plans 2 000 stages in half the time. */
const DEVEX = 1;
const OPTIONS = {
  output_flag: false,
  solver: "simplex",
  presolve: "off",
  simplex_iteration_limit: ITERATIONS_MAX,
  simplex_dual_edge_weight_strategy: DEVEX,
};
/** From a start that meets all rows the primal method only gets better; bounds that it perturbs cost it a third. */
const FROM_START = { simplex_strategy: 4, primal_simplex_bound_perturbation_multiplier: 0 };
/** Reduced costs and duals below this are rounding. */
const NOISE = 1e-9;

const STATUS: { readonly [status: number]: string } = {
  8: "finds the program infeasible",
  9: "finds the program infeasible or unbounded",
  10: "finds the program unbounded",
  14: `is not done after ${ITERATIONS_MAX} steps`,
};

/**
 * By the simplex method. What a goal leaves free is the face on which it is met: columns with a reduced cost
 * and rows with a dual are fixed where they are, so a later goal takes nothing from an earlier one.
 */
export const simplex: Optimise = (program, goals) => {
  assert(highs !== undefined, "`ready` was awaited before anything is planned");
  if (program.upper.length === 0) return { values: [], columnPrices: [], rowPrices: [] };
  if (highs === "aborted") return "the solver aborted before, and was not loaded again";
  try {
    return highs.withModel(modelOf(program), (model): Optimum | string => {
      model.options.set(OPTIONS);
      if (program.start !== undefined) {
        model.options.set(FROM_START);
        model.setBasis(basisAt(program, program.start));
      }
      const every = { kind: "range", from: 0, to: program.upper.length - 1 } as const;
      let found: Optimum | undefined;
      for (const goal of goals) {
        model.changeColsCost(every, goal);
        model.run();
        const status = model.getModelStatus();
        if (status !== OPTIMAL) return `the solver ${STATUS[status] ?? `ends with ${status}`}`;
        const { colValue, rowValue, colDual, rowDual } = model.getSolution();
        const prices = found ?? { columnPrices: colDual, rowPrices: rowDual };
        found = { ...prices, values: colValue };
        if (goal === goals.at(-1)) break;
        const columns = indicesOf(colDual);
        const at = columns.map((column) => nearest(colValue[column]!, 0, program.upper[column]!));
        if (columns.length > 0) {
          model.changeColsBounds({ kind: "set", indices: columns }, at, at);
        }
        const rows = indicesOf(rowDual);
        const on = rows.map((row) => {
          const { lower, upper } = program.rows[row]!;
          return nearest(rowValue[row]!, lower, upper);
        });
        if (rows.length > 0) model.changeRowsBounds({ kind: "set", indices: rows }, on, on);
      }
      return found ?? "there is no goal";
    });
  } catch (cause) {
    // What WebAssembly throws leaves its memory in disorder; what the package throws does not.
    if ((cause as { readonly name?: string }).name === "RuntimeError") highs = "aborted";
    return `the solver failed: ${messageOf(cause)}`;
  }
};

const AT_LOWER = 0;
const BASIC = 1;
const AT_UPPER = 2;

/** What is between its bounds is basic. The solver completes that to a basis, or makes it smaller. */
function basisAt({ upper, rows }: Program, start: readonly number[]): BasisInput {
  const colStatus = start.map((value, column): BasisStatus => {
    if (value <= NOISE) return AT_LOWER;
    return value < upper[column]! - NOISE ? BASIC : AT_UPPER;
  });
  return { colStatus, rowStatus: rows.map(() => AT_LOWER) };
}

const indicesOf = (duals: Float64Array): number[] => {
  const indices: number[] = [];
  for (let index = 0; index < duals.length; index++) {
    if (Math.abs(duals[index]!) > NOISE) indices.push(index);
  }
  return indices;
};

const nearest = (value: number, lower: number, upper: number): number =>
  Math.abs(value - lower) <= Math.abs(upper - value) ? lower : upper;

function modelOf({ upper, rows }: Program): ModelData {
  const count = rows.reduce((sum, { columns }) => sum + columns.length, 0);
  const starts = new Int32Array(rows.length + 1);
  const indices = new Int32Array(count);
  const values = new Float64Array(count);
  for (const [index, row] of rows.entries()) {
    const start = starts[index]!;
    indices.set(row.columns, start);
    values.set(row.values, start);
    starts[index + 1] = start + row.columns.length;
  }
  const zeros = new Float64Array(upper.length);
  return {
    numCols: upper.length,
    numRows: rows.length,
    colCost: zeros,
    colLower: zeros,
    colUpper: Float64Array.from(upper),
    rowLower: Float64Array.from(rows, ({ lower }) => lower),
    rowUpper: Float64Array.from(rows, ({ upper: most }) => most),
    matrix: { format: "csr", numRows: rows.length, numCols: upper.length, starts, indices, values },
  };
}
