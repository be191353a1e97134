// Runs as they are watched: whatever way a moment is reached, it is the same.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFault } from "../../src/core/fault-notation.ts";
import type { Json } from "../../src/core/json.ts";
import { micros, seconds } from "../../src/core/micros.ts";
import { newRun, type RunSettings } from "../../src/core/new-run.ts";
import type { Run } from "../../src/core/run.ts";
import type { AnySystem } from "../../src/core/system.ts";
import type { TraceEvent } from "../../src/core/trace-event.ts";
import { KeptShow } from "../../src/dashboard/kept-show.ts";
import type { Frame, ShowInfo } from "../../src/dashboard/protocol.ts";
import { RowLog } from "../../src/dashboard/rows.ts";
import type { Show } from "../../src/dashboard/show.ts";
import { SimShow } from "../../src/dashboard/sim-show.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { sim } from "../../src/runtimes/sim/simulation.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { factory } from "../../src/systems/factory/factory.ts";
import { linesOf } from "../../src/trace/record.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { counters } from "../live/counters.mjs";

const infoOf = (run: Run, names: readonly string[], rates: readonly number[]): ShowInfo => ({
  ...{ id: "show", title: "a run", system: run.system, source: "sim", runtime: "sim" },
  ...{ seed: run.seed, names, rates, duration: run.duration, can: [], theory: {}, view: null },
});

function simShow(system: AnySystem, settings: RunSettings) {
  const run = newRun(system, settings);
  const { names, rates } = sim.start(system, run, null);
  const branches: SimShow[] = [];
  const show = new SimShow({
    info: infoOf(run, names, rates),
    run,
    start: (asked, writer) => sim.start(system, asked, writer),
    view: undefined,
    repeat: ({ faults }, reseeds) => JSON.stringify([faults, reseeds]),
    audit: undefined,
    branched: async (make) => {
      branches.push(await make(`branch-${branches.length}`));
      return branches.at(-1)!.info.id;
    },
    speed: 1,
  });
  return { show, branches };
}

const textOf = (show: Show): string => show.rows.from(0).map(linesOf).join("");
/** All that pages are told of a moment. How it was reached is no part of it. */
const momentOf = (show: Show): unknown => {
  const { cuts: _, ...frame } = show.frame();
  return JSON.parse(JSON.stringify([frame, textOf(show)]));
};
const looks = (show: Show): unknown =>
  JSON.parse(JSON.stringify(show.info.names.map((_, process) => show.look(process))));
const end = (run: { readonly duration: number | null }) =>
  ({ do: "seek", at: run.duration! }) as const;

/** Crashes, stores that take their time, loss: rows are held, and erased. */
const hard: RunSettings = {
  duration: seconds(4),
  params: { rates: [9, 5, 2], internal: 0.3 },
  links: { loss: 0.1, duplicate: 0.1 },
  storeDelay: { kind: "uniform", min: micros(1_000), max: micros(60_000) },
  faults: ["crash machine_2 1s..2s", "partition machine_1|* 500ms..1500ms"].map(parseFault),
};
const plant: RunSettings = {
  duration: seconds(3),
  params: { plant: { types: 4, perType: 1 }, timeScale: 100 },
  storeDelay: { kind: "uniform", min: micros(1_000), max: micros(20_000) },
  faults: [parseFault("store type_2-1 1s..2s slow 200ms")],
};

/** Some commit is pending most of the time. */
const counting: RunSettings = {
  duration: seconds(4),
  storeDelay: { kind: "uniform", min: micros(1_000), max: micros(15_000) },
  faults: [parseFault("crash c_1 200ms..400ms"), parseFault("store c_2 1s..2s slow 200ms")],
};

