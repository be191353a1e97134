import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { NONE } from "../../src/core/batch.ts";
import { seconds } from "../../src/core/micros.ts";
import { KIND } from "../../src/core/trace-event.ts";
import { placeIn } from "../../src/dashboard/page/place-in.ts";
import { Arrows } from "../../src/dashboard/page/space-time/arrows.ts";
import { reachOf } from "../../src/dashboard/page/space-time/causality.ts";
import { bentCut, crossingOf, straightCut } from "../../src/dashboard/page/space-time/cut.ts";
import { cutAt } from "../../src/dashboard/page/space-time/cut-line.ts";
import { Gathered, isSampled } from "../../src/dashboard/page/space-time/level.ts";
import {
  laidOut,
  laneOf,
  type Pane,
  timeAt,
  xOf,
  yOf,
} from "../../src/dashboard/page/space-time/pane.ts";
import { rowBeside, rowNear, rowOfProcess } from "../../src/dashboard/page/space-time/pointing.ts";
import type { Scene } from "../../src/dashboard/page/space-time/scene.ts";
import { Search } from "../../src/dashboard/page/space-time/search.ts";
import { sceneToSvg } from "../../src/dashboard/page/space-time/svg.ts";
import type { RowBook } from "../../src/dashboard/page/watched/row-book.ts";
import { clocks } from "../../src/systems/clocks/clocks.ts";
import { bookOf, bookOfRows, PANE, type Row, THEME, troubled } from "./fixture.ts";

const QUIET = { reach: null, crossing: null, now: 6e6 };

const trace = troubled(clocks, 2, { params: { machines: 4, rates: 6 } });
const book = bookOf(trace);

/** A hundred machines for a minute: more than can be drawn one by one. */
const crowdTrace = troubled(clocks, 2, { params: { machines: 100 }, duration: seconds(150) });
const crowd = bookOf(crowdTrace);
const CROWD: Pane = laidOut({ ...PANE, processes: 100, to: 150e6 });

function gather(rows: RowBook, pane: Pane): Gathered {
  const gathered = new Gathered();
  gathered.see(rows, pane, null);
  return gathered;
}

describe("levels of detail", () => {
  test("few events are marks, and these are all that are in the pane", () => {
    const pane = { ...PANE, from: 1e6, to: 3e6 };
    const { level, count, rows } = gather(book, pane);
    expect(level).toBe("marks");
    const shown = [...rows.subarray(0, count)].filter((row) => {
      return book.time[row]! >= pane.from && book.time[row]! <= pane.to;
    });
    const wanted = [...trace].filter(({ timeMicros: at }) => at >= pane.from && at <= pane.to);
    expect(shown).toEqual(wanted.map(({ sequence }) => sequence));
  });

  test("more are ticks, and a crowd is columns that count each event in the lanes shown once", () => {
    expect(gather(crowd, { ...CROWD, to: 30e6 }).level).toBe("ticks");
    const dense = { ...CROWD, laneHeight: 3.7, from: 20e6, to: 120e6 };
    const gathered = gather(crowd, dense);
    expect(gathered.level).toBe("density");
    expect(gathered.density.reduce((sum, count) => sum + count)).toBe(
      [...crowdTrace].filter(({ timeMicros: at }) => at >= dense.from && at < dense.to).length,
    );
    const third = { ...CROWD, laneHeight: 20, scroll: 40, to: 600e6 };
    const some = gather(crowd, third);
    const inLanes = [...crowdTrace].filter(({ process }) => {
      return process >= some.firstLane && process <= some.lastLane;
    });
    expect(some.firstLane).toBe(2);
    expect(some.count).toBe(inLanes.length);
    expect(some.density.reduce((sum, count) => sum + count)).toBe(inLanes.length);
  });

  test("a buffer that was used before counts nothing twice", () => {
    const gathered = new Gathered();
    const dense = { ...CROWD, laneHeight: 3.7 };
    gathered.see(crowd, dense, null);
    const first = gathered.density.reduce((sum, count) => sum + count);
    gathered.see(crowd, dense, null);
    expect(gathered.density.reduce((sum, count) => sum + count)).toBe(first);
  });

  test("each sample holds the coarser ones", () => {
    const sample = (oneIn: number): number[] =>
      Array.from({ length: 4_096 }, (_, index) => index).filter((at) => isSampled(at, oneIn));
    for (const oneIn of [1, 2, 4, 8, 16]) {
      const finer = new Set(sample(oneIn));
      expect(finer.size / (4_096 / oneIn)).toBeCloseTo(1, 0);
      for (const at of sample(2 * oneIn)) expect(finer.has(at)).toBe(true);
    }
  });
});

