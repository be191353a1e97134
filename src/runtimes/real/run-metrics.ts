// How a run on real processes is, as families of OpenMetrics: what its supervisor was told by its workers anyway, so at
// most a quarter of a second old, and without what a killed process did after its last word.
import { countIn } from "../../core/counting.ts";
import type { Fault } from "../../core/run.ts";
import { leaderOf, type ProcessView, type WireHealth } from "./ledger.ts";
import { type Family, type Labels, one, type Sample } from "./open-metrics.ts";
import type { Pacing } from "./pacing.ts";

/** Of more processes the first are told one by one, so that a page stays small. */
const PROCESSES_MAX = 500;

export type RunHealth = {
  /** What does not change: its system, seed and the like. */
  readonly labels: Labels;
  readonly elapsedSeconds: number;
  readonly views: readonly ProcessView[];
  readonly pacing: readonly Pacing[];
  readonly wire: WireHealth;
  /** Those that have begun. */
  readonly faults: readonly Fault[];
};

const STATES = ["up", "down", "paused"] as const;

/** All that can be told of a run; families of which nothing is known have no samples. */
export const runFamilies = (health: RunHealth): readonly Family[] => [
  ...ofRun(health),
  ...ofClocks(health),
  ...ofProcesses(health.views.slice(0, PROCESSES_MAX)),
  ...ofPacing(health.pacing.slice(0, PROCESSES_MAX)),
];

const perLabel = (label: string, values: Iterable<readonly [string, number]>): readonly Sample[] =>
  [...values].map(([name, value]) => ({ labels: { [label]: name }, value }));

function ofRun({ labels, elapsedSeconds, views, wire, faults }: RunHealth): readonly Family[] {
  const struck = new Map<string, number>();
  for (const { kind } of faults) countIn(struck, kind);
  const counter = (name: string, help: string, samples: readonly Sample[]): Family => {
    return { name: `orrery_run_${name}`, kind: "counter", help, samples };
  };
  const refusals = Object.values(wire.refusals).reduce((all, times) => all + times, 0);
  return [
    {
      name: "orrery_run",
      kind: "info",
      help: "Which run this is: its folder, system, runtime and seed, and the version of Orrery.",
      samples: [{ labels, value: 1 }],
    },
    {
      name: "orrery_run_elapsed_seconds",
      kind: "gauge",
      unit: "seconds",
      help: "Since the instant at which all began; 0 before it.",
      samples: one(elapsedSeconds),
    },
    {
      name: "orrery_run_processes",
      kind: "gauge",
      help: "Processes in each state, all of the run.",
      samples: perLabel(
        "state",
        STATES.map((state) => [state, views.filter((each) => each.state === state).length]),
      ),
    },
    counter(
      "faults",
      "Faults whose time has come, by kind: planned, typed, and deaths that nobody had planned.",
      perLabel("kind", struck),
    ),
    counter(
      "dropped_messages",
      "Copies of messages that were lost, for whatever reason.",
      one(wire.dropped),
    ),
    counter(
      "reconnects",
      "Connections of workers that came back after a break.",
      one(wire.reconnects),
    ),
    counter("refusals", "Connections and messages that workers refused.", one(refusals)),
    {
      name: "orrery_run_leader",
      kind: "info",
      help: "Who last said that it leads, and still does.",
      samples: leaderSamples(views),
    },
  ];
}

function leaderSamples(views: readonly ProcessView[]): readonly Sample[] {
  const leader = leaderOf(views);
  return leader === undefined ? [] : [{ labels: { process: leader.name }, value: 1 }];
}

/** |La − Lb| of the first of the slowest and the first of the fastest, if both were heard. */
function ofExtremes(paced: readonly ProcessView[]): number | undefined {
  const rates = paced.map(({ ratePerSecond }) => ratePerSecond);
  const at = (rate: number): ProcessView | undefined => paced[rates.indexOf(rate)];
  const [slowest, fastest] = [
    at(rates.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)),
    at(rates.reduce((a, b) => Math.max(a, b), 0)),
  ];
  if (slowest === undefined || fastest === undefined) return undefined;
  const heard = slowest.incarnation > 0 && fastest.incarnation > 0;
  return heard ? Math.abs(fastest.lamport - slowest.lamport) : undefined;
}

