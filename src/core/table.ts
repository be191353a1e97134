/** A table for people and spreadsheets: a cell is text or a number, and columns are named. */
export type Table = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
};

/** What a run amounts to: tables, findings in words, and what theory predicted, if it did. */
export type RunReport = {
  readonly tables: readonly Table[];
  readonly findings: readonly string[];
  readonly prediction: unknown;
};
