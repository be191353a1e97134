// `orrery why`: a failure of `check`, re-seeded from ever later moments.
import { join } from "node:path";
import { EXIT } from "../../core/errors.ts";
import type { TraceEvent } from "../../core/trace-event.ts";
import { writeFigures } from "../../experiments/run-figures.ts";
import { writeJson } from "../../experiments/run-folder.ts";
import { type ShareLine, sharesFigure } from "../../figures/shares.ts";
import { spied } from "../../hunt/spy.ts";
import { sentences } from "../../hunt/story.ts";
import {
  between,
  FUTURES,
  type Future,
  instantsOf,
  type Jump,
  riseMin,
  rises,
  type Share,
  shareOf,
} from "../../hunt/why.ts";
import { secondsText } from "../../hunt/words.ts";
import type { Trace } from "../../trace/trace.ts";
import { findSystem } from "../find-system.ts";
import { paint, say, sayJson, tableText } from "../print.ts";
import { listenForStop, progressBar } from "../progress.ts";
import { jobsOf, wholeNumber } from "../request.ts";
import { Stopped } from "../stopped.ts";
import { type Failure, failureIn } from "./failure.ts";
import { type Hunters, openHunters } from "./hunters.ts";
import { traced } from "./trial.ts";

export type WhyOptions = {
  readonly seeds?: string;
  readonly moments?: string;
  readonly jobs?: string;
  readonly json?: boolean;
};

const CONTINUATIONS = "60";
const MOMENTS = "20";
/** Jumps that are looked into, of each curve; and bisections of each. */
const JUMPS_MAX = 3;
const BISECTIONS_MAX = 16;
/** Events named at a jump. */
const EVENTS_MAX = 6;

/** What is known of one curve. */
type Curve = { readonly future: Future; readonly shares: readonly Share[] };

/** `orrery why`. Returns the exit status. */
export async function why(folder: string, options: WhyOptions): Promise<number> {
  const failure = failureIn(folder);
  const seeds = wholeNumber("--seeds", options.seeds ?? CONTINUATIONS, 100_000);
  const moments = wholeNumber("--moments", options.moments ?? MOMENTS, 10_000);
  const spy = spied(await findSystem(failure.named));
  const trace = traced(spy.system, failure.run);
  const hunters = openHunters(jobsOf(options));
  const signals = listenForStop();
  const bar = progressBar("{value} continuations, {at}");
  try {
    const asking = new Asking(hunters, failure, seeds, (done, at) => {
      if (signals.stopped()) throw new Stopped();
      if (!bar.isActive) bar.start(2 * moments * seeds, done, { at });
      else bar.update(Math.min(done, 2 * moments * seeds), { at });
    });
    const curves = await asking.curves(failure, trace, moments);
    bar.stop();
    const jumps = curves.flatMap((curve) => jumpsOf(curve));
    const told = jumps.map((jump) => ({
      ...jump,
      events: sentences(eventsOf(jump, trace), trace, spy.book).slice(0, EVENTS_MAX),
    }));
    writeJson(join(folder, "why.json"), { seeds, curves, jumps: told });
    await writeFigures(join(folder, "figures"), [["why", whyFigure(failure, curves, jumps)]]);
    if (options.json === true) sayJson({ seeds, curves, jumps: told });
    else sayWhy(failure, folder, curves, told);
    return EXIT.held;
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw cause;
    process.stderr.write("\norrery: stopped\n");
    return EXIT.stopped;
  } finally {
    bar.stop();
    signals.end();
    await hunters.close();
  }
}

/** Asks workers for continuations, from many moments at a time. */
class Asking {
  readonly #hunters: Hunters;
  readonly #failure: Failure;
  readonly #seeds: number;
  readonly #progress: (done: number, at: string) => void;
  #done = 0;

  constructor(
    hunters: Hunters,
    failure: Failure,
    seeds: number,
    progress: (done: number, at: string) => void,
  ) {
    this.#hunters = hunters;
    this.#failure = failure;
    this.#seeds = seeds;
    this.#progress = progress;
  }

