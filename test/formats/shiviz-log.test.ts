// Logs of others, read: what their clocks say is what the trace says, and clocks that are none are refused.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { verify } from "../../src/checks/checks.ts";
import { importedShow } from "../../src/cli/view/imported.ts";
import type { Imported } from "../../src/formats/imported.ts";
import { LinePattern } from "../../src/formats/line-pattern.ts";
import { shiviz } from "../../src/formats/shiviz.ts";
import { shivizLog } from "../../src/formats/shiviz-log.ts";
import { HappensBefore } from "../../src/trace/happens-before.ts";
import { Trace } from "../../src/trace/trace.ts";
import { orreryIn } from "../orrery.ts";
import { clocksRun, exported, factoryRun, SEEDS } from "./exported.ts";

const traceOf = ({ header, batches }: Imported): Trace =>
  new Trace(header.run, header.names, batches);

type Made = { readonly host: number; readonly clock: readonly number[] };

/** Events of five hosts, each knowing some earlier ones besides its own. */
const history = fc
  .array(fc.record({ host: fc.nat(4), told: fc.array(fc.nat(), { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((steps) => {
    const made: Made[] = [];
    const last = new Map<number, Made>();
    for (const { host, told } of steps) {
      const causes = told.flatMap((index) => made[index % (made.length || 1)] ?? []);
      const known = [...causes, ...(last.has(host) ? [last.get(host)!] : [])];
      const clock = [0, 1, 2, 3, 4].map((each) =>
        Math.max(0, ...known.map((event) => event.clock[each]!)),
      );
      clock[host]!++;
      const event = { host, clock };
      last.set(host, event);
      made.push(event);
    }
    return made;
  });

const lineOf = ({ host, clock }: Made, index: number): string => {
  const entries = clock.flatMap((value, each) => (value === 0 ? [] : [[`h${each}`, value]]));
  return `e${index}\nh${host} ${JSON.stringify(Object.fromEntries(entries))}\n`;
};

test("happens-before of the trace is that of the log's clocks, in whatever order its lines stand", () => {
  const shuffled = history.chain((made) =>
    fc.tuple(
      fc.constant(made),
      fc.shuffledSubarray([...made.keys()], { minLength: made.length, maxLength: made.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([made, lines]) => {
      const text = lines.map((index) => lineOf(made[index]!, index)).join("");
      const trace = traceOf(shivizLog(text, "made.log"));
      for (const { check, result } of verify(trace)) {
        // A log may well break what links promise: only clocks are its own.
        if (/clock/.test(check)) expect([check, result]).toEqual([check, "holds"]);
      }
      const rows = made.map((): number[] => []);
      for (const { kind, detail, sequence } of trace) {
        if (kind === "start" || kind === "copy") continue;
        const said = typeof detail === "string" ? detail : (detail as { name: string }).name;
        rows[Number(said.slice(1))]!.push(sequence);
      }
      const order = new HappensBefore(trace);
      made.forEach((a, first) => {
        made.forEach((b, second) => {
          if (first === second) return;
          const before = a.clock[a.host]! <= b.clock[a.host]!;
          expect(order.before(rows[first]![0]!, rows[second]!.at(-1)!)).toBe(before);
        });
      });
    }),
    { numRuns: 300 },
  );
});

test("what we export we read: the same hosts, events and times", () => {
  for (const trace of [...SEEDS.map(clocksRun), factoryRun(2)]) {
    const { text, events } = exported(shiviz, trace);
    const { header, batches, says } = shivizLog(text, "ours.log");
    expect(says[0]).toContain(`${events.toLocaleString("en")} events of ${header.names.length}`);
    expect(says[2]).toBe("times are the log's");
    const read = [...traceOf({ header, batches, says })];
    const receives = [...trace].filter(({ kind }) => kind === "receive");
    const times = new Set(read.map(({ timeMicros }) => timeMicros));
    for (const { timeMicros } of receives) expect(times.has(timeMicros)).toBe(true);
  }
});

const GOVECTOR = `a {"a":1}
Initialization Complete
b {"b":1}
Initialization Complete
a {"a":2}
Sending
b {"a":2,"b":2}
Received
`;
const kindsOf = (text: string): readonly string[] =>
  [...traceOf(shivizLog(text, "x.log"))].map(({ kind }) => kind);
const DEFAULT = 'x\na {"a":1}\ny\nb {"a":1,"b":1}\n';

describe("logs of all kinds", () => {
  test("of GoVector, whose hosts stand first", () => {
    const { header, says } = shivizLog(GOVECTOR, "govector.log");
    expect(header.names).toEqual(["a", "b"]);
    expect(says[0]).toBe("4 events of 2 hosts, 1 message by their clocks");
    expect(kindsOf(GOVECTOR).slice(2).sort()).toEqual(["internal", "internal", "receive", "send"]);
  });

  test.each([
    ["without a header", DEFAULT],
    ["with a blank header", `\n\n${DEFAULT}`],
    ["with lines that end as on Windows", DEFAULT.replaceAll("\n", "\r\n")],
    ["with escaped quotes", DEFAULT.replaceAll('"', '\\"')],
    ["without a last line end", DEFAULT.trimEnd()],
    [
      "with a pattern and fields of its own",
      `^(?<host>\\w+): (?<event>.*) \\[(?<x>[^\\]]*)\\] (?<clock>\\{.*\\})$\n\na: x [1] {"a":1}\nb: y [2] {"a":1,"b":1}\n`,
    ],
    [
      "of two executions",
      `(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n=== (?<trace>.*) ===\n=== 1 ===\n${DEFAULT}=== 2 ===\nz\nc {"c":1}\n`,
    ],
  ])("%s", (_, text) => {
    expect(kindsOf(text)).toEqual(["start", "start", "send", "receive"]);
  });

  test("lines that belong to no event are told", () => {
    expect(shivizLog(`${DEFAULT}stray\n`, "x.log").says).toContain(
      "lines that belong to no event: 1, the first is line 5",
    );
  });
});

describe("a log is refused, and the line is named, if", () => {
  const of = (...events: readonly (readonly [string, object])[]): string =>
    events.map(([host, clock]) => `x\n${host} ${JSON.stringify(clock)}\n`).join("");
  test.each([
    [
      "a count begins at 2",
      of(["a", { a: 2 }], ["b", { b: 1 }]),
      /line 1: the count of a begins with 2/,
    ],
    ["a count is beyond all events", of(["a", { a: 2 }]), /line 1: a counts 2 events, more than/],
    [
      "a count jumps",
      of(["a", { a: 1 }], ["a", { a: 3 }], ["b", { b: 1 }]),
      /line 3: the count of a jumps from 1 to 3/,
    ],
    [
      "a count is twice",
      of(["a", { a: 1 }], ["a", { a: 1 }]),
      /line 3: a counts 1 events, and so did/,
    ],
    [
      "a host does not count itself",
      of(["a", { b: 1 }], ["b", { b: 1 }]),
      /line 1: a does not count itself/,
    ],
    ["a host is unknown", of(["a", { a: 1, z: 1 }]), /line 1: z is no host/],
    [
      "a value is above what there is",
      of(["a", { a: 1 }], ["b", { b: 1, a: 2 }]),
      /line 3: a has 1 events, not 2/,
    ],
    ["a value counts nothing", of(["a", { a: 1, b: -1 }]), /line 1: b is -1/],
    ["a value is text", of(["a", { a: "1" }]), /line 1: a is "1"/],
    [
      "a clock forgets",
      of(["b", { b: 1 }], ["a", { a: 1, b: 1 }], ["a", { a: 2 }]),
      /line 5: its clock has 0 for b, but it knows of line 3/,
    ],
    [
      "a clock is not closed",
      of(["c", { c: 1 }], ["b", { b: 1, c: 1 }], ["a", { a: 1, b: 1 }]),
      /line 5: its clock has 0 for c/,
    ],
    [
      "each is before the other",
      of(["a", { a: 1, b: 1 }], ["b", { a: 1, b: 1 }]),
      /line [13]: it and line [13] would each be before the other/,
    ],
  ])("%s", (_, text, says) => {
    const read = () => shivizLog(text, "x.log");
    expect(read).toThrow(says);
    expect(read).toThrow(expect.objectContaining({ code: "log/clocks" }));
  });

  test.each([
    ["a clock is no JSON", 'x\na {"a":}\n', /line 1: the clock of a is not JSON/],
    ["there are no events", "nothing\nto see\n", /has no events/],
    ["its pattern lacks a group", "(?<event>.*)(?<host>)(?<clock>\n\n", /says more than/],
    [
      "its pattern backtracks",
      `(?<event>(a+)+)\\n(?<host>\\S*) (?<clock>{.*})\n\n${DEFAULT}`,
      /says more/,
    ],
    [
      "its pattern is none",
      `(?<event>[z-a])\\n(?<host>\\S*) (?<clock>{.*})\n\n${DEFAULT}`,
      /says more/,
    ],
    [
      "two groups have a name",
      `(?<event>.*)(?<event>.)\\n(?<host>\\S*) (?<clock>{.*})\n\n${DEFAULT}`,
      /says more/,
    ],
    [
      "its pattern chooses",
      `(?<event>a|b)\\n(?<host>\\S*) (?<clock>{.*})\n\n${DEFAULT}`,
      /says more/,
    ],
  ])("%s", (_, text, says) => {
    expect(() => shivizLog(text, "x.log")).toThrow(says);
    expect(() => shivizLog(text, "x.log")).toThrow(
      expect.objectContaining({ code: "log/unreadable" }),
    );
  });

  test("it has too many hosts", () => {
    const text = of(
      ...Array.from({ length: 10_001 }, (_, at) => [`h${at}`, { [`h${at}`]: 1 }] as const),
    );
    expect(() => shivizLog(text, "x.log")).toThrow(/line 20001: at most 10000 hosts/);
  });
});

test("a pattern from anywhere takes no longer than its line is long", () => {
  const hostile = `(?<event>.*.*.*.*.*.*.*.*x)\\n(?<host>\\S*) (?<clock>{.*})\n\n${"a".repeat(20_000)}\n`;
  const began = performance.now();
  expect(() => shivizLog(hostile, "x.log")).toThrow(/has no events/);
  expect(performance.now() - began).toBeLessThan(2_000);
});

test("where a pattern leaves it open who takes what, the first take most, as in any pattern", () => {
  const parts = fc.constantFrom(
    ".*",
    ".*?",
    "a*",
    "a+?",
    "[ab]+",
    "a",
    "b",
    String.raw`\S*`,
    "a?",
    "{",
    " ",
  );
  const pattern = fc.array(fc.tuple(parts, fc.boolean()), { minLength: 1, maxLength: 6 });
  const line = fc.string({ unit: fc.constantFrom("a", "b", "{", " "), maxLength: 12 });
  fc.assert(
    fc.property(pattern, line, (made, text) => {
      const source = made
        .map(([part, named], at) => (named ? `(?<g${at}>${part})` : part))
        .join("");
      const native = new RegExp(`^${source}$`).exec(text);
      const found = new LinePattern(source).match(text);
      expect(found === undefined).toBe(native === null);
      expect({ ...found }).toEqual({ ...native?.groups });
    }),
    { numRuns: 5_000 },
  );
});

describe("orrery view", () => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("shows a log, replayed, and says what was checked", () => {
    writeFileSync(join(folder, "govector.log"), GOVECTOR);
    const { status, stdout, stderr } = orreryIn(folder, ["view", "govector.log", "--for", "200ms"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^http:/);
    expect(stderr).toContain("4 events of 2 hosts, 1 message by their clocks\n");
    expect(stderr).toContain("clock rules hold");
    const show = importedShow(join(folder, "govector.log"), { id: "log", speed: 1 });
    show.act({ do: "seek", at: 1e9 });
    const { standings, messages, ended } = show.frame();
    expect([standings.lamport, messages.received, ended]).toEqual([[2, 3], 1, true]);
  });

  test("refuses one whose clocks are none", () => {
    writeFileSync(join(folder, "broken.log"), GOVECTOR.replace('"a":2,"b":2', '"a":9,"b":2'));
    const { status, stderr } = orreryIn(folder, ["view", "broken.log"]);
    expect(status).toBe(69);
    expect(stderr).toContain("broken.log, line 7: a has 2 events, not 9");
    expect(orreryIn(folder, ["view", "none.log"]).stderr).toContain("there is no none.log");
  });
});
