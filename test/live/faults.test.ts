// Faults of faults: what was found by attacking the runtime, so that it stays found.
import { describe, expect, test } from "vitest";
import { parseFault } from "../../src/core/fault-notation.ts";
import { seconds } from "../../src/core/micros.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { until } from "../waiting.ts";
import { shouter } from "./shouter.mjs";
import { allHold, live } from "./tcp.ts";

const kindsOf = (trace: Trace, process: number): string[] =>
  [...trace]
    .filter((event) => event.process === process)
    .map(({ kind }) => kind)
    .filter((kind) => ["start", "crash", "recover", "pause", "resume"].includes(kind));

const rates = { rates: [40, 40, 40] };

describe("faults that overlap", () => {
  test.each([1, 3])("a pause that spans a crash holds on; %i processes a worker", (perWorker) => {
    const faults = ["pause machine_1 500ms..6s", "crash machine_1 1s..1500ms"].map(parseFault);
    return live(
      clocks,
      // Long, as one who is started again may take seconds until he is there, and must still find the pause.
      { duration: seconds(7.5), params: rates, faults },
      async (one) => {
        await one.run.to(seconds(7.5));
        const { trace } = await one.trace();
        allHold(trace);
        expect(kindsOf(trace, 0)).toEqual([
          "start",
          "pause",
          "crash",
          "recover",
          "start",
          "pause",
          "resume",
        ]);
        const steps = [...trace].filter(
          ({ process, kind, timeMicros }) =>
            process === 0 &&
            timeMicros > seconds(1.6) &&
            timeMicros < seconds(5.9) &&
            ["internal", "send", "receive"].includes(kind),
        );
        expect(steps).toEqual([]);
        const after = [...trace].filter(
          ({ process, timeMicros }) => process === 0 && timeMicros > seconds(6.1),
        );
        expect(after.length).toBeGreaterThan(10);
      },
      { perWorker },
    );
  });

  test("a worker killed while one of its processes is paused: the pause ends when it should", () => {
    const faults = ["pause machine_1 500ms..2s", "pause machine_1 2500ms..3s"].map(parseFault);
    return live(clocks, { duration: seconds(4), params: rates, faults }, async (one) => {
      await one.run.to(seconds(1));
      process.kill(one.run.pids.get("machine_1")!, "SIGKILL");
      await one.run.to(seconds(4));
      const { trace } = await one.trace();
      allHold(trace);
      const after = [...trace].filter(
        ({ process: of, timeMicros, kind }) =>
          of === 0 && timeMicros > seconds(3.2) && kind !== "drop",
      );
      expect(after.length).toBeGreaterThan(10);
    });
  });

  test("faults at 0 s strike after the start", () => {
    const faults = ["crash machine_1 0s..500ms", "pause machine_2 0s..500ms"].map(parseFault);
    return live(
      clocks,
      { duration: seconds(1.5), params: rates, faults },
      async (one) => {
        await one.run.to(seconds(1.5));
        const { trace } = await one.trace();
        allHold(trace);
        expect(kindsOf(trace, 0)).toEqual(["start", "crash", "recover", "start"]);
        expect(kindsOf(trace, 1)).toEqual(["start", "pause", "resume"]);
      },
      { perWorker: 3 },
    );
  });

  test("a partition injected while a machine is down is known to it when it is back", () => {
    const faults = [parseFault("crash machine_2 500ms..2s")];
    return live(
      clocks,
      { duration: seconds(4), params: { ...rates, internal: 0.3 }, faults },
      async (one) => {
        await one.run.to(seconds(1.7));
        one.run.inject(parseFault("partition machine_2|* 0s..1300ms"));
        await one.run.to(seconds(4));
        const { trace } = await one.trace();
        allHold(trace);
        const through = [...trace].filter(
          ({ kind, process, peer, timeMicros }) =>
            kind === "arrive" &&
            (process === 1 || peer === 1) &&
            timeMicros > seconds(2) &&
            timeMicros < seconds(2.9),
        );
        expect(through).toEqual([]);
      },
    );
  });

  test("a machine that is killed as it waits to come back comes back", () => {
    const faults = [parseFault("crash machine_2 500ms..2500ms")];
    return live(clocks, { duration: seconds(4), params: rates, faults }, async (one) => {
      await until(() => one.run.now > seconds(0.6) && !one.run.pids.has("machine_2"), "it is down");
      await until(() => one.run.pids.has("machine_2"), "its successor waits");
      process.kill(one.run.pids.get("machine_2")!, "SIGKILL");
      await one.run.to(seconds(4));
      const { trace } = await one.trace();
      allHold(trace);
      expect(kindsOf(trace, 1)).toEqual(["start", "crash", "recover", "start"]);
    });
  });
});

test.each([1, 5])("between copies some leave and some do not; %i processes a worker", (perWorker) =>
  live(
    shouter,
    { duration: seconds(2), faults: [parseFault("crash s_1 500ms between-copies")] },
    async (one) => {
      await one.run.to(seconds(2));
      const { trace } = await one.trace();
      allHold(trace);
      const last = Math.max(
        ...[...trace]
          .filter(({ kind, process }) => kind === "send" && process === 0)
          .map(({ message }) => message!.number),
      );
      const of = (kind: string) =>
        [...trace].filter(
          (event) =>
            event.kind === kind && event.message?.process === 0 && event.message.number === last,
        );
      expect(of("receive")).toHaveLength(2);
      expect(of("drop").map(({ detail }) => detail)).toEqual(["sender crashed", "sender crashed"]);
    },
    { name: new URL("./shouter.mjs", import.meta.url).pathname, perWorker },
  ),
);

test("a fault that is injected while a system is still being loaded is not lost", () =>
  live(
    shouter,
    { duration: seconds(7), faults: [parseFault("crash s_1 500ms..1500ms")] },
    async (one) => {
      // Its successor is started as the run begins, and its module takes 1.5 s.
      await until(() => one.run.now > seconds(0.6) && one.run.pids.has("s_1"), "it is started");
      one.run.inject(parseFault("partition s_1|* 0s..4s"));
      await one.run.to(seconds(7));
      const { trace } = await one.trace();
      allHold(trace);
      // As it was asked for: who writes it down may do so later.
      const { at, until: end } = one.run.suffered.faults.find(({ kind }) => kind === "partition")!;
      const reached = [...trace].filter(
        ({ kind, peer, timeMicros }) =>
          kind === "receive" && peer === 0 && timeMicros > at + seconds(0.2),
      );
      expect(reached.filter(({ timeMicros }) => timeMicros < end!)).toEqual([]);
      expect(reached.length).toBeGreaterThan(0);
    },
    { name: new URL("./slow-shouter.mjs", import.meta.url).pathname },
  ));
