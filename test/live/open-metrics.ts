// A strict reader of OpenMetrics text, for tests: what is not as the specification has it is an error with its line.
// Source: OpenMetrics 1.0.0, "Text format".

export type MetricFamily = {
  readonly kind: string;
  readonly unit: string | undefined;
  readonly help: string | undefined;
  readonly samples: MetricSample[];
};
export type MetricSample = {
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
};

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const METADATA = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) (.*)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?!$)|$)/;
/** No hexadecimal, no blanks: a decimal number. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SUFFIXES: { readonly [kind: string]: string } = {
  gauge: "",
  counter: "_total",
  info: "_info",
  stateset: "",
  summary: "",
};

/** Families by name. @throws Error naming the line */
export function readOpenMetrics(text: string): ReadonlyMap<string, MetricFamily> {
  const families = new Map<string, { -readonly [key in keyof MetricFamily]: MetricFamily[key] }>();
  const wrong = (line: string, what: string): Error => new Error(`${what}: ${line}`);
  if (!text.endsWith("\n# EOF\n")) throw new Error("the text does not end in # EOF");
  let name = "";
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const [, word, about = "", said = ""] = METADATA.exec(line) ?? [];
    if (word === "TYPE") {
      if (families.has(about)) throw wrong(line, "a family has one block");
      if (SUFFIXES[said] === undefined) throw wrong(line, "no such type");
      name = about;
      families.set(name, { kind: said, unit: undefined, help: undefined, samples: [] });
      continue;
    }
    const family = families.get(name);
    if (family === undefined) throw wrong(line, "nothing comes before a type");
    if (word !== undefined) {
      if (about !== name || family.samples.length > 0) throw wrong(line, "not in its block");
      if (word === "UNIT" && !name.endsWith(`_${said}`)) throw wrong(line, "a unit ends the name");
      if (word === "UNIT" && family.unit !== undefined) throw wrong(line, "a second unit");
      if (word === "HELP" && family.help !== undefined) throw wrong(line, "a second help");
      if (word === "UNIT") family.unit = said;
      else family.help = unescaped(said);
      continue;
    }
    const [, sample, labels = "", value = ""] = SAMPLE.exec(line) ?? [];
    if (sample === undefined) throw wrong(line, "neither metadata nor a sample");
    if (sample !== name + SUFFIXES[family.kind]) throw wrong(line, `not of ${name}`);
    if (!NUMBER.test(value)) throw wrong(line, "not a number");
    if (family.kind === "counter" && Number(value) < 0) throw wrong(line, "a counter below zero");
    if (family.kind === "info" && value !== "1") throw wrong(line, "an info is 1");
    const sampled = { labels: labelsOf(labels), value: Number(value) };
    const quantile = sampled.labels.quantile ?? "";
    const share = NUMBER.test(quantile) && Number(quantile) >= 0 && Number(quantile) <= 1;
    if (family.kind === "summary" && !share) throw wrong(line, "a quantile is 0 to 1");
    if (family.kind === "stateset" && sampled.labels[name] === undefined) {
      throw wrong(line, "a state is a label of the family's name");
    }
    if (family.kind === "stateset" && !/^[01]$/.test(value)) throw wrong(line, "a state is 0 or 1");
    family.samples.push(sampled);
  }
  for (const [each, { samples }] of families) {
    const sets = samples.map(({ labels }) => JSON.stringify(Object.entries(labels).sort()));
    if (new Set(sets).size < sets.length) throw new Error(`${each}: the same labels twice`);
  }
  return families;
}

function labelsOf(text: string): { readonly [label: string]: string } {
  const labels: { [label: string]: string } = {};
  for (let rest = text; rest !== ""; ) {
    const [whole, label, value] = LABEL.exec(rest) ?? [];
    if (whole === undefined || label! in labels) throw new Error(`labels are wrong: ${text}`);
    labels[label!] = unescaped(value!);
    rest = rest.slice(whole.length);
  }
  return labels;
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(["\\n])/g, (_, each: string) => (each === "n" ? "\n" : each));