describe("arrows", () => {
  /** All messages of which a part is in a pane's time, found by looking at each. */
  function messagesIn(rows: RowBook, pane: Pane): string[] {
    const found: string[] = [];
    for (let row = 0; row < rows.count; row++) {
      if (!rows.isSend(row)) continue;
      const end = rows.mate[row]!;
      const last = end === NONE ? rows.time[row]! : rows.time[end]!;
      if (last < pane.from || rows.time[row]! > pane.to) continue;
      found.push(`${row} ${end}`);
    }
    return found;
  }

  test("where there is room each message in the pane has one, also if both its ends are outside", () => {
    for (const [from, to] of [
      [0, 6e6],
      [2e6, 2.4e6],
      [3.01e6, 3.011e6],
    ] as const) {
      const pane = { ...PANE, from, to };
      const arrows = new Arrows();
      arrows.choose(book, pane, gather(book, pane), QUIET);
      const drawn = Array.from({ length: arrows.count }, (_, index) => {
        return `${arrows.tails[index]} ${arrows.heads[index]}`;
      });
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(arrows.oneIn).toEqual([1, 1]);
      for (const message of messagesIn(book, pane)) expect(drawn).toContain(message);
      expect(drawn.length).toBeGreaterThan(0);
    }
  });

  test("of too many there is a sample, and what stands out is not thinned with the rest", () => {
    const dense = { ...CROWD, laneHeight: 3.7 };
    const arrows = new Arrows();
    arrows.choose(crowd, dense, gather(crowd, dense), QUIET);
    expect(arrows.all).toBeGreaterThan(1_000);
    expect(arrows.oneIn[0]).toBeGreaterThan(1);
    expect(arrows.count).toBeLessThanOrEqual(350);
    expect(arrows.count).toBeGreaterThan(100);
    const crossing = crossingOf(crowd, straightCut(100, 30e6));
    arrows.choose(crowd, dense, gather(crowd, dense), { ...QUIET, crossing });
    const apart = [...arrows.styles.subarray(0, arrows.count)].filter((style) => style === 4);
    const seen = [...crossing.rows.subarray(0, crowd.count).entries()].filter(
      ([row, mark]) =>
        mark === 1 && laneOf(dense, crowd.process[row]!) !== laneOf(dense, crowd.peer[row]!),
    );
    expect(apart.length).toBe(seen.length);
    expect(apart.length).toBeGreaterThan(0);
  });
});

describe("pointing", () => {
  test("the event under the pointer is found, and none where there is none", () => {
    for (let row = 0; row < book.count; row += 7) {
      const [x, y] = [xOf(PANE, book.time[row]!), yOf(PANE, book.process[row]!)];
      const found = rowNear(book, PANE, x, y);
      expect(book.process[found]).toBe(book.process[row]);
      expect(Math.abs(xOf(PANE, book.time[found]!) - x)).toBeLessThanOrEqual(1);
    }
    expect(rowNear(book, PANE, 500, yOf(PANE, 0) + 30)).toBe(NONE);
    expect(rowNear(book, PANE, 50, yOf(PANE, 0))).toBe(NONE);
  });

  test("walking goes through all events of a process, and to the nearest of another", () => {
    const walked: number[] = [];
    let row = rowOfProcess(book, 2, 0);
    for (; row !== NONE; row = rowBeside(book, row, 1)) walked.push(row);
    expect(walked).toEqual(
      [...trace].filter(({ process }) => process === 2).map(({ sequence }) => sequence),
    );
    const near = rowOfProcess(book, 1, 3e6);
    const distances = [...trace]
      .filter(({ process }) => process === 1)
      .map(({ timeMicros }) => Math.abs(timeMicros - 3e6));
    expect(Math.abs(book.time[near]! - 3e6)).toBe(Math.min(...distances));
    expect(rowBeside(book, walked[0]!, -1)).toBe(NONE);
  });

  test("a cut is held by its line, and in the middle of a lane by the handle there", () => {
    const cut = bentCut(straightCut(4, 2e6), 1, 4e6);
    const y = (process: number): number => yOf(PANE, process);
    expect(cutAt(PANE, cut, xOf(PANE, 2e6), y(0))).toBe(0);
    expect(cutAt(PANE, cut, xOf(PANE, 2e6), y(0) + 20)).toBe("line");
    expect(cutAt(PANE, cut, xOf(PANE, 4e6), y(1))).toBe(1);
    expect(cutAt(PANE, cut, xOf(PANE, 2e6), y(1))).toBeUndefined();
  });
});

