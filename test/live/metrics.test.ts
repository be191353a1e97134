// What a run on OS processes says of itself at its port while it lasts, in a text that others read, beside the trace
// that it leaves.
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { TraceEvent } from "../../src/core/trace-event.ts";
import { readJson } from "../../src/experiments/run-folder.ts";
import { METRICS_TYPE } from "../../src/runtimes/real/open-metrics.ts";
import { type RunHealth, runFamilies } from "../../src/runtimes/real/run-metrics.ts";
import { readTrace } from "../../src/trace/file.ts";
import { Keeper, Trace } from "../../src/trace/trace.ts";
import { newFolder } from "../folders.ts";
import { orreryIn, type Started, startOrrery } from "../orrery.ts";
import { eventually } from "../waiting.ts";
import { type MetricFamily, readOpenMetrics } from "./open-metrics.ts";

const BICYCLE = join(import.meta.dirname, "../../experiments/factory/bicycle.yaml");
/** Exit status of what was stopped before its time. */
const STOPPED = 130;

type Labels = { readonly [label: string]: string };

/** One look at a run's port. */
class Scrape {
  readonly families: ReadonlyMap<string, MetricFamily>;

  constructor(text: string) {
    this.families = readOpenMetrics(text);
  }

  /** The value of the sample with these labels, and maybe more. */
  value(family: string, labels: Labels = {}): number | undefined {
    const wanted = Object.entries(labels);
    return this.families
      .get(`orrery_${family}`)
      ?.samples.find((each) => wanted.every(([label, value]) => each.labels[label] === value))
      ?.value;
  }

  of(process: string, family: string): number {
    return this.value(`process_${family}`, { process }) ?? Number.NaN;
  }

  is(process: string, state: string): boolean {
    return this.value("process_state", { process, orrery_process_state: state }) === 1;
  }

  /** Every sample of a counter, by its name and labels. */
  counters(): ReadonlyMap<string, number> {
    const counters = [...this.families].filter(([, { kind }]) => kind === "counter");
    return new Map(
      counters.flatMap(([name, { samples }]) =>
        samples.map(({ labels, value }) => [`${name}${JSON.stringify(labels)}`, value] as const),
      ),
    );
  }
}

/** Scrapes until something was seen; no counter falls or goes from one scrape to the next. */
async function scraping(
  run: Started,
  seen: (scrape: Scrape, all: readonly Scrape[]) => boolean,
): Promise<readonly Scrape[]> {
  const scrapes: Scrape[] = [];
  const url = await eventually(() => /metrics at (\S+)/.exec(run.said())![1]!);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/metrics$/);
  await eventually(async () => {
    const response = await fetch(url);
    expect(response.headers.get("content-type")).toBe(METRICS_TYPE);
    const scrape = new Scrape(await response.text());
    const now = scrape.counters();
    for (const [counter, value] of scrapes.at(-1)?.counters() ?? []) {
      expect([counter, now.get(counter)! >= value]).toEqual([counter, true]);
    }
    scrapes.push(scrape);
    expect(seen(scrape, scrapes)).toBe(true);
  });
  const health = await fetch(url.replace(/metrics$/, "healthz"));
  expect([health.status, await health.text()]).toEqual([200, expect.stringContaining("goes on")]);
  return scrapes;
}

/** Ends a run as Ctrl-C does; returns its folder and what it did. */
async function stopped(run: Started, folder: string, system: string) {
  run.child.kill("SIGINT");
  expect(await run.ended, run.said()).toBe(STOPPED);
  const kept = join(folder, "runs", system, "0001");
  const { header, result } = await readTrace(join(kept, "trace.parquet"), () => new Keeper());
  return { kept, trace: new Trace(header.run, header.names, result) };
}

/**
 * What a process was said to have done by a scrape is what the trace has of it up to the clock that was told with it;
 * what it did in the turn that was under way may be missing, so it is at least what an earlier word's clock says.
 */
