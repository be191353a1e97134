// The numbers of a factory's run, each with one meaning. Times of machines and material are the plant's own,
// those of leaders and messages the run's. What did not happen is 0.
import { describe } from "../../../analysis/statistics.ts";
import { meanOf } from "../cycle.ts";
import { HOUR } from "../file/definition.ts";
import type { Plant, StagePlan } from "../plant.ts";
import { byClass } from "./by-class.ts";
import type { FactoryMeasures, StageMeasures, State } from "./measures.ts";
import { predictFactory, timeOfLimit } from "./prediction.ts";
import type { Recovery } from "./recoveries.ts";

/** Each metric and what it means. */
export const FACTORY_METRICS: { readonly [metric: string]: string } = {
  shipped: "good final units that left the plant",
  shipped_per_hour: "the same, an hour of the plant",
  shipped_per_minute: "the same, a minute of the run",
  disorder_per_minute:
    "the same in the first four fifths of the run, in which profiles kill, a minute of the run",
  gap_max: "longest time in which none left, seconds of the run",
  plan_percent:
    "final units that left, of those that the flows in force promised, in %; 0 without a planner",
  alive_percent:
    "in the first four fifths: final units that the stages that were there could have made by the best flow, of those that all could, in %",
  followed_percent: "in the first four fifths: final units that left, of those, in %",
  back_percent:
    "in the last tenth, when all have long been back: final units that left, of those that the whole plant makes by the best flow, in %",
  missed: "final units promised and not made; below 0: more were made",
  takt: "planned time for a final unit: seconds of the plant by the flows in force; 0 without a planner",
  cycle: "mean time of a job from start to completion, seconds of the plant",
  lead_median:
    "median time from the start of the first job of a final lot's genealogy to its completion, seconds of the plant",
  lead_p95: "the same, 95th percentile",
  wip: "units in the plant, mean over time: made, and neither used up nor gone",
  wip_shelf: "of those, at their makers",
  wip_under_way: "of those, on their way, or on their way back",
  wip_queue: "of those, at their consumers",
  wip_reserved: "of those, held by jobs",
  little_percent:
    "Little's law as a test of the measurement: |WIP − throughput × flow time| ÷ WIP, in %",
  running_percent: "share of time in which a stage runs, mean over stages, in %",
  starved_percent: "likewise, without what it needs",
  blocked_percent: "likewise, with no room for what it makes",
  no_demand_percent: "likewise, with nothing wanted of it",
  maintenance_percent: "likewise, in planned maintenance",
  down_percent: "likewise, with broken equipment",
  held_percent: "likewise, without a flow or closed",
  crashed_percent: "likewise, without a process",
  limit_down_percent:
    "of the class that limits the plant by the plan, the share of time in which it is broken, in maintenance or crashed, in %",
  limit_starved_percent: "likewise, without what it needs",
  limit_blocked_percent: "likewise, with no room for what it makes, or nothing wanted of it",
  limit_cut_percent: "likewise, running without a job's worth: cut off, slow, shared",
  oee_percent:
    "overall equipment effectiveness, mean over stages that had planned busy time: availability × performance × quality; waiting is a loss",
  oee_alone_percent: "the same, starved and blocked time left out: what the equipment itself loses",
  first_pass_percent: "good starts of all starts, in %",
  rolled_percent: "the product of that over all classes: a unit that passes each at first, in %",
  mtbf: "mean time up between failures of a stage (breakdown or crash), seconds of the plant",
  mttr: "mean time down after one, seconds of the plant",
  availability_percent: "share of time in which a stage is neither broken nor crashed, mean, in %",
  lots_made: "lots made by all stages",
  lots_sent: "lots sent, those sent again after a refusal counted again",
  lots_delivered: "lots taken by their consumers, as their makers heard",
  lots_refused: "lots refused",
  lots_recalled: "lots called back",
  lots_lost: "lots sent to stores that are gone",
  jobs_cut_off: "jobs cut off by breakdowns and crashes",
  resends: "messages that told of a lot again",
  duplicates: "messages told of a lot to a consumer that knew it",
  requests_met_percent: "lots received of requests sent, those said again counted again, in %",
  way_max: "longest time from a lot's sending to its arrival, seconds of the run",
  commits_per_second: "commits of all stages, a second of the run",
  plans: "flows that leaders published",
  arcs_changed: "arcs that a flow changed, mean over all but the first",
  terms: "how often somebody began to lead",
  detection: "mean silence of members when they were taken for down, seconds",
  false_deaths: "members taken for down whose process had been running all the while",
  replan: "mean time from a crash to a flow without the stage, seconds; of those that were missed",
  adoption: "mean time from a crash until the last stage adopted that flow, seconds",
  substitute: "mean time from a crash to the first lot from another in its place, seconds",
};