describe.each([
  ["machines with faults", clocks, hard],
  ["counters with slow stores", counters as unknown as AnySystem, counting],
  ["a factory with slow stores", factory, plant],
] as const)("a simulation of %s", (_, system, settings) => {
  test("stepped back and on again is where it was", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000), fc.integer({ min: 0, max: 400 }), async (seed, turn) => {
        const { show } = simShow(system, { ...settings, seed });
        await show.act({ do: "step", by: turn });
        const [moment, looked, rows] = [momentOf(show), looks(show), textOf(show)];
        const cuts = show.cuts.count;
        await show.act({ do: "step", by: -10 });
        expect(rows.startsWith(textOf(show))).toBe(true);
        // Pages are told exactly which rows are no more.
        expect(show.cuts.since(cuts) ?? show.rows.end).toBe(show.rows.end);
        await show.act({ do: "step", by: Math.min(10, turn) });
        expect(momentOf(show)).toEqual(moment);
        expect(looks(show)).toEqual(looked);
        show.close();
      }),
      { numRuns: 25 },
    );
  });

  test("is the same at an instant, whichever way it came there", async () => {
    const instant = fc.integer({ min: 0, max: settings.duration! });
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000), instant, instant, async (seed, at, elsewhere) => {
        const [straight, roundabout] = [0, 1].map(
          () => simShow(system, { ...settings, seed }).show,
        );
        await straight!.act({ do: "seek", at });
        await roundabout!.act({ do: "seek", at: elsewhere });
        await roundabout!.act({ do: "step", by: 7 });
        await roundabout!.act({ do: "seek", at });
        expect(momentOf(roundabout!)).toEqual(momentOf(straight!));
      }),
      { numRuns: 15 },
    );
  });

  test("at its end has the rows that the run has", async () => {
    const { show } = simShow(system, { ...settings, seed: 3 });
    await show.act(end(show.info));
    const trace = simulate(system, { ...settings, seed: 3 });
    // Commits that are pending at the end never come to be: their rows are none of the trace.
    expect(trace.batches.map(linesOf).join("").startsWith(textOf(show))).toBe(true);
    show.close();
    expect(textOf(show)).toBe(trace.batches.map(linesOf).join(""));
  });
});

describe("a fault that is put in", () => {
  const calm: RunSettings = { duration: seconds(20), params: { rates: [9, 5, 2], internal: 0.3 } };
  const faults = ["crash machine_2 0s..1s", "pause machine_1 100ms..1s", "loss *|* 0s..2s 0.5"];

  test("makes the run that has it in its plan, byte for byte, and changes nothing before it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1_000),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom(...faults)), {
          minLength: 1,
          maxLength: 3,
        }),
        async (seed, strikes) => {
          const { show } = simShow(clocks, { ...calm, seed });
          for (const [by, text] of strikes) {
            await show.act({ do: "step", by });
            const before = momentOf(show) as [Frame, string];
            await show.act({ do: "fault", text });
            const [frame, rows] = momentOf(show) as [Frame, string];
            expect([{ ...frame, repeat: "" }, rows]).toEqual([
              { ...before[0], repeat: "" },
              before[1],
            ]);
          }
          await show.act(end(show.info));
          const [planned] = JSON.parse(show.frame().repeat) as [Run["faults"]];
          expect(planned).toHaveLength(strikes.length);
          const trace = simulate(clocks, { ...calm, seed, faults: planned });
          show.close();
          expect(textOf(show)).toBe(trace.batches.map(linesOf).join(""));
        },
      ),
      { numRuns: 25 },
    );
  });

  test("is refused if it makes no sense, and the run stays what it was", async () => {
    const { show } = simShow(clocks, calm);
    await show.act({ do: "step", by: 20 });
    const moment = momentOf(show);
    for (const text of [
      "crash nobody 1s..2s",
      "crash machine_1 30s",
      "what",
      "",
      "crash machine_1 2s..1s",
    ]) {
      await expect(show.act({ do: "fault", text })).rejects.toThrow(/fault|process|end/);
    }
    expect(momentOf(show)).toEqual(moment);
  });
});

