// The colours of style.css, by the names of its variables.

/** All but those of processes, which are c1 to c8. */
export const NAMES = [
  ...(["paper", "raised", "ink", "faint", "rule"] as const),
  ...(["accent", "good", "warn", "alarm"] as const),
] as const;
export const SERIES = 8;

/** As they are at present, light or dark. */
export type Palette = { readonly [Name in (typeof NAMES)[number]]: string } & {
  /** The colour of a process; they come again after eight. */
  readonly series: readonly string[];
};

/** The variable of style.css that colours a process. */
export const colourOf = (process: number): string => `var(--c${(process % SERIES) + 1})`;
