import { describe, expect, test } from "vitest";
import type { Change, Violation } from "../../../core/audit.ts";
import type { Json } from "../../../core/json.ts";
import type { Stored } from "../../../core/stored.ts";
import { parseFactory } from "../file/params.ts";
import { plantOf } from "../plant.ts";
import { auditStores, FactoryAuditor } from "./auditor.ts";
import { INVARIANTS } from "./invariants.ts";

/** Two saws make lots of 4 bars; two presses take 3 for a plate, which leaves the plant. */
const PLANT = plantOf(
  parseFactory({
    items: { bar: { lot: 4 }, plate: {} },
    segments: {
      cut: { produces: { bar: 1 }, cycle: "1s" },
      press: { produces: { plate: 1 }, consumes: { bar: 3 }, cycle: "1s" },
    },
    equipment: { saw: { segment: "cut", count: 2 }, press: { segment: "press", count: 2 } },
  }),
);
const [SAW, PRESS, OTHER] = [0, 2, 3];
const NAMES = ["saw-1", "saw-2", "press-1", "press-2"];
const STORES = NAMES.map((_, process) => `1-${process}`);

type Commit = readonly [process: number, ...changes: readonly Change[]];

const put = (key: string, value: Json): Change => ({ kind: "put", key, value });
const remove = (key: string): Change => ({ kind: "remove", key });
const append = (log: string, value: Json): Change => ({ kind: "append", log, value });

const idOf = (number: number): string => `saw-1/1-0/${number}`;
const LOT = idOf(1);
const FULL = 4e6;

/** A lot of the saw's, in its record and on its shelf. */
const job = (change: Json = {}, number = 1): Change =>
  append("jobs", {
    ...{ job: number, revision: 0, lot: number, item: "bar", starts: 4, good: 4, amount: FULL },
    ...{ inputs: [], from: 0, to: 1e6, ...(change as object) },
  });
const out = (change: object = {}, number = 1): Change =>
  put(`lot/${number}`, { amount: FULL, state: "available", g: 0, ...change });
const TO_PRESS = { state: "sent", g: 1, to: PRESS, store: "1-2", place: 0, request: "r" };
/** The same at a press. */
const within = (change: object = {}, lot = LOT): Change =>
  put(`in/${lot}`, {
    ...{ from: SAW, item: "bar", amount: FULL, left: FULL, g: 1, place: 0, due: null },
    ...change,
  });
const received = (change: object = {}): Change =>
  append("received", { lot: LOT, from: SAW, item: "bar", amount: FULL, g: 1, ...change });
const memory = (taken: number[], refused: number[] = []): Change =>
  put("from/0/1-0", { settled: 0, taken, refused });
const delivered = append("settled", { lot: 1, fate: "delivered", to: PRESS, store: "1-2", g: 1 });
const running = (amount = 3e6): Change =>
  put("job/1", { revision: 0, from: 2e6, span: 1e6, due: 3e6, inputs: [[LOT, amount]] });
const plate = (change: object = {}): Change =>
  append("jobs", {
    ...{ job: 1, revision: 0, lot: 1, item: "plate", starts: 1, good: 1, amount: 1e6 },
    ...{ inputs: [[LOT, 3e6]], from: 2e6, to: 3e6, ...change },
  });
const shipped = append("settled", { lot: 1, fate: "shipped", amount: 1e6 });

const MADE: Commit = [SAW, job(), out()];
const SENT: Commit = [SAW, out(TO_PRESS)];
const AWAITED: Commit = [PRESS, within({ due: 9e6 })];
const RECEIVED: Commit = [PRESS, within(), received(), memory([0])];
const SETTLED: Commit = [SAW, delivered, remove("lot/1")];
const BEGUN: Commit = [PRESS, within({ left: 1e6 }), running()];
const FINISHED: Commit = [PRESS, remove("job/1"), plate(), shipped];
const HERE = [MADE, SENT, AWAITED, RECEIVED];
const STORY = [...HERE, SETTLED, BEGUN, FINISHED];

function audited(commits: readonly Commit[]): FactoryAuditor {
  const auditor = new FactoryAuditor(PLANT);
  for (const [process, id] of STORES.entries()) auditor.opened(process, id);
  for (const [process, ...changes] of commits) auditor.commit(process, changes);
  return auditor;
}

/** What the stores hold after these commits. */
function storesOf(commits: readonly Commit[]): readonly Stored[] {
  return STORES.map((id, process) => {
    const keyed = new Map<string, Json>();
    const logs = new Map<string, Json[]>();
    for (const change of commits.flatMap(([of, ...changes]) => (of === process ? changes : []))) {
      if (change.kind === "append")
        logs.set(change.log, [...(logs.get(change.log) ?? []), change.value]);
      else if (change.kind === "put") keyed.set(change.key, change.value);
      else keyed.delete(change.key);
    }
    return { id, keyed, logs };
  });
}

