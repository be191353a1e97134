// `orrery factory plan` as who plans a factory meets it: figures, words, the object of --json, the picture.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { flowGraphFigure } from "../src/figures/flow-graph.ts";
import { orreryIn } from "./orrery.ts";

const ROOT = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "orrery-plan-"));
afterAll(() => rmSync(folder, { recursive: true }));

function plan(name: string, ...args: string[]) {
  const file = join(ROOT, `experiments/factory/${name}.yaml`);
  return orreryIn(folder, ["factory", "plan", file, ...args]);
}

/** What a reader sees, with single spaces. */
const wordsOf = (text: string): string => text.replaceAll(/ +/g, " ");

describe("orrery factory plan", () => {
  test("says what can be made, what limits it, and what each loss costs", () => {
    const { status, stdout } = plan("bicycle");
    expect(status).toBe(0);
    const words = wordsOf(stdout);
    for (const said of [
      "bicycle: 14.40 bicycle an hour, 14.12 with breakdowns and maintenance",
      "Bottleneck: bench, 3 stages; one start more an hour gives 0.48 bicycle",
      "as the original planned: 4.80 an hour, 33 %",
      "bench wheel 3 29.41 29.41 100 % bottleneck",
      "oven-1 2 7.76 54 % 7.39 52 %",
      "Single points of failure: spokes-1, paint-1",
      "spokes bench spoke 1058.8 3",
    ]) {
      expect(words).toContain(said);
    }
  });

  test("with --without it plans for who is left", () => {
    const { stdout } = plan("window-door", "--without", "wood-1", "--arcs");
    expect(stdout).toContain("window-door: 9.13 finished_door an hour without wood-1");
    expect(wordsOf(stdout)).toMatch(/\n wood-2 casing-1 wood \d/);
    expect(stdout).not.toContain("wood-1  ");
    const none = plan("window-door", "--without", "knob");
    expect(none.status).toBe(0);
    expect(none.stdout).toContain("nothing can be made: no live stage makes knob");
    const unknown = plan("window-door", "--without", "wood-3");
    expect(unknown.status).toBe(64);
    expect(unknown.stderr).toContain('--without "wood-3": there is no such stage; ');
  });

  test("of a plant whose bills change it says what can be made by those that it begins with", () => {
    // Four of five planks: saws would be the bottleneck by the greatest bill, at 19 an hour.
    expect(plan("operations").stdout).toContain("operations: 22.80 stool an hour");
  });

  test("--json has it as one object, the same bytes each time", () => {
    const { stdout } = plan("window-door", "--json");
    expect(plan("window-door", "--json").stdout).toBe(stdout);
    const said = JSON.parse(stdout) as {
      readonly nMinusOne: readonly { readonly without: string; readonly share: number }[];
      readonly arcs: readonly unknown[];
    };
    expect(said).toMatchObject({
      item: "finished_door",
      perHour: expect.closeTo(15.84, 4),
      derated: expect.closeTo(15.0857, 4),
      bottleneck: "finished-door",
      shadowPrice: expect.closeTo(0.99, 6),
      oneChain: expect.closeTo(7.92, 6),
      best: true,
    });
    expect(said.nMinusOne.slice(0, 2)).toMatchObject([
      { without: "finished-door-1", share: expect.closeTo(0.5, 6) },
      { without: "wood-1", share: expect.closeTo(0.5767, 3) },
    ]);
    expect(said.arcs).toHaveLength(68);
    expect(said.arcs[0]).toMatchObject({ from: "screws-1", to: "window-frame-1", item: "screws" });
  });

  test("--svg and --out draw it", () => {
    const { status, stdout } = plan("bicycle", "--svg", "own.svg", "--out", "planned");
    expect({ status, end: stdout.trimEnd().split("\n").at(-1) }).toEqual({
      status: 0,
      end: "planned: flow.svg, flow.png, plan.json",
    });
    const svg = readFileSync(join(folder, "own.svg"), "utf8");
    expect(readFileSync(join(folder, "planned/flow.svg"), "utf8")).toBe(svg);
    expect(svg).toBe(readFileSync(join(ROOT, "docs/images/flow.svg"), "utf8"));
    expect(existsSync(join(folder, "planned/flow.png"))).toBe(true);
    expect(plan("bicycle", "--out", "planned").stderr).toContain("planned exists");
  });
});

test("a picture of a flow has each stage, each arc, and what is not used; large classes are one box", () => {
  const many = Array.from({ length: 40 }, (_, index) => ({ name: `saw-${index + 1}`, use: 0.5 }));
  const svg = flowGraphFigure(
    { title: "<plant>", subtitle: "" },
    {
      classes: [
        { name: "saw", note: "wood", stages: many, bottleneck: false, suppliers: [] },
        {
          name: "kiln",
          note: "",
          stages: [{ name: "kiln-1", use: null }],
          bottleneck: false,
          suppliers: [],
        },
        {
          name: "bench",
          note: "",
          stages: [{ name: "bench-1", use: 1 }],
          bottleneck: true,
          suppliers: ["saw", "kiln"],
        },
      ],
      arcs: many.map(({ name }) => ({ from: name, to: "bench-1", item: "wood", share: 1 / 40 })),
    },
  );
  expect(svg).toContain("&lt;plant>".replace(">", "&gt;"));
  expect(svg).toContain(">40 stages<");
  expect(svg).toContain(">50 %<");
  expect(svg).toContain(">down<");
  expect(svg).toContain(">bottleneck<");
  expect(svg.match(/<title>/g)).toHaveLength(1);
  expect(svg.match(/<path d="[^"]+"\/>/g)).toHaveLength(1);
  expect(svg).not.toContain("NaN");
});
