import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseFault } from "../../src/core/fault-notation.ts";
import { seconds } from "../../src/core/micros.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { type Started, startOrrery } from "../orrery.ts";
import { until } from "../waiting.ts";
import { counters } from "./counters.mjs";
import { allHold, live, lives } from "./tcp.ts";

const COUNTERS = new URL("./counters.mjs", import.meta.url).pathname;

const of = (trace: Trace, process: number, kind: string) =>
  [...trace].filter((event) => event.process === process && event.kind === kind);

describe("three machines as three OS processes", () => {
  test("tick on time, every tick, and their trace passes every check", () =>
    live(clocks, { duration: seconds(3), params: { rates: [100, 40, 6] } }, async (one) => {
      expect(new Set(one.run.pids.values()).size).toBe(3);
      await one.run.to(seconds(3));
      const { trace, inferred } = await one.trace();
      allHold(trace);
      expect(inferred).toBe(0);
      for (const [process, { ticks, skipped, name }] of one.run.pacing().entries()) {
        const due = 3 * [100, 40, 6][process]!;
        expect([name, ticks, skipped]).toEqual([name, due, 0]);
        const steps = [...trace].filter(
          (event) =>
            event.process === process && ["internal", "send", "receive"].includes(event.kind),
        );
        expect(steps).toHaveLength(due);
      }
    }));

  test("die by kill -9 one after the other, and come back with a later clock", () =>
    live(
      clocks,
      { duration: seconds(30), params: { rates: [50, 50, 50], internal: 0.4 } },
      async (one) => {
        const { run } = one;
        for (const [process, name] of run.names.entries()) {
          await until(() => run.views()[process]!.events > 10, `${name} does something`);
          const pid = run.pids.get(name)!;
          process_kill(pid);
          await until(() => (run.pids.get(name) ?? pid) !== pid, `${name} is started again`);
          await until(() => run.views()[process]!.incarnation === 2, `${name} is up again`);
        }
        // Everybody hears from everybody again.
        const events = run.views().map((view) => view.events);
        await until(
          () => run.views().every((view, at) => view.events > events[at]! + 20),
          "all go on",
        );
        const { trace, inferred } = await one.trace();
        allHold(trace);
        expect(inferred).toBe(0);
        for (const process of [0, 1, 2]) {
          expect(of(trace, process, "crash")).toHaveLength(1);
          expect(of(trace, process, "recover")).toHaveLength(1);
          const late = [...trace].filter((event) => event.incarnation === 2);
          expect(late.some((event) => event.kind === "receive" && event.process === process)).toBe(
            true,
          );
          expect(
            late.some(({ kind, message }) => kind === "receive" && message?.process === process),
          ).toBe(true);
        }
        expect(one.said.filter((line) => line.endsWith("was killed"))).toHaveLength(3);
      },
    ));

  test("suffer what was planned: crash, pause, partition, loss and delay, each traced", () => {
    const faults = [
      "crash machine_2 1s..2s",
      "pause machine_1 1s..2s",
      "partition machine_3|* 2s..3s",
      "loss machine_1>machine_2 3s..4s 1",
      "delay machine_2|machine_3 3s..4s 200ms",
      "crash machine_3 3200ms..4s after-commit",
    ].map(parseFault);
    const settings = {
      duration: seconds(5),
      params: { rates: [50, 40, 30], internal: 0.3 },
      faults,
    };
    return live(clocks, settings, async (one) => {
      await one.run.to(seconds(5));
      const { trace, inferred } = await one.trace();
      allHold(trace);
      expect(inferred).toBe(0);
      const [crash] = of(trace, 1, "crash");
      const [recover] = of(trace, 1, "recover");
      expect(crash!.timeMicros).toBeGreaterThan(seconds(1) - 1);
      expect(recover!.timeMicros).toBeGreaterThan(seconds(2) - 1);
      expect(of(trace, 2, "crash")).toHaveLength(1);
      expect(of(trace, 0, "pause")).toHaveLength(1);
      const [pause, resume] = [of(trace, 0, "pause")[0]!, of(trace, 0, "resume")[0]!];
      const meanwhile = [...trace].filter(
        ({ process, sequence, kind }) =>
          process === 0 &&
          sequence > pause.sequence &&
          sequence < resume.sequence &&
          kind !== "drop" &&
          kind !== "fault" &&
          kind !== "arrive",
      );
      expect(meanwhile).toEqual([]);
      expect([...trace].filter(({ kind }) => kind === "fault")).toHaveLength(6);
      const reasons = new Set(
        [...trace].filter(({ kind }) => kind === "drop").map((e) => e.detail),
      );
      expect(reasons).toContain("partition");
      expect(reasons).toContain("lost");
      const cut = [...trace].filter(({ detail }) => detail === "partition");
      for (const { timeMicros, process, peer } of cut) {
        expect(timeMicros).toBeGreaterThanOrEqual(seconds(2));
        // A busy host does at once, and late, what was due before the end and what is due after it.
        expect(timeMicros).toBeLessThan(seconds(4));
        expect([process, peer]).toContain(2);
      }
    });
  });

  test("take faults that are injected while they run", () =>
    live(clocks, { duration: seconds(30), params: { rates: [30, 30, 30] } }, async (one) => {
      const begun = () => one.run.views().every(({ incarnation }) => incarnation === 1);
      await until(begun, "all have begun: of who is killed before, no record tells");
      one.run.inject(parseFault("pause machine_1 0s..1s"));
      one.run.inject(parseFault("crash machine_2 0s..1s"));
      one.run.inject(parseFault("partition machine_3|* 0s..1s"));
      await until(() => one.run.views()[1]!.incarnation === 2, "it recovers");
      const { trace } = await one.trace();
      allHold(trace);
      expect(of(trace, 0, "pause")).toHaveLength(1);
      expect(of(trace, 1, "crash")).toHaveLength(1);
      expect([...trace].some(({ detail }) => detail === "partition")).toBe(true);
    }));
});