const broken = (found: readonly Violation[]): readonly string[] =>
  [...new Set(found.map(({ invariant }) => invariant))].sort();

describe("a lot from the saw to the plate", () => {
  test("is right at every commit, and so are the stores after each", () => {
    for (let length = 1; length <= STORY.length; length++) {
      const commits = STORY.slice(0, length);
      expect(audited(commits).found).toEqual([]);
      expect(auditStores(PLANT, storesOf(commits)).found).toEqual([]);
    }
  });
});

/** A fact that is wrong, which invariants say so, and the commits that make it. */
type Wrong = readonly [invariants: string, fact: string, commits: readonly Commit[]];
const wrong = (invariants: string, fact: string, ...commits: readonly Commit[]): Wrong => [
  invariants,
  fact,
  commits,
];

const LATHE = "lathe-1/1-9/1";
const WRONG: readonly Wrong[] = [
  wrong("I1", "a lot is made and put nowhere", [SAW, job()]),
  wrong("I1", "a lot is put on the shelf as less than was made", [
    SAW,
    job(),
    out({ amount: 3e6 }),
  ]),
  wrong("I1", "a lot is settled and still on hand", ...HERE, [SAW, delivered]),
  wrong("I1", "a lot is delivered that was not received", MADE, SENT, SETTLED),
  wrong("I1", "of a lot something vanishes", ...HERE, [PRESS, within({ left: 1e6 })]),
  wrong("I1", "a lot is received as less than was made", ...HERE.slice(0, 3), [
    PRESS,
    within({ amount: 3e6, left: 3e6 }),
    received({ amount: 3e6 }),
  ]),
  wrong("I1", "a lot that is here is awaited again", ...HERE, AWAITED),
  wrong("I1", "inputs are gone before their output is written", ...HERE, BEGUN, [
    PRESS,
    remove("job/1"),
  ]),
  wrong("I2", "a lot is used and left whole", ...HERE, [PRESS, running()]),
  wrong("I2", "two stages receive a lot", ...HERE, [OTHER, within(), received()]),
  wrong("I2", "a lot in use is on its maker's shelf", ...HERE, [SAW, out({ g: 1 })]),
  wrong("I2", "a lot that is used up comes back", ...STORY, [PRESS, within()]),
  wrong("I2 I5", "a job takes what is still under way", MADE, SENT, AWAITED, [PRESS, running()]),
  wrong("I3", "a lot comes from no job", [SAW, out()]),
  wrong("I3", "a lot is shipped that comes from no job", [PRESS, shipped]),
  wrong("I1", "more is shipped than was made", ...HERE, BEGUN, [
    PRESS,
    remove("job/1"),
    plate(),
    append("settled", { lot: 1, fate: "shipped", amount: 2e6 }),
  ]),
  wrong("I3", "a job is finished twice", MADE, [SAW, job()]),
  wrong("I3", "a lot is made by two jobs", MADE, [SAW, job({ job: 2 })]),
  wrong("I3", "a lot is received twice", ...HERE, [PRESS, received()]),
  wrong("I3", "a lot is settled twice", ...HERE, SETTLED, [SAW, delivered]),
  wrong("I3", "a job starts more than its plan says", [SAW, job({ starts: 5 }), out()]),
  wrong("I3", "a finished job took part of its bill", ...HERE, [
    PRESS,
    within({ left: 2e6 }),
    plate({ inputs: [[LOT, 2e6]] }),
    shipped,
  ]),
  wrong("I4", "a lot is of a maker that there is not", [
    PRESS,
    within({}, LATHE),
    received({ lot: LATHE }),
  ]),
  wrong("I4", "a lot is received that was never made", [PRESS, within(), received()]),
  wrong("I4", "a lot is awaited that is not sent here", MADE, AWAITED),
  wrong("I4", "a lot is awaited in another generation", MADE, SENT, [
    PRESS,
    within({ due: 9e6, g: 2 }),
  ]),
  wrong("I4", "a lot is here, and history does not say so", MADE, SENT, [PRESS, within()]),
  wrong("I5", "a job begins with part of its bill", ...HERE, [
    PRESS,
    within({ left: 2e6 }),
    running(2e6),
  ]),
  wrong("I5", "a job begins with nothing", [
    PRESS,
    put("job/1", { revision: 0, from: 0, span: 1, due: 1, inputs: [] }),
  ]),
  wrong(
    "I6",
    "a stage goes back to an earlier flow",
    [SAW, put("epoch", [1, 2])],
    [SAW, put("epoch", [1, 1])],
  ),
  wrong(
    "I6",
    "a stage follows an earlier leader",
    [SAW, put("epoch", [2, 1])],
    [SAW, put("epoch", [1, 9])],
  ),
  wrong(
    "I7",
    "more is awaited than there is credit for",
    ...Array.from({ length: 9 }, (_, index) => {
      const number = index + 1;
      return [
        [SAW, job({}, number), out({ ...TO_PRESS, place: index }, number)],
        [PRESS, within({ place: index, due: 9e6 }, idOf(number))],
      ] as const;
    }).flat(),
  ),
  wrong(
    "I7",
    "more waits than there is space for",
    ...[1, 2, 3, 4].map((number): Commit => [SAW, job({}, number), out({}, number)]),
  ),
  wrong("I9", "more is good than was started", [
    SAW,
    job({ good: 5, amount: 5e6 }),
    out({ amount: 5e6 }),
  ]),
  wrong("I9", "there is more than the good ones give", [SAW, job({ good: 3 }), out()]),
  wrong("I9", "all is scrap, and there is a lot", [
    SAW,
    job({ good: 0, amount: 0 }),
    out({ amount: 0 }),
  ]),
];