function ofClocks({ views, elapsedSeconds }: RunHealth): readonly Family[] {
  const heard = views.filter(({ incarnation }) => incarnation > 0);
  const clocks = heard.map(({ lamport }) => lamport);
  const most = clocks.reduce((a, b) => Math.max(a, b), 0);
  const least = clocks.reduce((a, b) => Math.min(a, b), most);
  const behind = ofExtremes(views.filter(({ ratePerSecond }) => ratePerSecond > 0));
  const gauge = (name: string, help: string, value: number | undefined): Family => {
    return { name: `orrery_run_${name}`, kind: "gauge", help, samples: one(value) };
  };
  const known = clocks.length > 0;
  return [
    gauge(
      "drift",
      "Largest |La − Lb| of any two processes, by their last words.",
      known ? most - least : undefined,
    ),
    gauge(
      "drift_slowest",
      "|La − Lb| of the first of the slowest and the first of the fastest, by their rates.",
      behind,
    ),
    gauge(
      "lamport_per_second",
      "The furthest clock over the seconds since the run began.",
      known && elapsedSeconds > 0 ? most / elapsedSeconds : undefined,
    ),
  ];
}

/** Makes families with a sample of each of these. */
const perProcess =
  <Of extends { readonly name: string }>(all: readonly Of[]) =>
  (kind: "gauge" | "counter", name: string, help: string, value: (of: Of) => number): Family => {
    const samples = perLabel(
      "process",
      all.map((each) => [each.name, value(each)]),
    );
    return { name: `orrery_process_${name}`, kind, help, samples };
  };

function ofProcesses(views: readonly ProcessView[]): readonly Family[] {
  const family = perProcess(views);
  const state = "orrery_process_state";
  return [
    {
      name: state,
      kind: "stateset",
      help: "1 for the state that a process is in, else 0.",
      samples: views.flatMap((view) =>
        STATES.map((each) => ({
          labels: { process: view.name, [state]: each },
          value: each === view.state ? 1 : 0,
        })),
      ),
    },
    family(
      "gauge",
      "incarnation",
      "Which life it is in, from 1; 0 before the first.",
      (view) => view.incarnation,
    ),
    family("gauge", "lamport", "Its Lamport clock.", (view) => view.lamport),
    family("gauge", "inbox", "Events that wait in its inbox.", (view) => view.waiting),
    family(
      "counter",
      "events",
      "Its events of all kinds, over all its lives.",
      (view) => view.events,
    ),
    family(
      "counter",
      "sent_messages",
      "Copies of messages that it sent: one a destination, and those that links doubled.",
      (view) => view.sent,
    ),
    family(
      "counter",
      "received_messages",
      "Messages that its handler ran on.",
      (view) => view.received,
    ),
  ];
}

/** Of processes that step at ticks; others have no rate to keep. */
function ofPacing(pacing: readonly Pacing[]): readonly Family[] {
  const paced = pacing.filter(({ nominalPerSecond, ticks }) => nominalPerSecond > 0 || ticks > 0);
  const family = perProcess(paced);
  const ticked = paced.filter(({ ticks }) => ticks > 0);
  return [
    family("counter", "ticks", "Ticks that came; at each it steps.", ({ ticks }) => ticks),
    family(
      "counter",
      "skipped_ticks",
      "Ticks that were passed over, as it was more than a second behind.",
      ({ skipped }) => skipped,
    ),
    family("counter", "late_ticks", "Ticks that came more than 5 ms late.", ({ late }) => late),
    family(
      "gauge",
      "nominal_rate",
      "Ticks per second that were asked for at first.",
      ({ nominalPerSecond }) => nominalPerSecond,
    ),
    family(
      "gauge",
      "achieved_rate",
      "Ticks per second that came while it was up, over the whole run.",
      ({ achievedPerSecond }) => achievedPerSecond,
    ),
    {
      name: "orrery_process_lateness_seconds",
      kind: "summary",
      unit: "seconds",
      help: "How late its ticks came, over the whole run: median, 99th percentile, most.",
      samples: ticked.flatMap(({ name, lateP50Micros, lateP99Micros, lateMaxMicros }) =>
        Object.entries({ "0.5": lateP50Micros, "0.99": lateP99Micros, "1.0": lateMaxMicros }).map(
          ([quantile, micros]) => ({ labels: { process: name, quantile }, value: micros / 1e6 }),
        ),
      ),
    },
  ];
}