describe("a branch", () => {
  const settings: RunSettings = { duration: seconds(6), params: { rates: [9, 5, 2] }, seed: 4 };

  test("is where its run is, goes the same way if nothing is changed, and another with another seed", async () => {
    const { show, branches } = simShow(clocks, settings);
    await show.act({ do: "step", by: 33 });
    const here = textOf(show);
    await show.act({ do: "branch" });
    await show.act({ do: "branch", seed: 77 });
    await show.act({ do: "branch", fault: "crash machine_1 0s..1s" });
    const [same, seeded, struck] = branches as [SimShow, SimShow, SimShow];
    for (const branch of branches) {
      expect(textOf(branch)).toBe(here);
      expect(branch.info.branchOf).toMatchObject({ show: "show", at: show.frame().now });
    }
    for (const each of [show, ...branches]) await each.act(end(each.info));
    expect(textOf(same)).toBe(textOf(show));
    for (const other of [seeded, struck]) {
      expect(textOf(other).startsWith(here)).toBe(true);
      expect(textOf(other)).not.toBe(textOf(show));
    }
    expect(textOf(seeded)).not.toBe(textOf(struck));
  });

  test("of a branch keeps both seeds, and steps back over where they came in", async () => {
    const { show, branches } = simShow(clocks, settings);
    await show.act({ do: "branch", seed: 5 });
    await branches[0]!.act({ do: "step", by: 30 });
    await branches[0]!.act({ do: "branch", seed: 6 });
    const branch = branches[1]!;
    await branch.act({ do: "step", by: 30 });
    const moment = momentOf(branch);
    await branch.act({ do: "step", by: -45 });
    await branch.act({ do: "step", by: 45 });
    expect(momentOf(branch)).toEqual(moment);
    expect(JSON.parse(branch.frame().repeat)[1]).toEqual([
      { turn: 0, seed: 5 },
      { turn: 30, seed: 6 },
    ]);
    // The first seed counts from the very beginning.
    await show.act(end(show.info));
    await branches[0]!.act(end(show.info));
    expect(textOf(branches[0]!)).not.toBe(textOf(show));
  });
});

test("a handler that throws ends the run, says so, and the run can be taken back", async () => {
  const doomed: AnySystem = {
    ...clocks,
    name: "doomed",
    processes: (params) =>
      clocks.processes(clocks.parse(params)).map((member) => ({
        ...member,
        process: {
          ...member.process,
          idle: (state: unknown, context: { readonly now: number }) => {
            if (context.now > 1_000_000) throw new Error("enough");
            return member.process.idle!(state, context as never);
          },
        },
      })),
  } as AnySystem;
  const { show } = simShow(doomed, { duration: seconds(9), params: { rates: [9, 5, 2] } });
  await show.act(end(show.info));
  expect(show.frame()).toMatchObject({ ended: true, playing: false });
  expect(show.frame().says).toContain("enough");
  const rows = show.rows.end;
  await show.act({ do: "step", by: 1 });
  expect(show.rows.end).toBe(rows);
  await show.act({ do: "step", by: -1 });
  expect(show.frame()).toMatchObject({ ended: false, says: null });
});

/** What frames say, reckoned anew from all events so far. */
function naive(trace: Trace, rates: readonly number[], events: readonly TraceEvent[]) {
  const own = trace.names.map((_, process) => events.filter((event) => event.process === process));
  const last = (process: number, ...kinds: string[]) =>
    own[process]!.filter(({ kind }) => kinds.includes(kind)).at(-1);
  const count = (...kinds: string[]): number =>
    events.filter(({ kind }) => kinds.includes(kind)).length;
  return {
    messages: { sent: count("send", "copy"), received: count("receive"), lost: count("drop") },
    standings: trace.names.map((_, process) => {
      const inner = own[process]!.filter(({ kind }) => kind !== "fault" && kind !== "drop");
      const fate = last(process, "start", "crash", "pause", "resume")?.kind ?? "crash";
      const alive = inner.filter(({ kind }) => kind !== "crash").at(-1);
      return {
        lamport: alive?.lamport ?? 0,
        waiting: (inner.at(-1)?.kind === "crash" ? 0 : inner.at(-1)?.inbox) ?? 0,
        state: { start: 0, resume: 0, crash: 1, pause: 2 }[fate as "start"],
        incarnation: alive?.incarnation ?? 0,
        events: own[process]!.length,
        rate: Number(last(process, "rate")?.detail ?? rates[process]),
        lastAt: own[process]!.at(-1)?.timeMicros ?? 0,
      };
    }),
  };
}

