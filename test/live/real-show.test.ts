// Real processes as a page shows them: from their records, while they go on, and to the end.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { infoOf } from "../../src/cli/view/sim.ts";
import { parseFault } from "../../src/core/fault-notation.ts";
import { seconds } from "../../src/core/micros.ts";
import { newRun, type RunSettings } from "../../src/core/new-run.ts";
import type { AnySystem } from "../../src/core/system.ts";
import { DOWN, PAUSED, UP } from "../../src/dashboard/protocol.ts";
import { type LiveRun, RealShow } from "../../src/dashboard/real-show.ts";
import { Tails } from "../../src/runtimes/real/records/tails.ts";
import { glimpse, STORES } from "../../src/runtimes/real/stored-files.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { linesOf, newHeader, readLine } from "../../src/trace/record.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { until } from "../waiting.ts";
import { counters } from "./counters.mjs";
import { type Live, live } from "./tcp.ts";

const COUNTERS = new URL("./counters.mjs", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "orrery-tails-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NO_HEALTH = { late: 0, skipped: 0, reconnects: 0, refusals: 0 };

function showOf({ run, folder: at }: Live, system: AnySystem, settings: RunSettings): RealShow {
  const asked = newRun(system, settings);
  const { names, rates } = run;
  return new RealShow({
    info: {
      ...infoOf({ id: "live", title: "live", run: asked }, names, rates),
      ...{ source: "real", runtime: "tcp", duration: asked.duration, can: ["fault"] },
    },
    run: {
      get now() {
        return run.now;
      },
      inject: (fault) => run.inject(fault),
      relieve: (process) => run.relieve(process),
      health: () => NO_HEALTH,
      repeat: () => JSON.stringify(run.suffered.faults),
      tails: () => new Tails(at, names.length),
      stored: (process) => glimpse(join(at, STORES), names[process]!),
      audit: undefined,
    },
    view: undefined,
  });
}

/** Rows of a process that it recorded itself, in order, without their times: those that come late are lifted. */
function rowsOf(texts: readonly string[], process: number): string[] {
  const others = new Set([8, 9, 14]);
  return texts
    .map((text) => JSON.parse(text) as [number, number, number, ...unknown[]])
    .filter(([, kind, of]) => of === process && !others.has(kind))
    .map(([, ...rest]) => JSON.stringify(rest));
}

const textsOf = (batches: Iterable<Parameters<typeof linesOf>[0]>): string[] =>
  [...batches].flatMap((batch) => linesOf(batch).trim().split("\n"));

/** What was shown is what the trace says; and never a receive before its send, nor a time before another. */
function expectSame(show: RealShow, trace: Trace): void {
  const shown = textsOf(show.rows.from(0));
  const merged = textsOf(trace.batches);
  for (const process of trace.names.keys()) {
    expect(rowsOf(shown, process)).toEqual(rowsOf(merged, process));
  }
  expect(shown.length).toBe(merged.length);
  expectOrder(shown);
}

function expectOrder(texts: readonly string[]): void {
  const sent = new Set<string>();
  let last = 0;
  for (const text of texts) {
    const line = readLine(text);
    if (line.kind !== "row") throw new Error("a row was expected");
    const { time, kind, process, peer, message, sender } = line.row;
    expect(time).toBeGreaterThanOrEqual(last);
    last = time;
    // Copies have the number of their send.
    if (kind === 2) sent.add(`${process}/${sender}/${message}`);
    if (kind === 5) expect(sent.has(`${peer}/${sender}/${message}`)).toBe(true);
  }
}

describe("machines", () => {
  const settings: RunSettings = {
    duration: seconds(60),
    params: { rates: [40, 30, 20], internal: 0.3 },
  };

  test("are shown as they go on, are struck, and die; at the end all is as in the merged trace", () =>
    live(clocks, settings, async (one) => {
      const show = showOf(one, clocks, settings);
      const standing = () => show.frame().standings;
      const shows = (what: string, happened: () => boolean) => until(happened, what);
      await shows("all three turn", () => standing().lamport.every((lamport) => lamport > 20));
      // What is shown is never ahead of the run, and soon after it.
      expect(show.frame().now).toBeLessThan(one.run.now);
      show.act({ do: "fault", text: "crash machine_2 0s..1s" });
      await shows("machine_2 is down", () => standing().state[1] === DOWN);
      await shows("machine_2 is back", () => standing().state[1] === UP);
      expect(standing().incarnation[1]).toBe(2);
      show.act({ do: "fault", text: "pause machine_3 0s..1s" });
      await shows("machine_3 pauses", () => standing().state[2] === PAUSED);
      await shows("machine_3 goes on", () => standing().state[2] === UP);
      const lost = show.frame().messages.lost;
      show.act({ do: "fault", text: "partition machine_1|* 0s..1s" });
      await shows("messages are lost", () => show.frame().messages.lost > lost);
      process.kill(one.run.pids.get("machine_1")!, "SIGKILL");
      await shows("machine_1 is back", () => standing().incarnation[0] === 2);
      const events = standing().events[0]!;
      await shows("machine_1 goes on", () => standing().events[0]! > events + 20);
      for (const act of [{ do: "step", by: -1 }, { do: "play" }, { do: "branch" }] as const) {
        expect(() => show.act(act)).toThrow(`cannot ${act.do}`);
      }
      expect(() => show.act({ do: "fault", text: "crash nobody 0s" })).toThrow("nobody");
      const { trace } = await one.trace();
      await show.end();
      expect(show.frame()).toMatchObject({ ended: true, playing: false, says: null });
      expect(show.frame().rows).toBe(trace.length);
      expectSame(show, trace);
      // It stays to be looked at, and can no longer be struck.
      expect(() => show.act({ do: "fault", text: "crash machine_1 0s" })).toThrow("is over");
      expect(show.look(0).process).toBe(0);
    }));

  test("that share workers are shown alike", () => {
    const faults = ["crash machine_2 500ms..1s", "crash machine_3 600ms..900ms after-commit"];
    const planned = { ...settings, duration: seconds(2), faults: faults.map(parseFault) };
    return live(
      clocks,
      planned,
      async (one) => {
        const show = showOf(one, clocks, planned);
        await one.run.to(seconds(2));
        const { trace } = await one.trace();
        await show.end();
        expectSame(show, trace);
      },
      { perWorker: 2 },
    );
  });
});

test("what processes have stored is seen while they go on", () => {
  const settings: RunSettings = { duration: seconds(60) };
  return live(
    counters as unknown as AnySystem,
    settings,
    async (one) => {
      const show = showOf(one, counters as unknown as AnySystem, settings);
      const count = (process: number): number => {
        const { from, stored } = show.look(process);
        return from === "trace and stores" ? Number(new Map(stored).get("count") ?? 0) : 0;
      };
      for (const process of [0, 1, 2]) {
        await until(() => count(process) > 10, "it counts");
        const before = count(process);
        await until(() => count(process) > before, "it counts on");
      }
      // A worker that is killed within a commit takes rows back: whatever happens, none is left that never was.
      for (let time = 0; time < 8; time++) {
        const name = one.run.names[time % 3]!;
        const pid = one.run.pids.get(name)!;
        process.kill(pid, "SIGKILL");
        await until(() => (one.run.pids.get(name) ?? pid) !== pid, `${name} is started again`);
        const incarnation = show.frame().standings.incarnation[time % 3]!;
        await until(
          () => show.frame().standings.incarnation[time % 3]! > incarnation,
          `${name} is shown to be back`,
        );
      }
      const { trace } = await one.trace();
      await show.end();
      expectSame(show, trace);
    },
    { name: COUNTERS },
  );
});

/** Rows without their times: those that come late are lifted. */
const untimed = (texts: readonly string[]): string[] =>
  texts.map((text) => text.replace(/^\[\d+,/, "["));
const timeOf = (text: string): number => (JSON.parse(text) as [number])[0];

describe("records that grow", () => {
  const trace = simulate(clocks, {
    ...{ duration: seconds(10), params: { rates: [19, 11, 7], internal: 0.2 } },
    faults: [parseFault("crash machine_2 3s..5s")],
  });
  const texts = textsOf(trace.batches);
  const rates = [19, 11, 7];
  const header = (process: number, boot = 1): string => {
    const owner = `machine_${process + 1}`;
    const told = { owner, boot, processes: [process], names: trace.names, rates, epoch: 1_000_000 };
    return `${JSON.stringify(newHeader({ ...told, run: trace.run }))}\n`;
  };
  const linesFor = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join("");
  /** What each would have recorded. */
  const own = [0, 1, 2].map((process) =>
    texts.filter((text) => (JSON.parse(text) as number[])[2] === process),
  );
  let number = 0;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A show of records in a folder of its own; its present moment is what the test says. */
  function watched() {
    const at = join(folder, String(++number));
    mkdirSync(join(at, "records"), { recursive: true });
    let now = 0;
    const run: LiveRun = {
      get now() {
        return now;
      },
      inject: () => {},
      relieve: () => {},
      health: () => NO_HEALTH,
      repeat: () => "",
      tails: () => new Tails(at, 3),
      stored: () => undefined,
      audit: undefined,
    };
    const show = new RealShow({
      info: {
        ...infoOf({ id: "live", title: "live", run: trace.run }, trace.names, rates),
        ...{ source: "real", runtime: "tcp", duration: null, can: [] },
      },
      ...{ run, view: undefined },
    });
    const path = (process: number): string => join(at, "records", `machine_${process + 1}.record`);
    const shown = (): string[] => untimed(textsOf(show.rows.from(0)));
    /** Looks at the records at an instant of the run. */
    const look = (instant: number): void => {
      now = instant;
      vi.advanceTimersByTime(100);
    };
    return { show, look, path, shown };
  }

  test("are shown whole and in order, however they are torn", async () => {
    const piece = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 3_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const { show, look, path, shown } = watched();
        const whole = own.map((rows, process) => Buffer.from(header(process) + linesFor(rows)));
        const written = [0, 0, 0];
        let before = "";
        for (const [process, bytes] of pieces) {
          const from = written[process]!;
          written[process] = Math.min(from + bytes, whole[process]!.length);
          appendFileSync(path(process), whole[process]!.subarray(from, written[process]));
          // Who writes is not two seconds late.
          const reached = whole.map((all, each) => {
            const rows = all.toString("utf8", 0, written[each]).split("\n").slice(1, -1);
            return rows.length === 0 ? 0 : timeOf(rows.at(-1)!);
          });
          look(Math.min(...reached) + 1_900_000);
          const now = shown().join();
          expect(now.startsWith(before)).toBe(true);
          before = now;
        }
        whole.forEach((all, process) => {
          appendFileSync(path(process), all.subarray(written[process]));
        });
        look(seconds(10));
        await show.end();
        expect(shown().sort()).toEqual(untimed(texts).sort());
        expectOrder(textsOf(show.rows.from(0)));
        expect(show.frame().says).toBeNull();
        expect(show.cuts.count).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test("a receive waits for its send, and not for ever", () => {
    const { show, look, path, shown } = watched();
    writeFileSync(path(0), header(0));
    for (const process of [1, 2]) {
      writeFileSync(path(process), header(process) + linesFor(own[process]!));
    }
    const told = texts.find((text) => {
      const [, kind, process, , , , peer] = JSON.parse(text) as number[];
      return (kind === 4 || kind === 5) && peer === 0 && process !== 0;
    })!;
    const [row] = untimed([told]);
    look(timeOf(told) + 2_200_000);
    expect(shown()).not.toContain(row);
    expect(shown().length).toBeGreaterThan(6);
    // The record of the sender says nothing: the send is taken to be lost.
    look(timeOf(told) + 2_400_000);
    expect(shown()).toContain(row);
    expect(shown()[shown().indexOf(row!) - 1]).toContain("(inferred)");
    show.close();
  });

  test("what a killed worker could not finish is taken back", async () => {
    const { show, look, path, shown } = watched();
    // Of what it did then, nobody heard.
    const others = [0, 2].map((process) =>
      own[process]!.filter((text) => (JSON.parse(text) as number[])[6] !== 1),
    );
    writeFileSync(path(0), header(0) + linesFor(others[0]!));
    writeFileSync(path(2), header(2) + linesFor(others[1]!));
    const ownRows = (incarnation: number): string[] =>
      own[1]!.filter((text) => (JSON.parse(text) as number[])[3] === incarnation);
    const rows = ownRows(1).slice(0, 12);
    const whole = header(1) + linesFor(rows.slice(0, 10));
    writeFileSync(path(1), `${whole}{"turn":3,"of":[1]}\n${linesFor(rows.slice(10))}`);
    look(seconds(9));
    for (const row of untimed(rows)) expect(shown()).toContain(row);
    // The worker starts anew: its last turn was never durable. The file is as long as before, or longer.
    truncateSync(path(1), Buffer.byteLength(whole));
    appendFileSync(path(1), header(1, 2) + linesFor(ownRows(2)));
    look(seconds(9.2));
    look(seconds(9.4));
    await show.end();
    expect([show.cuts.count, show.cuts.since(0)]).toEqual([1, 0]);
    const left = [...rows.slice(0, 10), ...ownRows(2)];
    expect(rowsOf(textsOf(show.rows.from(0)), 1)).toEqual(rowsOf(left, 1));
    expect(show.frame().says).toBeNull();
  });

  test("that make no sense are given up, and it is said", () => {
    const { show, look, path } = watched();
    writeFileSync(path(0), `${header(0)}[1,2]\n`);
    for (let time = 0; time < 10; time++) look(seconds(5));
    expect(show.frame().says).toContain("cannot be read");
    show.close();
  });
});
