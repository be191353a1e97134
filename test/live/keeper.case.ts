// What every keeper must do, by its messages alone: run for the process of `core`, in virtual time and on OS
// processes; whatever else answers these messages has to pass it too.
import { beforeAll, describe, expect, test } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { linearizable } from "../../src/checks/linearizability/linearizable.ts";
import { register } from "../../src/checks/linearizability/models.ts";
import { canonical, type Json } from "../../src/core/json.ts";
import { micros } from "../../src/core/micros.ts";
import type { RunSettings } from "../../src/core/new-run.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { until } from "../waiting.ts";
import type { Clients, Counts, Question } from "./keeper-clients.ts";
import type { Live } from "./tcp.ts";

/** A keeper under test. */
export type KeeperCase = {
  readonly name: string;
  /** Runs these clients with a keeper, the last of the processes, until all have what they want or time is up. */
  readonly run: (asked: Clients, settings: RunSettings) => Promise<Trace>;
  /** What it must stand, by name: each a few runs, in which there is calm at the end. */
  readonly troubles: { readonly [name: string]: readonly RunSettings[] };
};

/** Counters, what each counts to, and those who watch. */
const BUSY: Clients = { scripts: [], counters: 4, count: 8, watchers: 2 };

type Fields = { readonly [field: string]: Json };
type Noted = { readonly process: number; readonly name: string; readonly fields: Fields };

const notesOf = (trace: Trace): readonly Noted[] =>
  [...trace].flatMap(({ kind, process, detail }) =>
    kind === "internal" ? [{ process, ...(detail as { name: string; fields: Fields }) }] : [],
  );

const get = (key: string): Question => ({ kind: "get", key });
const watch = (key: string): Question => ({ kind: "watch", key });
const swap = (key: string, revision: number, value: Json): Question => ({
  kind: "swap",
  ...{ key, revision, value },
});

/** A run in which all counted, and what came of it. */
type Busy = {
  readonly trace: Trace;
  readonly notes: readonly Noted[];
  /** The latest that anybody was told. */
  readonly last: { readonly revision: number; readonly value: Counts };
};

function busy(trace: Trace): Busy {
  const notes = notesOf(trace);
  let last = { revision: 0, value: { nonce: "", counts: {} } as Counts };
  for (const { name, fields } of notes) {
    const { revision, value } = fields as unknown as Busy["last"];
    if ((name === "told" || name === "changed") && revision > last.revision)
      last = { revision, value };
  }
  return { trace, notes, last };
}

type Struck = { readonly calm: number; readonly strike?: () => Promise<void> };

/**
 * The trace of a run on real clocks, µs: quiet for so long; or the keeper's OS process is killed without a plan, after its
 * planned crash, and what else is to be struck is; then it is calm for so long.
 */
export async function keptTrace(
  one: Live,
  how: Struck | { readonly quiet: number },
): Promise<Trace> {
  const { run } = one;
  const struck = "calm" in how;
  if (struck) {
    const incarnation = (): number => run.views().at(-1)!.incarnation;
    await until(() => incarnation() === 2, "the keeper is back");
    process.kill(run.pids.get("keeper")!, "SIGKILL");
    await until(() => incarnation() === 3, "the keeper is back again");
    await how.strike?.();
  }
  await run.to(micros(run.now + (struck ? how.calm : how.quiet)));
  const { trace } = await one.trace();
  expect([...trace].filter(({ kind }) => kind === "crash").length).toBe(struck ? 2 : 0);
  return trace;
}