describe("a kept run", () => {
  const settings: RunSettings = {
    duration: seconds(8),
    params: { rates: [9, 5, 2], internal: 0.2 },
    links: { loss: 0.1, duplicate: 0.1 },
    faults: ["crash machine_2 2s..4s", "pause machine_1 3s..5s", "slow machine_3 1s..6s 1"].map(
      parseFault,
    ),
  };
  const trace = simulate(clocks, settings);
  const events = [...trace];
  const texts = trace.batches.map(linesOf).join("").trim().split("\n");
  const { rates } = sim.start(clocks, trace.run, null);

  function kept(stored?: (process: number) => ReadonlyMap<string, Json>): KeptShow {
    const log = new RowLog(Number.POSITIVE_INFINITY);
    for (const batch of trace.batches) log.add(batch);
    return new KeptShow({
      info: { ...infoOf(trace.run, trace.names, rates), source: "kept" },
      ...{ log, duration: trace.run.duration, stored, audit: undefined, view: undefined },
      ...{ repeat: "again", says: null, speed: 1 },
    });
  }

  const saysWhat = (show: KeptShow, rows: number): void => {
    const { standings, messages, ...frame } = show.frame();
    const expected = naive(trace, rates, events.slice(0, rows));
    expect(frame.rows).toBe(rows);
    expect(messages).toEqual(expected.messages);
    const sideBySide = trace.names.map((_, process) => {
      const { last: _last, ...columns } = standings;
      return Object.fromEntries(
        Object.entries(columns).map(([name, column]) => [name, column[process]]),
      );
    });
    expect(sideBySide).toEqual(expected.standings);
    expect(textOf(show)).toBe(
      texts
        .slice(0, rows)
        .map((text) => `${text}\n`)
        .join(""),
    );
  };

  const move = fc.oneof(
    fc.record({ do: fc.constant("step" as const), by: fc.integer({ min: -60, max: 60 }) }),
    fc.record({ do: fc.constant("seek" as const), at: fc.integer({ min: 0, max: seconds(8) }) }),
  );

  test("says at any moment what its trace says, however it came there", () => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 8 }), (moves) => {
        const show = kept();
        let row = 0;
        for (const act of moves) {
          const had = { rows: show.rows.end, cuts: show.cuts.count };
          show.act(act);
          row =
            act.do === "step"
              ? Math.min(Math.max(0, row + act.by), events.length)
              : events.filter(({ timeMicros }) => timeMicros <= act.at).length;
          expect(show.cuts.since(had.cuts)).toBe(row < had.rows ? row : undefined);
        }
        saysWhat(show, row);
      }),
      { numRuns: 60 },
    );
  });

  test("shows who waits in an inbox, as the simulation has it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: seconds(8) }), (at) => {
        const running = sim.start(clocks, trace.run, null);
        running.to(micros(at));
        const show = kept();
        show.act({ do: "seek", at });
        for (const process of trace.names.keys()) {
          const { from, inbox, more } = show.look(process);
          expect(from).toBe("trace");
          expect(inbox.map(([sender]) => sender)).toEqual(
            [...running.inbox(process)].map(([sender]) => sender),
          );
          expect(more.inbox).toBe(0);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("shows stores as they were kept at its end alone, and before that the names of keys", () => {
    const made = simulate(factory, plant);
    const running = sim.start(factory, made.run, null);
    running.to(made.run.duration);
    const log = new RowLog(Number.POSITIVE_INFINITY);
    for (const batch of made.batches) log.add(batch);
    const show = new KeptShow({
      info: infoOf(made.run, made.names, running.rates),
      ...{ log, duration: made.run.duration, audit: undefined, view: undefined },
      stored: (process) => running.store.stored(process).keyed,
      ...{ repeat: "", says: null, speed: 1 },
    });
    show.act({ do: "step", by: log.end });
    const atEnd = show.look(1);
    expect(atEnd.from).toBe("trace and stores");
    expect(new Map(atEnd.stored)).toEqual(running.store.stored(1).keyed);
    show.act({ do: "step", by: -1 });
    const before = show.look(1);
    expect(before.from).toBe("trace");
    expect(before.stored.length).toBeGreaterThan(2);
    expect(before.stored.every(([, value]) => value === null)).toBe(true);
    const keys = (look: typeof before) => look.stored.map(([key]) => key).sort();
    // The last row is no commit of this one.
    expect(keys(before)).toEqual(keys(atEnd));
  });

  test("cannot be struck or branched", () => {
    for (const act of [{ do: "fault", text: "crash machine_1 1s" }, { do: "branch" }] as const) {
      expect(() => kept().act(act)).toThrow(`a kept run cannot ${act.do}`);
    }
  });
});