/** A run as one row of those. */
export function factoryMetrics(
  plant: Plant,
  measures: FactoryMeasures,
): { readonly [metric: string]: number } {
  const { span, hours, stages, said, sent, shipped, planned } = measures;
  const of = (name: string): number => said.get(name) ?? 0;
  const messages = (kind: string): number => sent.get(kind) ?? 0;
  const scale = (hours * HOUR) / span;
  const out = [...shipped.values()].reduce((sum, each) => sum + each, 0);
  const share = (state: State): number =>
    percent(sumOf(stages, ({ time }) => time[state] ?? 0) / (span * stages.length));
  const jobs = sumOf(stages, (stage) => stage.jobs);
  const refusals = of("received") + of("refuses");
  return {
    shipped: out,
    shipped_per_hour: out / hours,
    shipped_per_minute: out / (span / 60e6),
    disorder_per_minute: ratio(measures.disorder.shipped, measures.disorder.span / 60e6),
    gap_max: measures.gap / 1e6,
    plan_percent: percent(ratio(out, planned ?? 0)),
    ...againstTheBest(measures),
    missed: planned === null ? 0 : planned - out,
    takt: ratio(hours * 3_600, planned ?? 0),
    cycle: (ratio(measures.worked, jobs) / 1e6) * scale,
    ...leadTimes(measures.leads, scale),
    ...workInProcess(measures),
    running_percent: share("running"),
    starved_percent: share("starved"),
    blocked_percent: share("blocked"),
    no_demand_percent: share("no demand"),
    maintenance_percent: share("maintenance"),
    down_percent: share("down"),
    held_percent: share("held"),
    crashed_percent: share("crashed"),
    ...lossesOfLimit(plant, measures),
    ...effectiveness(plant, measures),
    ...failures(measures, scale),
    lots_made: of("makes") + of("ships"),
    lots_sent: of("sent"),
    lots_delivered: of("delivered"),
    lots_refused: of("refused"),
    lots_recalled: of("recalling"),
    lots_lost: of("lost"),
    jobs_cut_off: of("cut off"),
    resends: Math.max(0, messages("sent") - of("sent")),
    duplicates: Math.max(0, measures.announced - refusals),
    requests_met_percent: percent(ratio(of("received"), messages("request"))),
    way_max: measures.longestWay / 1e6,
    commits_per_second: measures.commits / (span / 1e6),
    plans: of("plans"),
    arcs_changed: meanOfAll(measures.changed),
    terms: of("leads"),
    detection: meanOfAll(measures.silences) / 1e6,
    false_deaths: measures.mistaken,
    ...recoveryTimes(measures.recoveries),
  };
}

const percent = (share: number): number => 100 * share;
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const sumOf = <T>(all: readonly T[], of: (one: T) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0);
const meanOfAll = (values: readonly number[]): number =>
  values.length === 0 ? 0 : describe(values).mean;

const againstTheBest = ({ disorder, calm }: FactoryMeasures) => ({
  alive_percent: percent(ratio(disorder.possible, disorder.whole)),
  followed_percent: percent(ratio(disorder.shipped, disorder.possible)),
  back_percent: percent(ratio(calm.shipped, calm.whole)),
});

function leadTimes(leads: readonly number[], scale: number) {
  const sorted = [...leads].sort((a, b) => a - b);
  const at = (quantile: number): number =>
    ((sorted[Math.ceil(quantile * sorted.length) - 1] ?? 0) / 1e6) * scale;
  return { lead_median: at(0.5), lead_p95: at(0.95) };
}

