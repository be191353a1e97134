// The equipment of a stage: it breaks down and is mended, and is out of work in planned windows.
import { type Micros, micros } from "../../../core/micros.ts";
import { drawExponential } from "../cycle.ts";
import { KEY } from "../messages.ts";
import type { StagePlan } from "../plant.ts";
import type { Desk } from "./desk.ts";
import { interrupt, resume } from "./production.ts";

export const BREAKDOWN = "breakdown";
export const REPAIR = "repair";
export const MAINTENANCE = "maintenance";
/** A crew is told again after so many resends. */
const PATIENCE = 8;

/** It is down from now on, with all that it was doing. */
export function breakDown(desk: Desk, plan: StagePlan): void {
  const takes = drawExponential(plan.breakdown!.repair, () => desk.context.random());
  desk.setBroken({ at: desk.now, takes: Math.max(1, Math.round(takes)) });
  desk.note("breaks down", {});
  interrupt(desk);
  for (const number of desk.stage.jobs.keys) desk.context.cancelTimer(`${KEY.job}${number}`);
  mend(desk, plan);
}

/** Has its equipment mended: by somebody of its own, or by a crew that is told until it says that it is done. */
export function mend(desk: Desk, plan: StagePlan): void {
  const { at, takes } = desk.stage.broken!;
  const { crew } = plan.breakdown!;
  if (crew === undefined) {
    desk.context.setTimer(REPAIR, left(takes, at + takes - desk.now));
    return;
  }
  desk.send(crew, { kind: "broken", at, takes });
  desk.context.setTimer(REPAIR, micros(PATIENCE * desk.plant.resend));
}

/** A wait that was begun before, as a local clock that may have jumped since tells it: not longer than it was. */
const left = (whole: number, rest: number): Micros => micros(Math.min(whole, Math.max(1, rest)));

/** It works again: jobs that were cut off go on, if they are of that kind. */
export function mended(desk: Desk): void {
  const { at } = desk.stage.broken!;
  desk.setBroken(null);
  desk.context.cancelTimer(REPAIR);
  desk.note("is mended", {});
  for (const [number, { due }] of desk.stage.jobs.entries) resume(desk, number, due - at);
  armBreakdown(desk, desk.plan);
}

export function armBreakdown(desk: Desk, { breakdown }: StagePlan): void {
  if (breakdown === null) return;
  const up = drawExponential(breakdown.up, () => desk.context.random());
  desk.context.setTimer(BREAKDOWN, micros(Math.max(1, up)));
}

/** In a window no job begins; one that runs is finished. */
export function keepWindows(desk: Desk, plan: StagePlan): void {
  if (plan.maintenance.length === 0) return;
  let next = Number.POSITIVE_INFINITY;
  let inside = false;
  for (const window of plan.maintenance) {
    const since = desk.now - window.first;
    const phase = since < 0 ? since : since % window.every;
    if (phase >= 0 && phase < window.for) inside = true;
    const turn = phase < 0 ? 0 : phase < window.for ? window.for : window.every;
    next = Math.min(next, turn - phase);
  }
  desk.set({ maintenance: inside });
  desk.context.setTimer(MAINTENANCE, micros(Math.max(1, Math.ceil(next))));
}