describe("a system that stores", () => {
  test.each([1, 3])("keeps what it put, whoever is killed; %i processes a worker", (perWorker) =>
    live(
      counters,
      {
        duration: seconds(30),
        links: { duplicate: 0.1, loss: 0.1 },
        faults: ["crash c_1 200ms..900ms between-copies", "crash c_2 300ms..1s before-commit"].map(
          parseFault,
        ),
      },
      async (one) => {
        const { run } = one;
        await until(() => run.views().some((view) => view.incarnation === 2), "one came back");
        if (perWorker === 1) {
          const pid = run.pids.get("c_3")!;
          process_kill(pid);
          await until(() => run.views()[2]!.incarnation === 2, "c_3 came back");
        }
        await until(() => run.views().every(({ events }) => events > 200), "all go on");
        const { trace } = await one.trace();
        allHold(trace);
        // A process notes what it found in its store, and what it has put; no note goes back.
        for (const process of [0, 1, 2]) {
          let put = 0;
          for (const { detail } of of(trace, process, "internal")) {
            const { name, fields } = detail as { name: string; fields: { count: number } };
            if (name === "put") {
              expect(fields.count).toBe(put + 1);
              put = fields.count;
            } else {
              expect(fields.count).toBeGreaterThanOrEqual(put);
              put = fields.count;
            }
          }
          expect(put).toBeGreaterThan(10);
        }
      },
      { name: COUNTERS, perWorker },
    ),
  );
});

test("20 machines run as 20 OS processes", { timeout: 120_000 }, () =>
  live(clocks, { duration: seconds(3), params: { machines: 20 } }, async (one) => {
    expect(new Set(one.run.pids.values()).size).toBe(20);
    await one.run.to(seconds(3));
    const { trace } = await one.trace();
    allHold(trace);
    expect(new Set([...trace].map(({ process }) => process)).size).toBe(20);
    for (const { skipped } of one.run.pacing()) expect(skipped).toBe(0);
  }),
);

test("200 machines share 4 OS processes", { timeout: 120_000 }, () =>
  live(
    clocks,
    { duration: seconds(3), params: { machines: 200 } },
    async (one) => {
      expect(new Set(one.run.pids.values()).size).toBe(4);
      await one.run.to(seconds(3));
      const { trace, inferred } = await one.trace();
      allHold(trace);
      expect(inferred).toBe(0);
      expect(new Set([...trace].map(({ process }) => process)).size).toBe(200);
    },
    { perWorker: 50 },
  ),
);

/** `process` is shadowed by loops over processes. */
const process_kill = (pid: number): void => void process.kill(pid, "SIGKILL");

/** The OS processes that a program started, and theirs; as the system lists them. */
function descendants(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        return [[Number(entry), parent] as const];
      } catch {
        return [];
      }
    });
  const found = [pid];
  for (const each of found) {
    for (const [child, parent] of parents) if (parent === each) found.push(child);
  }
  return found.slice(1);
}

async function started(folder: string, ...args: string[]): Promise<Started> {
  const run = startOrrery(folder, ["run", "clocks", "--on", "tcp", ...args]);
  const records = join(folder, "out", "records");
  const begun = (): boolean => {
    try {
      return (
        readdirSync(records).length === 4 &&
        readFileSync(join(records, "machine_1.record"), "utf8").split("\n").length > 6
      );
    } catch {
      return false;
    }
  };
  await until(begun, run.said);
  return run;
}

describe.skipIf(process.platform !== "linux")("the command line", () => {
  const within = async (use: (folder: string) => Promise<void>): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), "orrery-cli-"));
    try {
      await use(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  test("leaves no OS process when its supervisor is killed, not even one that is stopped", () =>
    within(async (folder) => {
      const fault = ["--fault", "pause machine_2 100ms..50s", "--set", "rates=50,50,50"];
      const { child } = await started(folder, "--for", "60s", "--out", "out", ...fault);
      const all = descendants(child.pid!);
      expect(all.length).toBeGreaterThanOrEqual(4);
      const stopped = (pid: number): boolean =>
        /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      await until(() => all.some(stopped), "a worker is stopped");
      child.kill("SIGKILL");
      await until(() => !all.some(lives), "all are gone");
    }));

  test("keeps what was done when it is told to stop, and says so", () =>
    within(async (folder) => {
      const args = ["--for", "60s", "--out", "out", "--json"];
      const { child, stdout, ended } = await started(folder, ...args);
      const all = descendants(child.pid!);
      child.kill("SIGINT");
      expect(await ended).toBe(130);
      await until(() => !all.some(lives), "all are gone");
      const told = JSON.parse(stdout());
      expect(told).toMatchObject({ runtime: "tcp", system: "clocks" });
      expect(told.verdicts.every(({ result }: { result: string }) => result === "holds")).toBe(
        true,
      );
      expect(told.pacing).toHaveLength(3);
      expect(readdirSync(join(folder, "out"))).toEqual(
        expect.arrayContaining(["trace.parquet", "logs", "figures", "verdicts.json", "records"]),
      );
    }));
});