/** Little 1961: what is in the plant is what passes through it times the time that it takes to. */
function workInProcess({ wip, sojourn, span }: FactoryMeasures) {
  const all = wip.shelf + wip["under way"] + wip.queue + wip.reserved;
  return {
    wip: all,
    wip_shelf: wip.shelf,
    wip_under_way: wip["under way"],
    wip_queue: wip.queue,
    wip_reserved: wip.reserved,
    little_percent: percent(ratio(Math.abs(all - sojourn / span), all)),
  };
}

function lossesOfLimit(plant: Plant, measures: FactoryMeasures) {
  const time = timeOfLimit(plant, predictFactory(plant)?.limit ?? null, measures);
  const share = (...states: readonly State[]): number =>
    percent(sumOf(states, (state) => time?.shareOf(state) ?? 0));
  return {
    limit_down_percent: share("down", "maintenance", "crashed"),
    limit_starved_percent: share("starved"),
    limit_blocked_percent: share("blocked", "no demand"),
    limit_cut_percent: share("running") - percent(time?.productive ?? 0),
  };
}

/** How well a piece of equipment is used, 0 … 1; and the same with time starved and blocked left out. */
export type Effectiveness = { readonly oee: number; readonly alone: number };

/**
 * Availability × performance × quality, as ISO 22400-2 defines them. Planned busy time is all but maintenance, time
 * without demand, and time on hold: null if there was none. Performance is the nominal time of all jobs that were
 * done, of the time that it ran: cut-off jobs are a loss.
 */
export function effectivenessOf(
  { cycle, parallel, starts }: StagePlan,
  { time, jobs, good }: StageMeasures,
  span: number,
): Effectiveness | null {
  const of = (state: State): number => time[state] ?? 0;
  const busy = span - of("maintenance") - of("no demand") - of("held");
  if (busy <= 0) return null;
  const unhindered = busy - of("starved") - of("blocked");
  const speed = ratio(jobs * meanOf(cycle), of("running") * parallel);
  const quality = ratio(good, jobs * starts);
  return {
    oee: (of("running") / busy) * speed * quality,
    alone: ratio(of("running"), unhindered) * speed * quality,
  };
}

function effectiveness(plant: Plant, measures: FactoryMeasures) {
  const { stages, span } = measures;
  const each = stages.flatMap((did, id) => effectivenessOf(plant.stages[id]!, did, span) ?? []);
  const mean = (of: (one: Effectiveness) => number): number => percent(meanOfAll(each.map(of)));
  const classes = [...byClass(plant, measures).values()]
    .map((members) => ({
      good: sumOf(members, ([, { good }]) => good),
      starts: sumOf(members, ([{ starts }, { jobs }]) => jobs * starts),
    }))
    .filter(({ starts }) => starts > 0);
  const all = (of: "good" | "starts"): number => sumOf(classes, (one) => one[of]);
  return {
    oee_percent: mean(({ oee }) => oee),
    oee_alone_percent: mean(({ alone }) => alone),
    first_pass_percent: percent(ratio(all("good"), all("starts"))),
    rolled_percent: percent(classes.reduce((sum, { good, starts }) => (sum * good) / starts, 1)),
  };
}

function failures({ stages, span }: FactoryMeasures, scale: number) {
  const count = sumOf(stages, (stage) => stage.failures);
  const down = sumOf(stages, ({ time }) => (time.down ?? 0) + (time.crashed ?? 0));
  const all = span * stages.length;
  return {
    mtbf: (ratio(all - down, count) / 1e6) * scale,
    mttr: (ratio(down, count) / 1e6) * scale,
    availability_percent: percent(ratio(all - down, all)),
  };
}

function recoveryTimes(recoveries: readonly Recovery[]) {
  const mean = (of: "planned" | "adopted" | "substitute"): number =>
    meanOfAll(recoveries.flatMap((recovery) => recovery[of] ?? [])) / 1e6;
  return { replan: mean("planned"), adoption: mean("adopted"), substitute: mean("substitute") };
}
