// `orrery factory audit` and `trace`: the books of a factory that ran, or is running, read from its stores.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXIT, OrreryError } from "../../core/errors.ts";
import { suggestion } from "../../core/parse.ts";
import type { Run } from "../../core/run.ts";
import type { Stored } from "../../core/stored.ts";
import type { Table } from "../../core/table.ts";
import { RUN_FILE, TRACE_FILE } from "../../experiments/record-run.ts";
import { LATEST, RUNS_ROOT, readJson } from "../../experiments/run-folder.ts";
import { auditStores } from "../../systems/factory/books/auditor.ts";
import { Genealogy, type LotFacts } from "../../systems/factory/books/genealogy.ts";
import { INVARIANTS } from "../../systems/factory/books/invariants.ts";
import type { Ledger } from "../../systems/factory/books/ledger.ts";
import { type ItemTotals, totalsOf } from "../../systems/factory/books/totals.ts";
import { parseFactory } from "../../systems/factory/file/params.ts";
import type { JobRecord } from "../../systems/factory/messages.ts";
import { type Plant, plantOf } from "../../systems/factory/plant.ts";
import { formatAmount } from "../../systems/factory/quantity.ts";
import { keptStores } from "../audits.ts";
import { paint, say, sayJson, tableText } from "../print.ts";

/** Where a run is, if it is not said. */
export const LATEST_RUN = join(RUNS_ROOT, "factory", LATEST);

export type Books = {
  readonly plant: Plant;
  readonly stored: readonly Stored[];
  /** Read again, if the factory is at work. */
  readonly later: readonly Stored[] | undefined;
};

/** `orrery factory audit`: I1 to I9, from the stores alone. */
export function audit(folder: string, options: { readonly json?: boolean }): number {
  const books = booksOf(folder);
  const { plant } = books;
  const judgement = judged(books);
  const { invariants, lots, totals, held } = judgement;
  if (options.json === true) {
    sayJson({ ...jsonOf(judgement), amounts: Object.fromEntries(totals) });
  } else {
    say(tableText(totalsTable(plant, totals)));
    say(`\n${paint("bold", "Invariants")}, of ${lots} lots`);
    for (const { id, claim, holds, witness } of invariants) {
      const sign = holds ? paint("green", "✓ holds ") : paint("red", "✗ fails ");
      say(`  ${sign} ${id}  ${claim}`);
      if (witness !== undefined) say(`           ${witness}`);
    }
  }
  return held ? EXIT.held : EXIT.failed;
}

/** What `--json` says of the invariants of such books. */
export const verdictOn = (books: Books) => jsonOf(judged(books));

const jsonOf = ({ invariants, lots }: ReturnType<typeof judged>) => ({
  invariants: invariants.map(({ claim: _, ...rest }) => rest),
  lots,
  moments: 1,
});

function judged({ plant, stored, later }: Books) {
  const { ledger, found } = auditStores(plant, stored, later);
  const invariants = Object.entries(INVARIANTS).map(([id, claim]) => {
    const witness = found.find(({ invariant }) => invariant === id);
    const says = witness && `${witness.says} (${plant.stages[witness.process]!.name})`;
    return { id, claim, holds: witness === undefined, ...(says && { witness: says }) };
  });
  const lots = [...ledger.lots()].length;
  return { invariants, lots, totals: totalsOf(ledger), held: found.length === 0 };
}

const COLUMNS = ["used", "usable", "reserved", "underway", "shipped", "scrapped", "lost"] as const;

function totalsTable({ params }: Plant, totals: ReadonlyMap<string, ItemTotals>): Table {
  const rows = [...totals].map(([item, of]) => {
    const unit = params.items[item]!.unit;
    const sum = COLUMNS.reduce((all, column) => all + of[column], 0);
    const amounts = COLUMNS.map((column) => formatAmount(of[column]));
    return [
      unit === "EA" ? item : `${item} (${unit})`,
      formatAmount(of.made),
      ...amounts,
      sum === of.made ? "=" : formatAmount(of.made - sum),
    ];
  });
  return {
    title: "Where all material is",
    columns: [
      "item",
      "made",
      ...COLUMNS.map((column) => (column === "underway" ? "under way" : column)),
      "missing",
    ],
    rows,
  };
}

export type TraceOptions = {
  readonly run?: string;
  readonly recall?: boolean;
  readonly json?: boolean;
};

/** `orrery factory trace`: where a lot came from and where it went; `recall`: all that contains it. */
export function trace(named: string, options: TraceOptions): number {
  const { plant, stored } = booksOf(options.run ?? LATEST_RUN);
  const { ledger } = auditStores(plant, stored);
  const genealogy = new Genealogy(ledger);
  const facts = genealogy.facts(lotNamed(named, ledger));
  if (facts === undefined) {
    const lots = [...ledger.lots()];
    const help = lots.length === 0 ? "no lot was made yet" : suggestion(named, lots);
    throw new OrreryError("config/option", `no book names a lot "${named}"; ${help}`);
  }
  const { lot } = facts;
  if (options.recall === true) return recall(facts, genealogy, plant, options.json === true);
  if (options.json === true) {
    sayJson({
      ...facts,
      from: ancestry(lot, genealogy),
      to: descent(lot, genealogy),
    });
    return EXIT.held;
  }
  say(`${paint("bold", lot)}  ${lotText(facts, plant)}`);
  say(`\n${paint("bold", "Came from")}`);
  sayTree(ancestry(lot, genealogy), plant);
  say(`\n${paint("bold", "Went to")}`);
  sayTree(descent(lot, genealogy), plant);
  return EXIT.held;
}

