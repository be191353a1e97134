// The public surface of the library.
export { Measurer, type Measures, type ProcessMeasures } from "./analysis/measure.ts";
export {
  conservation,
  convergence,
  mutualExclusion,
  oneLeaderPerTerm,
} from "./checks/agreement.ts";
export { boundedInbox } from "./checks/bounded-inbox.ts";
export { CHECKS, checksOf, judge, verify } from "./checks/checks.ts";
export { type Broadcasts, causalDelivery, fifoDelivery } from "./checks/delivery.ts";
export { linearizable } from "./checks/linearizability/linearizable.ts";
export { type Call, type Model, queue, register, set } from "./checks/linearizability/models.ts";
export { linearize, type Operation, type Search } from "./checks/linearizability/search.ts";
export {
  always,
  eventually,
  type Failure,
  type Note,
  sometimes,
  type Watch,
  type Watched,
} from "./checks/notes.ts";
export { NONE, TraceBatch } from "./core/batch.ts";
export type { Check, Judgement, Observer, Verdict } from "./core/check.ts";
export { OrreryError } from "./core/errors.ts";
export type { Cell, Experiment, Row } from "./core/experiment.ts";
export { formatFault, parseFault } from "./core/fault-notation.ts";
export type { Figure } from "./core/figure.ts";
export type { Json } from "./core/json.ts";
export { type PerfectLinks, perfectLinks } from "./core/links.ts";
export { formatMicros, type Micros, micros, ms, parseMicros, seconds } from "./core/micros.ts";
export { newRun, type RunSettings } from "./core/new-run.ts";
export { formatDelay, parseDelay } from "./core/notation.ts";
export type { Context, Process, ProcessId } from "./core/process.ts";
export { drawFaults, PROFILE_NAMES, PROFILES, type ProfileName } from "./core/profiles.ts";
export type { ClockModel, CrashPoint, Delay, Fault, Links, Run, Stamping } from "./core/run.ts";
export type { Drawing, Member, Pace, RateRange, System } from "./core/system.ts";
export {
  EVENT_KINDS,
  type EventKind,
  KIND,
  type MessageId,
  type TraceEvent,
} from "./core/trace-event.ts";
export { type WholeNumber, wholeParams } from "./core/whole-params.ts";
export {
  type ExperimentSettings,
  newExperiment,
  readExperiment,
} from "./experiments/experiment-file.ts";
export { type HistoryMoment, historyTrace, readHistory } from "./formats/jepsen-history.ts";
export { guarded } from "./runtimes/guard.ts";
export type { Recorder, Running, Runtime } from "./runtimes/ports.ts";
export { simulate } from "./runtimes/sim/simulate.ts";
export { type Simulation, sim } from "./runtimes/sim/simulation.ts";
export { clocks } from "./systems/clocks/clocks.ts";
export { type Prediction, predict } from "./systems/clocks/prediction.ts";
export { factory, factoryOf } from "./systems/factory/factory.ts";
export { Desk } from "./systems/factory/stage/desk.ts";
export { dropIfUsedUp } from "./systems/factory/stage/production.ts";
export { RULES, type Rules } from "./systems/factory/stage/stage.ts";
export type { Body } from "./systems/maelstrom/body.ts";
export { maelstromOf } from "./systems/maelstrom/maelstrom.ts";
export type { MaelstromParams } from "./systems/maelstrom/params.ts";
export { gridOf } from "./systems/maelstrom/topology.ts";
export { readTrace, type TraceHeader, traceFile } from "./trace/file.ts";
export { HappensBefore } from "./trace/happens-before.ts";
export { Keeper, Trace } from "./trace/trace.ts";
export { TraceWriter } from "./trace/writer.ts";