function expectTold(
  events: readonly TraceEvent[],
  scrapes: readonly Scrape[],
  process: string,
  [family, kinds]: readonly [string, readonly string[] | undefined],
  whole: boolean,
): void {
  const last = scrapes.at(-1)!;
  const told = last.of(process, family);
  const [until, before] = [last.of(process, "lamport"), earlier(scrapes, process)];
  const upTo = (clock: number): number =>
    events.filter(({ lamport, kind }) => lamport <= clock && (kinds?.includes(kind) ?? true))
      .length;
  expect(told, `${family} of ${process}`).toBeLessThanOrEqual(upTo(until));
  if (whole) expect(told).toBeGreaterThanOrEqual(upTo(before - 1));
}

/** The clock of a process by the last word but one. */
function earlier(scrapes: readonly Scrape[], process: string): number {
  const clocks = scrapes.map((each) => each.of(process, "lamport"));
  return clocks.filter((clock) => clock < clocks.at(-1)!).at(-1) ?? 0;
}

test("clocks on OS processes, of which one is killed and one is stopped, are told as their trace tells them", async () => {
  const folder = newFolder();
  const faults = ["crash machine_2 1s..3s", "pause machine_3 1s..1h"];
  const run = startOrrery(folder, [
    ...["run", "clocks", "--on", "tcp", "--for", "2h", "--set", "rates=50,20,5"],
    ...faults.flatMap((fault) => ["--fault", fault]),
    ...["--metrics-port", "0"],
  ]);
  const scrapes = await scraping(run, (scrape, all) => {
    const wasDown = all.some((each) => each.is("machine_2", "down") && each.is("machine_1", "up"));
    const isBack = scrape.of("machine_2", "incarnation") === 2 && scrape.is("machine_2", "up");
    return wasDown && isBack && scrape.is("machine_3", "paused");
  });
  const { kept, trace } = await stopped(run, folder, "clocks");
  const last = scrapes.at(-1)!;

  const clocks = trace.names.map((name) => last.of(name, "lamport"));
  expect(last.value("run_drift")).toBe(Math.max(...clocks) - Math.min(...clocks));
  for (const family of ["events", "sent_messages", "received_messages"]) {
    expect(last.of("machine_1", family), family).toBeGreaterThan(0);
  }
  expect(last.value("run_drift_slowest")).toBe(Math.abs(clocks[0]! - clocks[2]!));
  expect(last.value("run_faults", { kind: "crash" })).toBe(1);
  expect(last.value("run_faults", { kind: "pause" })).toBe(1);
  expect(last.value("run_processes", { state: "up" })).toBe(2);
  expect(last.value("run", { system: "clocks", runtime: "tcp", seed: "1" })).toBe(1);
  expect(trace.names.map((name) => last.of(name, "nominal_rate"))).toEqual([50, 20, 5]);

  const { pacing } = readJson(join(kept, "real-time.json")) as {
    readonly pacing: readonly { readonly name: string; readonly ticks: number }[];
  };
  const elsewhere = ["crash", "drop", "fault"];
  for (const [process, { name, ticks }] of pacing.entries()) {
    const events = [...trace].filter((each) => each.process === process);
    const own = events.filter(({ kind }) => !elsewhere.includes(kind));
    expect(last.of(name, "incarnation")).toBe(own.at(-1)!.incarnation);
    expect(last.of(name, "ticks")).toBeGreaterThan(0);
    expect(last.of(name, "ticks")).toBeLessThanOrEqual(ticks);
    const whole = name !== "machine_2";
    expectTold(own, scrapes, name, ["events", undefined], whole);
    expectTold(own, scrapes, name, ["sent_messages", ["send", "copy"]], whole);
    expectTold(own, scrapes, name, ["received_messages", ["receive"]], whole);
    expect(last.value("process_lateness_seconds", { process: name, quantile: "0.5" })).toBeLessThan(
      last.value("process_lateness_seconds", { process: name, quantile: "1.0" })! + 1e-9,
    );
  }
});

