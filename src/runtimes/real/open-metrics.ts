// Measurements as OpenMetrics text, for Prometheus and what speaks its language. Source: OpenMetrics 1.0.0 (2020),
// whose rules make a name: a counter's samples end in `_total`, a unit ends the name of its family.

export const METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export type Labels = { readonly [label: string]: string };
export type Sample = { readonly labels: Labels; readonly value: number };
export type Family = {
  readonly name: string;
  /** A state set has a sample a state, labelled by the family's own name; a summary one a `quantile`. */
  readonly kind: "gauge" | "counter" | "info" | "stateset" | "summary";
  readonly unit?: "bytes" | "seconds";
  readonly help: string;
  readonly samples: readonly Sample[];
};

/** The whole page, with its end. Families of which nothing is known are left out. */
export const metricsPage = (families: readonly Family[]): string =>
  `${families
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join("")}# EOF\n`;

/** A sample without labels, of a value that is known. */
export const one = (value: number | undefined): readonly Sample[] =>
  value === undefined ? [] : [{ labels: {}, value }];

const SUFFIXES = {
  gauge: "",
  counter: "_total",
  info: "_info",
  stateset: "",
  summary: "",
} as const;

function familyText({ name, kind, unit, help, samples }: Family): string {
  const lines = [
    `# TYPE ${name} ${kind}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ labels, value }) => `${name}${SUFFIXES[kind]}${labelsText(labels)} ${value}`),
  ];
  return `${lines.join("\n")}\n`;
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Of help and labels alike: only these three have a meaning of their own. */
const escaped = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