  /** Evenly spaced moments, and then ever nearer to where the share rises. */
  async curves({ run }: Failure, trace: Trace, count: number): Promise<readonly Curve[]> {
    const last = (trace.batches.length === 0 ? 0 : trace.event(trace.length - 1).timeMicros) + 1;
    const even = Array.from({ length: count + 1 }, (_, index) =>
      Math.round((index * last) / count),
    );
    const moments = [...new Set(even)];
    const instants = instantsOf(trace);
    // Without faults, whether they are still to come is no question.
    const futures = run.faults.length === 0 ? FUTURES.slice(0, 1) : FUTURES;
    const curves: Curve[] = [];
    for (const future of futures) {
      let shares = await this.#ask(future, moments);
      for (let step = 0; step < BISECTIONS_MAX; step++) {
        const next = rises(shares, JUMPS_MAX).flatMap(
          (index) => between(shares[index]!, shares[index + 1]!, instants) ?? [],
        );
        if (next.length === 0) break;
        const more = await this.#ask(future, next);
        shares = [...shares, ...more].sort((a, b) => a.at - b.at);
      }
      curves.push({ future, shares });
    }
    return curves;
  }

  async #ask(future: Future, moments: readonly number[]): Promise<readonly Share[]> {
    const { named, run, check } = this.#failure;
    const of = this.#seeds;
    return await Promise.all(
      moments.map(async (at) => {
        const job = { kind: "continue", system: named, run, check, future, at, seeds: of } as const;
        const failed = await this.#hunters.resume(job);
        this.#done += of;
        this.#progress(this.#done, `from ${secondsText(at)}`);
        return { at, failed, of };
      }),
    );
  }
}

function jumpsOf({ future, shares }: Curve): Jump[] {
  return [...rises(shares, JUMPS_MAX)]
    .sort((a, b) => a - b)
    .map((index) => ({ future, from: shares[index]!, to: shares[index + 1]! }));
}

/** What is settled at the later moment of a jump and was not at the earlier one. */
function eventsOf({ from, to }: Jump, trace: Trace): TraceEvent[] {
  return [...trace].filter(({ timeMicros }) => timeMicros >= from.at && timeMicros < to.at);
}

const SAID: { readonly [future in Future]: string } = {
  planned: "faults as planned",
  none: "no further faults",
};

function sayWhy(
  { check, seed }: Failure,
  folder: string,
  curves: readonly Curve[],
  jumps: readonly (Jump & { readonly events: readonly string[] })[],
): void {
  say(paint("bold", `When ${check} became likely to fail, in the run of seed ${seed}`));
  const instants = [...new Set(curves.flatMap(({ shares }) => shares.map(({ at }) => at)))];
  const percent = (share: Share | undefined): string =>
    share === undefined ? "" : `${(100 * shareOf(share)).toFixed(0)} %`;
  const rows = instants
    .sort((a, b) => a - b)
    .map((at) => [
      secondsText(at),
      ...curves.map(({ shares }) => percent(shares.find((share) => share.at === at))),
    ]);
  const of = curves[0]?.shares[0]?.of ?? 0;
  const title = `Share of ${of} continuations that fail, re-seeded from a moment`;
  say(
    `\n${tableText({ title, columns: ["from", ...curves.map(({ future }) => SAID[future])], rows })}`,
  );
  for (const { future, from, to, events } of jumps) {
    const rise = `${percent(from)} to ${percent(to)}`;
    say(
      `\nBetween ${secondsText(from.at)} and ${secondsText(to.at)} it rises from ${rise} (${SAID[future]}):`,
    );
    for (const event of events) say(`  ${event}`);
  }
  if (jumps.length === 0) {
    say(`\nIt rises nowhere by more than ${(100 * riseMin(of)).toFixed(0)} % at a time.`);
  }
  say(`\nPicture   ${join(folder, "figures", "why.png")}`);
}

function whyFigure(
  { check, system, seed }: Failure,
  curves: readonly Curve[],
  jumps: readonly Jump[],
) {
  const lines = curves.map(
    ({ future, shares }): ShareLine => ({
      name: SAID[future],
      points: shares.map((share) => ({
        seconds: share.at / 1e6,
        share: shareOf(share),
        ...interval(share),
      })),
    }),
  );
  const places = new Map(jumps.map(({ to }) => [to.at, secondsText(to.at)]));
  const moments = [...places].map(([at, label]) => ({ seconds: at / 1e6, label }));
  const of = curves[0]?.shares[0]?.of ?? 0;
  return sharesFigure(
    {
      title: `When ${check} became likely to fail`,
      subtitle: `${system}, seed ${seed}: share of ${of} continuations that fail, with 95 % intervals`,
    },
    lines,
    moments,
  );
}

/** Wilson's interval for a share (1927), 95 %. */
function interval({ failed, of }: Share): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const share = failed / of;
  const centre = (share + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half =
    (z / (1 + z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
