// What a stage does with material: jobs from whole bills of materials, each begun in one commit and ended
// in one, and whatever keeps it from beginning the next.
//
// R5 A job takes all its inputs and gives its output in one commit. Lots and jobs are numbered durably, so
//    that doing a step again cannot make a second one.
import type { Json } from "../../../core/json.ts";
import { drawCycle, drawGood } from "../cycle.ts";
import { type InLot, type Job, KEY, type LotId, type Portion } from "../messages.ts";
import type { BomLine } from "../plant.ts";
import { units } from "../quantity.ts";
import { isOpenAfter, revisionAfter } from "../revisions.ts";
import { arcsOf, type Desk } from "./desk.ts";
import { reservedOf } from "./handoff.ts";

/** Why a stage does not begin another job; `of`: the items that it waits for. */
export type Standing = {
  readonly is: "down" | "maintenance" | "held" | "blocked" | "no demand" | "starved" | "running";
  readonly of?: readonly string[];
};

/** What ends a job: its time is over; or it is cut off. Values, so that a test can plant a mistake. */
export type Production = {
  complete(desk: Desk, number: number): void;
};

/** Begins as many jobs as can be. */
export function beginJobs(desk: Desk): void {
  while (desk.stage.jobs.size < desk.plan.parallel && standsBecause(desk) === undefined)
    begin(desk);
}

/** What keeps the stage from beginning a job now; undefined if nothing does. */
export function standsBecause(desk: Desk): Standing | undefined {
  const { plan, stage } = desk;
  if (stage.broken !== null) return { is: "down" };
  if (stage.maintenance) return { is: "maintenance" };
  if (stage.flow === null || !isOpenAfter(plan.changes, stage.changed)) return { is: "held" };
  if (!plan.final && onShelf(desk) + stage.jobs.size >= plan.space) return { is: "blocked" };
  if (!isWanted(desk)) return { is: "no demand" };
  const of = desk.bill.filter((line) => usable(desk, line) < line.need).map(({ item }) => item);
  return of.length > 0 ? { is: "starved", of } : undefined;
}

/** Lots that wait here to be fetched, or come back to. */
function onShelf(desk: Desk): number {
  let count = 0;
  for (const { state } of desk.stage.out.values) {
    if (state === "available" || state === "returning") count++;
  }
  return count;
}

/** Is there demand for one more lot, and room for it in a line of limited work? */
function isWanted(desk: Desk): boolean {
  const { plan, plant, now } = desk;
  const { counts, jobs, finished } = desk.stage;
  if (plant.line?.first === plan.id && counts.lot + jobs.size - finished >= plant.line.most) {
    return false;
  }
  return now >= (nextDemand(desk) ?? now);
}

/** The instant, µs, from which more is wanted than was good and, if all is, will be. Undefined: it always is. */
export function nextDemand({ plan, stage }: Desk): number | undefined {
  if (plan.demand === null) return undefined;
  const amount = stage.counts.good + stage.jobs.size * plan.starts * plan.each;
  return (units(amount) * 3_600e6) / plan.demand;
}

function usable(desk: Desk, { item }: BomLine): number {
  let sum = 0;
  for (const lot of desk.stage.in.values) if (isUsable(lot, item)) sum += lot.left;
  return sum;
}

const isUsable = ({ item, due, left }: InLot, wanted: string): boolean =>
  item === wanted && due === null && left > 0;

function begin(desk: Desk): void {
  const { plan, context } = desk;
  const inputs = desk.bill.flatMap((line, index) => reserve(desk, line, index));
  const revision = revisionAfter(plan.changes, desk.stage.changed);
  const number = desk.stage.counts.job + 1;
  const span = drawCycle(plan.cycle, () => context.random());
  desk.count({ job: number });
  desk.setJob(number, { revision, from: desk.now, span, due: desk.now + span, inputs });
  desk.note("begins", {
    job: number,
    takes: inputs as unknown as Json,
    open: desk.stage.requests.size,
  });
}