export function keeperContract({ name, run, troubles }: KeeperCase): void {
  describe(`${name}: a keeper that is asked`, () => {
    const asked = async (...scripts: readonly (readonly Question[])[]): Promise<readonly Noted[]> =>
      notesOf(await run({ scripts, counters: 0, count: 0, watchers: 0 }, {}));
    const answers = async (...questions: readonly Question[]): Promise<readonly Json[][]> =>
      (await asked(questions))
        .filter((note) => note.name === "told")
        .map(({ fields: { kind, revision, value } }) => [kind!, revision!, value!]);

    test("swaps on the current revision alone, by which revisions rise by 1, and else says what there is", async () => {
      expect(
        await answers(
          get("a"),
          swap("a", 0, "first"),
          get("a"),
          swap("a", 0, "late"),
          swap("a", 1, "second"),
          swap("a", 7, "early"),
          swap("a", 1, "late"),
          swap("a", 2, "third"),
          watch("a"),
        ),
      ).toEqual([
        ["ok", 0, null],
        ["ok", 1, "first"],
        ["ok", 1, "first"],
        ["conflict", 1, "first"],
        ["ok", 2, "second"],
        ["conflict", 2, "second"],
        ["conflict", 2, "second"],
        ["ok", 3, "third"],
        ["ok", 3, "third"],
      ]);
    });

    test("keeps keys apart, and values as they were", async () => {
      const value = { deep: [1, null, { "": true }], text: "ключ '\"\\ \u0000", number: 1e-7 };
      expect(
        await answers(
          swap("a", 0, value),
          swap("a/b", 0, [null]),
          swap("a b.c>*", 0, { "": "" }),
          swap("__proto__", 0, 3),
          get("a"),
          get("a/b"),
          get("a b.c>*"),
          get("__proto__"),
          get("b"),
        ),
      ).toEqual([
        ["ok", 1, value],
        ["ok", 1, [null]],
        ["ok", 1, { "": "" }],
        ["ok", 1, 3],
        ["ok", 1, value],
        ["ok", 1, [null]],
        ["ok", 1, { "": "" }],
        ["ok", 1, 3],
        ["ok", 0, null],
      ]);
    });

    test("does a swap once that is asked for again, and shows its writer his own value", async () => {
      const mine = swap("a", 0, { nonce: "mine" });
      expect(await answers(mine, mine, get("a"))).toEqual([
        ["ok", 1, { nonce: "mine" }],
        ["conflict", 1, { nonce: "mine" }],
        ["ok", 1, { nonce: "mine" }],
      ]);
    });

    test("tells others who watch what a swap has made of a key, without being asked again", async () => {
      // Whoever swaps takes his time: by then the other watches.
      const gets = Array.from({ length: 10 }, () => get("b"));
      const notes = await asked([watch("a")], [...gets, swap("a", 0, "v"), swap("a", 1, "w")]);
      const seen = notes.filter(({ process }) => process === 0);
      expect(seen.map(({ name: noted }) => noted)).toContain("changed");
      expect(seen.map(({ fields: { revision, value } }) => [revision, value])).toContainEqual([
        2,
        "w",
      ]);
    });
  });

  describe.each(Object.entries(troubles))(`${name}: a keeper under %s`, (_, runs) => {
    const all: Busy[] = [];
    beforeAll(async () => {
      for (const settings of runs) all.push(busy(await run(BUSY, settings)));
    }, 120_000);

    test("loses no count of those who count by compare-and-set, and makes none up", () => {
      for (const { notes, trace, last } of all) {
        const { counters, count } = BUSY;
        let sum = 0;
        for (let process = 0; process < counters; process++) {
          const counted = notes.filter((of) => of.process === process && of.name === "counted");
          const crashed = [...trace].some((of) => of.process === process && of.kind === "crash");
          const [kept = 0] = last.value.counts[process] ?? [];
          sum += kept;
          expect([trace.run.seed, process, counted.length]).toEqual([
            ...[trace.run.seed, process],
            crashed ? expect.anything() : count,
          ]);
          // Who crashed may have counted without learning of it.
          if (crashed) expect(kept).toBeGreaterThanOrEqual(counted.length);
          else expect(kept).toBe(count);
        }
        expect(last.revision).toBe(sum);
      }
    });

    test("is linearizable", () => {
      for (const { trace } of all) {
        const judged = verify(trace, [linearizable(register([0, null]))]);
        for (const { check, result } of judged)
          expect([trace.run.seed, check, result]).toEqual([trace.run.seed, check, "holds"]);
      }
    });

    test("never says less to a client than it has told him before, nor two things of one revision", () => {
      for (const { trace, notes } of all) {
        const values = new Map<Json, string>();
        for (const { name: noted, process, fields } of notes) {
          if (noted !== "told" && noted !== "changed") continue;
          const { revision, value, least } = fields as { readonly [field: string]: number };
          const said = canonical(value!);
          expect([trace.run.seed, values.get(revision!) ?? said]).toEqual([trace.run.seed, said]);
          values.set(revision!, said);
          if (noted === "changed") continue;
          expect([trace.run.seed, process, revision! >= least!]).toEqual([
            ...[trace.run.seed, process],
            true,
          ]);
        }
      }
    });

    test("lets all who watch know what there is in the end", () => {
      for (const { trace, notes, last } of all) {
        for (let watcher = 0; watcher < BUSY.watchers; watcher++) {
          const seen = notes
            .filter(({ process }) => process === BUSY.counters + watcher)
            .map(({ fields }) => fields.revision as number);
          expect([trace.run.seed, Math.max(...seen)]).toEqual([trace.run.seed, last.revision]);
        }
      }
    });
  });
}