describe("the audit finds that", () => {
  test.each(WRONG)("%s: %s", (invariants, _fact, commits) => {
    expect(broken(audited(commits).found)).toEqual(invariants.split(" "));
    // Which flow was before is not in a store.
    if (invariants === "I6") return;
    const { found } = auditStores(PLANT, storesOf(commits));
    expect(broken(found)).toEqual(expect.arrayContaining(invariants.split(" ")));
  });

  test("each of its invariants can be broken", () => {
    const said = new Set([...WRONG.flatMap(([invariants]) => invariants.split(" ")), "I8"]);
    expect([...said].sort()).toEqual(Object.keys(INVARIANTS));
  });
});

describe("I8: of messages under way", () => {
  const transfer = { lot: LOT, g: 1, place: 0 };
  const sent = { kind: "sent", ...transfer, settled: 0, store: "1-2", item: "bar", amount: FULL };
  const said = (commits: readonly Commit[], from: number, body: object): readonly string[] => {
    const auditor = audited(commits);
    auditor.underway([{ from, to: SAW, body: body as Json }]);
    return broken(auditor.found);
  };
  const refusing = [MADE, SENT, [PRESS, memory([], [0])]] as const;

  test("those that their sender's store bears out are right", () => {
    expect(said([MADE, SENT], SAW, sent)).toEqual([]);
    expect(said(STORY, SAW, sent)).toEqual([]);
    expect(said(HERE, PRESS, { kind: "confirm", ...transfer })).toEqual([]);
    expect(said(refusing, PRESS, { kind: "refuse", ...transfer })).toEqual([]);
  });

  test("those that it does not bear out are found", () => {
    expect(said([MADE], SAW, sent)).toEqual(["I8"]);
    expect(said([MADE], SAW, { ...sent, kind: "recall" })).toEqual(["I8"]);
    expect(said([MADE, SENT], SAW, { ...sent, g: 2 })).toEqual(["I8"]);
    expect(said([MADE, SENT, AWAITED], PRESS, { kind: "confirm", ...transfer })).toEqual(["I8"]);
    expect(said([MADE, SENT], PRESS, { kind: "refuse", ...transfer })).toEqual(["I8"]);
  });

  test("those of a store that is lost since say what that one held", () => {
    const wiped = (commits: readonly Commit[], kind: string): readonly string[] => {
      const auditor = audited(commits);
      auditor.opened(PRESS, "1-2-1");
      auditor.underway([{ from: PRESS, to: SAW, body: { kind, ...transfer } }]);
      return broken(auditor.found);
    };
    expect(wiped(HERE, "confirm")).toEqual([]);
    expect(wiped(refusing, "refuse")).toEqual([]);
    expect(wiped([MADE, SENT], "confirm")).toEqual(["I8"]);
    expect(wiped([MADE, SENT], "refuse")).toEqual(["I8"]);
  });
});

test("stores that are read while work goes on are held against the same ones read later", () => {
  // The saw was read before it sent the lot, the press after it had received it.
  const [before, after] = [storesOf([MADE]), storesOf(HERE)];
  const mixed = STORES.map((_, process) => (process === SAW ? before : after)[process]!);
  expect(broken(auditStores(PLANT, mixed).found)).toEqual(["I2"]);
  expect(auditStores(PLANT, mixed, after).found).toEqual([]);
  const twice = storesOf([...HERE, [SAW, out({ g: 1 })]]);
  expect(broken(auditStores(PLANT, mixed, twice).found)).toEqual(["I2"]);
});

test("what a wiped store knew is lost with it, and nobody else's fault", () => {
  const auditor = audited(STORY);
  auditor.opened(PRESS, "1-2-1");
  auditor.opened(SAW, "1-0-1");
  auditor.commit(SAW, [job(), out()]);
  expect(auditor.found).toEqual([]);
});