test("a factory's hand-offs and audits are told as its books have them", async () => {
  const folder = newFolder();
  const run = startOrrery(folder, [
    ...["run", BICYCLE, "--on", "tcp", "--for", "2h", "--set", "timeScale=900"],
    ...["--set", "leader.candidates=3", "--per-worker", "8", "--metrics-port", "0"],
  ]);
  const scrapes = await scraping(
    run,
    (scrape) =>
      scrape.value("factory_handoffs")! > 0 &&
      scrape.value("factory_audits")! >= 2 &&
      scrape.value("run_leader") === 1,
  );
  const { trace } = await stopped(run, folder, "factory");
  for (const scrape of scrapes) {
    expect([undefined, 1]).toContain(scrape.value("factory_audit_holds"));
    expect([undefined, 0]).toContain(scrape.value("factory_audit_violated"));
  }
  // There were many looks at the port, and few at the stores.
  expect(scrapes.length).toBeGreaterThan(10);
  const [before, last] = [2, 1].map((back) => scrapes.findLast(auditedAtLeast(scrapes, back))!);
  const delivered = [...trace].filter(({ detail }) => nameIn(detail) === "delivered");
  const until = (scrape: Scrape): number => scrape.value("factory_audit_at_seconds")! * 1e6;
  const done = (at: number): number =>
    delivered.filter(({ timeMicros }) => timeMicros <= at).length;
  expect(until(last!)).toBeGreaterThan(until(before!));
  expect(last!.value("factory_handoffs")).toBeGreaterThanOrEqual(done(until(before!)));
  expect(last!.value("factory_handoffs")).toBeLessThanOrEqual(delivered.length);
  expect(last!.value("factory_lots")).toBeGreaterThan(0);
}, 90_000);

const nameIn = (detail: TraceEvent["detail"]): unknown =>
  (detail as { readonly name?: unknown } | undefined)?.name;

/** Those of which the books are the last, or the last but one. */
function auditedAtLeast(scrapes: readonly Scrape[], back: number): (scrape: Scrape) => boolean {
  const audits = scrapes.at(-1)!.value("factory_audits")! + 1 - back;
  return (scrape) => scrape.value("factory_audits") === audits;
}

test("what is none, taken or without meaning is refused before anything is made", async () => {
  const folder = newFolder();
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  const refused: readonly (readonly [readonly string[], number, string])[] = [
    [["--on", "tcp", "--metrics-port", "65536"], 64, '--metrics-port "65536" is not a port'],
    [["--on", "tcp", "--metrics-host", "::1"], 64, "give a --metrics-port too"],
    [
      ["--metrics-port", "9464"],
      64,
      "--metrics-port is for runs with --on tcp or nats: in virtual",
    ],
    [
      ["--on", "tcp", "--metrics-port", String(port)],
      69,
      `127.0.0.1 port ${port}: listen EADDRINUSE`,
    ],
  ];
  for (const [options, exit, says] of refused) {
    const { status, stderr } = orreryIn(folder, ["run", "clocks", ...options]);
    expect([status, stderr]).toEqual([exit, expect.stringContaining(says)]);
  }
  const runs = join(folder, "runs/clocks");
  const kept = existsSync(runs) ? readdirSync(runs).filter((name) => /^\d+$/.test(name)) : [];
  expect(kept).toEqual([]);
});

test("of many processes the first are told one by one, and all of them together", () => {
  const views = Array.from({ length: 2_000 }, (_, process) => ({
    ...{ process, name: `m${process}`, incarnation: 1, lamport: process, waiting: 0, events: 1 },
    ...{ sent: 0, received: 0, ticks: 0, skipped: 0, ticking: 0, led: -1, ratePerSecond: 0 },
    state: "up" as const,
  }));
  const wire = { reconnects: 0, dropped: 0, refusals: { odd: 2 } };
  const health: RunHealth = {
    labels: { system: 'a\\b "c"\n{}' },
    elapsedSeconds: 1,
    pacing: [],
    faults: [],
    views,
    wire,
  };
  const families = new Map(runFamilies(health).map((family) => [family.name, family.samples]));
  expect(families.get("orrery_process_lamport")!.length).toBe(500);
  expect(families.get("orrery_run_drift")).toEqual([{ labels: {}, value: 1_999 }]);
  expect(families.get("orrery_run_drift_slowest")).toEqual([]);
  expect(families.get("orrery_run_processes")![0]).toEqual({
    labels: { state: "up" },
    value: 2_000,
  });
  expect(families.get("orrery_run_refusals")).toEqual([{ labels: {}, value: 2 }]);
});