/** Takes what a job needs of an item, by turns from its suppliers: next is who is furthest behind his rate. */
function reserve(desk: Desk, { item, need }: BomLine, line: number): readonly Portion[] {
  const portions: Portion[] = [];
  const rates = new Map(
    arcsOf(desk.stage, desk.plan.id, line).map(({ from, rate }) => [from, rate]),
  );
  for (let missing = need as number; missing > 0; ) {
    const [lot, held] = nextLot(desk, item, rates);
    const amount = Math.min(held.left, missing);
    desk.setLeft(lot, held, held.left - amount);
    desk.take(held.from, amount);
    portions.push([lot, amount]);
    missing -= amount;
  }
  return portions;
}

/** The oldest lot of the supplier of whom least was taken for his rate; first, who no longer supplies. */
function nextLot(
  { stage }: Desk,
  item: string,
  rates: ReadonlyMap<number, number>,
): readonly [LotId, InLot] {
  let best: readonly [LotId, InLot] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const lot of stage.in.where((each) => isUsable(each, item))) {
    const held = stage.in.get(lot)!;
    const rate = rates.get(held.from);
    const share = rate === undefined ? -1 : (stage.taken.get(held.from) ?? 0) / rate;
    if (share < least) [best, least] = [[lot, held], share];
  }
  return best!;
}

export const PRODUCTION: Production = {
  complete(desk, number) {
    const { plan, stage, context } = desk;
    const job = stage.jobs.get(number)!;
    const good = drawGood(plan.starts, plan.yield, () => context.random());
    desk.removeJob(number);
    for (const [lot] of job.inputs) dropIfUsedUp(desk, lot);
    record(desk, number, job, good, output(desk, good * plan.each));
  },
};

/** Puts a new lot on the shelf, or ships it if it is a final one; gives its number, null without one. */
function output(desk: Desk, amount: number): number | null {
  if (amount === 0) return null;
  const { counts } = desk.stage;
  const lot = counts.lot + 1;
  desk.count({ lot, good: counts.good + amount });
  if (desk.plan.final) desk.log("settled", { lot, fate: "shipped", amount });
  else desk.setLot(lot, { amount, state: "available", g: 0 });
  return lot;
}

/** Writes a finished job into history: the genealogy of its lot. */
function record(desk: Desk, number: number, job: Job, good: number, lot: number | null): void {
  const { plan, now } = desk;
  const { item, starts } = plan;
  const amount = good * plan.each;
  const { inputs, from, revision } = job;
  const entry = { job: number, revision, lot, item, starts, good, amount, inputs, from, to: now };
  desk.log("jobs", entry as unknown as Json);
  const made = lot === null ? {} : { lot: desk.idOf(lot) };
  desk.note(plan.final && lot !== null ? "ships" : "makes", { job: number, good, amount, ...made });
}

/** A lot of which nothing is left, and that no job holds, is history. */
export function dropIfUsedUp(desk: Desk, lot: LotId): void {
  const held = desk.stage.in.get(lot);
  if (held !== undefined && held.left === 0 && reservedOf(desk, lot) === 0) desk.removeIn(lot);
}

/** Jobs are cut off, by a breakdown or a crash: what becomes of them is the segment's to say. */
export function interrupt(desk: Desk): void {
  for (const [number, job] of desk.stage.jobs.entries) {
    switch (desk.plan.onInterrupt) {
      case "resume":
        break;
      case "restart":
        desk.removeJob(number);
        for (const [lot, amount] of job.inputs) giveBack(desk, lot, amount);
        break;
      case "scrap":
        desk.removeJob(number);
        desk.log("scrapped", { job: number, inputs: job.inputs as unknown as Json });
        for (const [lot] of job.inputs) dropIfUsedUp(desk, lot);
        break;
    }
    desk.note("cut off", { job: number, policy: desk.plan.onInterrupt });
  }
}

function giveBack(desk: Desk, lot: LotId, amount: number): void {
  const held = desk.stage.in.get(lot)!;
  desk.setLeft(lot, held, held.left + amount);
}

/** A job that goes on after an interruption has so much time left, at most all of it. */
export function resume(desk: Desk, number: number, left: number): void {
  const job = desk.stage.jobs.get(number)!;
  desk.setJob(number, { ...job, due: desk.now + Math.min(job.span, Math.max(1, left)) });
}

/** Is this timer of a job? Its number, if so. */
export const jobOf = (timer: string): number | undefined =>
  timer.startsWith(KEY.job) ? Number(timer.slice(KEY.job.length)) : undefined;
