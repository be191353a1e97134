// Sequence diagrams, parsed by Mermaid itself.
import mermaidPackage from "mermaid";
import { beforeAll, expect, test } from "vitest";
import type { Json } from "../../src/core/json.ts";
import { micros, ms } from "../../src/core/micros.ts";
import type { Process, ProcessId } from "../../src/core/process.ts";
import type { System } from "../../src/core/system.ts";
import { type Choice, WHOLE } from "../../src/formats/format.ts";
import { mermaid } from "../../src/formats/mermaid.ts";
import { simulate } from "../../src/runtimes/sim/simulate.ts";
import { ready } from "../../src/systems/factory/planning/solver.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { clocksRun, exported, factoryRun, SEEDS } from "./exported.ts";

beforeAll(async () => {
  await ready();
  // The kinds of diagram are known from the first parse on.
  await mermaidPackage.parse("sequenceDiagram\n  a-)b: c");
});

type Drawn = { readonly from: string; readonly to: string; readonly message: string; type: number };
/** Mermaid's numbers of what it draws. */
const ARROW = 24;
const CROSS = 3;
const NOTE = 2;

/** Mermaid's own stand-ins for entities, as the letters that it will draw. */
const decoded = (text: string): string =>
  text.replaceAll(/ﬂ°°(\d+)¶ß/g, (_, code: string) => String.fromCodePoint(Number(code)));

async function parsed(text: string) {
  const { db } = (await mermaidPackage.mermaidAPI.getDiagramFromText(text)) as unknown as {
    readonly db: {
      readonly getMessages: () => readonly Drawn[];
      readonly getActors: () => ReadonlyMap<string, { readonly description: string }>;
    };
  };
  const drawn = db.getMessages().map((each) => ({ ...each, message: decoded(each.message) }));
  const actors = [...db.getActors()].map(([id, { description }]) => [id, decoded(description)]);
  return { drawn, actors };
}

async function expectRight(trace: Trace, choice: Choice): Promise<readonly Drawn[]> {
  const { text, events } = exported(mermaid, trace, choice);
  const { drawn, actors } = await parsed(text);
  expect(drawn.length).toBe(events);
  expect(events).toBeLessThanOrEqual(50);
  if (events === 0) return drawn;
  for (const [id, name] of actors) expect(trace.names[Number(id!.slice(1))]).toBe(name);
  const inside = [...trace].filter(({ timeMicros: at }) => at >= choice.from && at < choice.to);
  const count = (kind: string): number => inside.filter((event) => event.kind === kind).length;
  const of = (type: number): number => drawn.filter((each) => each.type === type).length;
  if (events < 50) {
    expect([of(ARROW), of(CROSS)]).toEqual([count("receive"), count("drop")]);
    const crashes = drawn.filter(({ message, type }) => type === NOTE && message === "crash");
    expect(crashes.length).toBe(count("crash"));
  }
  return drawn;
}

test.each([
  ["clocks", clocksRun, 1e6],
  ["a factory", factoryRun, 10e3],
] as const)("Mermaid draws each message of 100 seeds of %s", async (_, run, span) => {
  let whole = 0;
  for (const seed of SEEDS) {
    const from = span + seed * 1e3;
    const drawn = await expectRight(run(seed), { ...WHOLE, from, to: from + span });
    if (drawn.length < 50) whole++;
  }
  expect(whole).toBeGreaterThan(50);
});

const WORDS = "end; #1 %%{init}%% <b>a</b>\nloop: end";
/** Says words that mean something to Mermaid. */
const talker: Process<null, Json> = {
  start(_stored, context) {
    context.setTimer(WORDS.slice(0, 40), ms(1));
    return null;
  },
  receive: (state) => state,
  timeout(state, _timer, context) {
    context.note(WORDS, {});
    context.send((1 - context.self) as ProcessId, { kind: WORDS });
    return state;
  },
};
const talkers: System<null> = {
  name: "talkers",
  parse: () => null,
  processes: () => ["end", "b.end"].map((name) => ({ name, process: talker })),
};

test("words that mean something to Mermaid are drawn as they are", async () => {
  const { text } = exported(mermaid, simulate(talkers, { duration: micros(20_000) }));
  const { drawn, actors } = await parsed(text);
  expect(actors.map(([, name]) => name)).toEqual(["end", "b.end"]);
  const notes = drawn.filter(({ type }) => type === NOTE).map(({ message }) => message);
  expect(notes).toContain(`${WORDS} (L 2)`);
  const arrows = drawn.filter(({ type }) => type === ARROW).map(({ message }) => message);
  expect(arrows[0]).toMatch(/^end; #1 %%\{init\}%% <b>a<\/b>\nloop: end \(L 3 → \d+\)$/);
});

/** Sends again before its first commit is durable: links make their copies of both sends after that. */
const hasty: Process<null, Json> = {
  ...talker,
  start(_stored, context) {
    context.put("said", 1);
    context.send((1 - context.self) as ProcessId, { kind: "first" });
    context.setTimer("more", ms(1));
    return null;
  },
  timeout(state, _timer, context) {
    context.put("said", 2);
    context.send((1 - context.self) as ProcessId, { kind: "second" });
    return state;
  },
};

test("a link's copy says what its own send said, also when others were sent since", () => {
  const system: System<null> = {
    ...talkers,
    processes: () => ["a", "b"].map((name) => ({ name, process: hasty })),
  };
  const trace = simulate(system, {
    duration: ms(100),
    links: { duplicate: 1 },
    storeDelay: { kind: "constant", micros: ms(5) },
  });
  const events = [...trace];
  const labels = events.flatMap(({ kind, lamport, message }) => {
    if (kind !== "receive") return [];
    const id = JSON.stringify(message);
    const sent = events.find(
      (each) => each.kind === "send" && JSON.stringify(each.message) === id,
    )!;
    return [`: ${sent.detail} (L ${sent.lamport} → ${lamport})`];
  });
  expect(labels.length).toBe(8);
  const arrows = exported(mermaid, trace).text.match(/(?<=-\)p\d): .*$/gm);
  expect(arrows).toEqual(labels);
});

test("a diagram stops at 50 events and says so; one of nothing is one", async () => {
  const { events, notes, text } = exported(mermaid, factoryRun(1));
  expect([events, notes.length]).toEqual([50, 1]);
  expect((await parsed(text)).drawn.length).toBe(50);
  const nothing = exported(mermaid, clocksRun(1), { ...WHOLE, from: 1e12 });
  expect([nothing.events, (await parsed(nothing.text)).drawn.length]).toEqual([0, 0]);
});

test("what is no diagram is refused", async () => {
  const { text } = exported(mermaid, clocksRun(1));
  expect((await parsed(text)).drawn.length).toBeGreaterThan(10);
  for (const broken of [
    text.replace("sequenceDiagram", "sequence"),
    text.replace("-)", "-]"),
    text.replace(/: .*\n/, "\n"),
    text.replace("  participant", "  end\n  participant"),
  ]) {
    expect(broken).not.toBe(text);
    await expect(parsed(broken)).rejects.toThrow();
  }
});