describe("search", () => {
  const rows: Row[] = [
    { kind: "send", process: 0, peer: 1, number: 0, sender: 1, detail: "Request" },
    { kind: "receive", process: 1, peer: 0, number: 0, sender: 1, detail: "Request" },
    { kind: "internal", process: 1, detail: { name: "grants", fields: { lease: 42 } } },
    { kind: "internal", process: 0 },
  ];
  const names = ["keeper", "worker_1"];

  test.each([
    ["request", [0, 1]],
    ["worker", [1, 2]],
    ["Worker REQ", [1]],
    ["internal", [2, 3]],
    ["42", [2]],
    ["keeper grants", []],
    ["  ", []],
  ])("%s", (query, found) => {
    const search = new Search(query, names);
    while (search.goOn(bookOfRows(rows), 1));
    expect(search.found).toEqual(found);
  });

  test("rows that come later are found too, and each once", () => {
    const search = new Search("machine_1 receive", trace.names);
    const growing = bookOf(trace);
    while (search.goOn(growing, 50));
    const all = [...trace].filter(({ process, kind }) => process === 0 && kind === "receive");
    expect(all.length).toBeGreaterThan(3);
    expect(search.found).toEqual(all.map(({ sequence }) => sequence));
    search.goOn(growing, 1_000);
    expect(search.found.length).toBe(all.length);
    expect(placeIn([1, 3, 3, 9], 3)).toBe(1);
  });
});

describe("as SVG", () => {
  const scene: Scene = {
    ...{ book, names: trace.names, pane: PANE, palette: THEME, now: 6e6 },
    ...{ reach: null, crossing: null, cut: null, found: [], focus: NONE },
  };
  const inside = (svg: string) => parseHTML(svg).document;

  test("it is one element that needs nothing else, with all names, and a mark for each event", () => {
    const svg = sceneToSvg(scene, 'Clocks <&> "more"');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 1000 400"/);
    expect(svg.match(/https?:/g)).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|url\((?!#)|href|style=/);
    const document = inside(svg);
    expect(document.querySelector("title")?.textContent).toBe('Clocks <&> "more"');
    const texts = [...document.querySelectorAll("text")].map(({ textContent }) => textContent);
    for (const name of trace.names) expect(texts).toContain(name);
    expect(texts).toContain("3 s");
    const sends = [...trace].filter(({ kind }) => kind === "send").length;
    const circle = /a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z/g;
    expect(svg.match(circle)?.length).toBe(sends);
  });

  test("groups are closed, and what is chosen, cut and found is in it", () => {
    const chosen = [...trace].find(({ kind }) => kind === "receive")!.sequence;
    const cut = bentCut(straightCut(4, 3e6), 2, 5e6);
    const svg = sceneToSvg(
      {
        ...scene,
        ...{ reach: reachOf(book, chosen, 4), cut, crossing: crossingOf(book, cut) },
        ...{ found: [0, 1, 2], focus: 5 },
      },
      "A run",
    );
    expect(svg.match(/<g /g)?.length).toBe(svg.match(/<\/g>/g)?.length);
    expect(svg).toContain("cut 3.000 s");
    expect(svg.match(/a7 7 0 1 0 14/g)?.length).toBe(3);
    expect(svg).toContain(`stroke="${THEME.series[0]}"`);
  });

  test("of a hundred processes too", () => {
    const svg = sceneToSvg(
      { ...scene, book: crowd, names: crowdTrace.names, pane: CROWD, now: 150e6 },
      "Many",
    );
    expect(svg).toContain("machine_1");
    expect(svg.length).toBeLessThan(2_000_000);
  });

  test("a fault has its words, a process that is down its break", () => {
    const fault = "partition a|b 1s..2s";
    const broken = bookOfRows([
      { kind: "start", process: 0, time: 0 },
      { kind: "fault", process: 0, time: 1e6, detail: { begin: fault } },
      { kind: "crash", process: 0, time: 2e6 },
      { kind: "recover", process: 0, time: 5e6 },
      { kind: "fault", process: 0, time: 5e6, detail: { end: fault } },
    ]);
    expect(broken.kind[2]).toBe(KIND.crash);
    const svg = sceneToSvg({ ...scene, book: broken, pane: { ...PANE, head: 44 } }, "Faults");
    for (const word of [fault, "crash", "recover", "down"]) expect(svg).toContain(`>${word}<`);
    expect(timeAt(PANE, xOf(PANE, 5e6))).toBeCloseTo(5e6, 3);
  });
});