/** A short name stands for the lot of that number from the maker's present store: weld-1/12. */
function lotNamed(named: string, { plant, books }: Ledger): string {
  const [, maker, number] = /^([\w-]+)[/#](\d+)$/.exec(named) ?? [];
  const stage = plant.stages.find(({ name }) => name === maker);
  return stage === undefined ? named : `${maker}/${books[stage.id]!.tag}/${number}`;
}

/** A lot in a tree; `amount` is how much of it went into what is above it, or of that into it. */
type Branch = {
  readonly facts: LotFacts;
  readonly amount: number;
  readonly branches: readonly Branch[];
  /** It stands elsewhere in this tree, with its branches. */
  readonly again?: boolean;
};

function ancestry(lot: string, genealogy: Genealogy, seen = new Set([lot])): readonly Branch[] {
  return genealogy.inputsOf(lot).flatMap(([input, amount]) => {
    const facts = genealogy.facts(input);
    if (facts === undefined) return [];
    if (seen.has(input)) return [{ facts, amount, branches: [], again: true }];
    seen.add(input);
    return [{ facts, amount, branches: ancestry(input, genealogy, seen) }];
  });
}

function descent(lot: string, genealogy: Genealogy, seen = new Set([lot])): readonly Branch[] {
  return genealogy.usesOf(lot).flatMap(({ into, amount }) => {
    const facts = into === null ? undefined : genealogy.facts(into);
    if (facts === undefined) return [];
    if (seen.has(facts.lot)) return [{ facts, amount, branches: [], again: true }];
    seen.add(facts.lot);
    return [{ facts, amount, branches: descent(facts.lot, genealogy, seen) }];
  });
}

/** Lines of a tree; more are counted. */
const LINES_MAX = 60;

function sayTree(branches: readonly Branch[], plant: Plant): void {
  const lines: string[] = [];
  const visit = (branch: Branch, depth: number): void => {
    const { facts, amount, again } = branch;
    const share = formatAmount(amount);
    const more = again === true ? " (as above)" : `  ${lotText(facts, plant)}`;
    lines.push(`  ${"  ".repeat(depth)}${share} · ${facts.lot}${more}`);
    for (const each of branch.branches) visit(each, depth + 1);
  };
  for (const branch of branches) visit(branch, 0);
  if (lines.length === 0) lines.push("  nothing");
  for (const line of lines.slice(0, LINES_MAX)) say(line);
  if (lines.length > LINES_MAX) say(`  … and ${lines.length - LINES_MAX} more (--json has all)`);
}

function lotText({ item, amount, by, job, where }: LotFacts, { params }: Plant): string {
  const { unit = "EA" } = params.items[item] ?? {};
  const made = job === undefined ? `of a store of ${by} that is lost` : jobText(job, by);
  return `${formatAmount(amount, unit)} ${item}, ${made}; ${where}`;
}

function jobText({ job, to, good, starts, revision }: JobRecord, by: string): string {
  const yielded = good < starts ? `, ${good} of ${starts} good` : "";
  const bill = revision > 0 ? `, by revision ${revision} of its bill` : "";
  return `job ${job} of ${by} at ${(to / 1e6).toFixed(1)} s${yielded}${bill}`;
}

function recall(facts: LotFacts, genealogy: Genealogy, plant: Plant, json: boolean): number {
  const containing = genealogy.containing(facts.lot).map((lot) => genealogy.facts(lot)!);
  if (json) {
    sayJson({ ...facts, containing });
    return EXIT.held;
  }
  say(`${paint("bold", facts.lot)}  ${lotText(facts, plant)}`);
  say(`\n${paint("bold", `Recall: ${containing.length} lots contain some of it`)}`);
  for (const each of containing) say(`  ${each.lot}  ${lotText(each, plant)}`);
  return EXIT.held;
}

/** The books in a run's folder. @throws OrreryError "files/missing", "config/value" */
export function booksOf(folder: string): Books {
  const run = (readJson(join(folder, RUN_FILE)) as { readonly run?: Run } | undefined)?.run;
  if (run === undefined) {
    throw new OrreryError("files/missing", `${folder} is no run's folder: it has no ${RUN_FILE}`);
  }
  mustBeOfFactory(run, folder);
  const plant = plantOf(parseFactory(run.params));
  const names = [...plant.stages, ...plant.crews].map(({ name }) => name);
  const stored = keptStores(folder, names);
  // While work goes on, no two stores are of one instant: they are read again.
  const later = existsSync(join(folder, TRACE_FILE)) ? undefined : keptStores(folder, names);
  if (stored === undefined) {
    throw new OrreryError("files/missing", `${folder} keeps no stores`);
  }
  return { plant, stored, later };
}

/** @throws OrreryError "config/value" */
export function mustBeOfFactory({ system }: Run, folder: string): void {
  if (system === "factory") return;
  throw new OrreryError("config/value", `${folder} is a run of ${system}, not of factory`);
}
