// Figures that a system draws itself, as who runs it meets them: in the folder of the run, and made again of its
// trace alone.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { renderPng } from "../src/experiments/png.ts";
import { orreryIn } from "./orrery.ts";

const ROOT = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "orrery-figures-"));
afterAll(() => rmSync(folder, { recursive: true }));

const orrery = (...args: string[]) => orreryIn(folder, args);

/** Each file of a folder of figures, and what is in it. */
const filesOf = (run: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(join(folder, run, "figures"))
      .sort()
      .map((name) => [name, readFileSync(join(folder, run, "figures", name))]),
  );
const namesOf = (files: ReadonlyMap<string, Buffer>): readonly string[] =>
  [...files.keys()].filter((name) => name.endsWith(".svg")).map((name) => name.slice(0, -4));

describe("a factory's run", () => {
  const bicycle = join(ROOT, "experiments/factory/bicycle.yaml");
  const settings = ["--set", "timeScale=600", "--set", "leader.candidates=3"];
  const crash = ["--fault", "crash bench-1 15s..25s"];
  const ran = orrery("run", bicycle, ...settings, "--for", "40s", ...crash, "--out", "led");
  const files = filesOf("led");

  test("has its own figures, and of the general ones the space-time diagram", () => {
    expect(ran.status).toBe(0);
    const own = ["gantt", "recoveries", "space-time", "states", "throughput", "wip"];
    expect(namesOf(files)).toEqual(own);
    expect(ran.stdout).toContain("throughput, wip, states, gantt, recoveries, space-time;");
  });

  test("has each as SVG that can be read, and as the picture that this is", async () => {
    for (const name of namesOf(files)) {
      // A reader of XML refuses what is not well-formed, so this is more than a look at both ends.
      const drawn = await renderPng(files.get(`${name}.svg`)!.toString());
      expect(drawn.equals(files.get(`${name}.png`)!)).toBe(true);
    }
    const text = files.get("throughput.svg")!.toString();
    for (const word of ["bench-1", "planned", "measured", "stages crashed"]) {
      expect(text).toContain(`>${word}<`);
    }
  });

  test("is drawn again from its trace to the same bytes", () => {
    rmSync(join(folder, "led/figures"), { recursive: true });
    expect(orrery("report", "led").status).toBe(0);
    const again = filesOf("led");
    expect([...again.keys()]).toEqual([...files.keys()]);
    for (const [name, bytes] of again)
      expect([name, bytes.equals(files.get(name)!)]).toEqual([name, true]);
  });
});

describe("a system of one's own", () => {
  writeFileSync(
    join(folder, "ticker.mjs"),
    `const ticker = {
      start: (stored, context) => context.setTimer("tick", 1_000_000) ?? {},
      receive: (state) => state,
      timeout(state, timer, context) {
        context.note("tick", {});
        context.setTimer(timer, 1_000_000);
        return state;
      },
    };
    const drawing = {
      beside: ["jumps", "clocks-and-inboxes"],
      begin(run, names) {
        let ticks = 0;
        return {
          see(batch) { for (const detail of batch.details) if (detail?.name === "tick") ticks++; },
          end: () => [{
            name: "ticks",
            title: "Ticks <&> tocks",
            subtitle: names.join(", "),
            shows: { kind: "shares", parts: [{ name: "ticks", tone: "work" }], rows: [{ name: "<all>", shares: [1], note: ticks + " in all" }] },
          }],
        };
      },
    };
    export default { name: "ticker", parse: () => ({}), processes: () => [{ name: "clock", process: ticker }], drawing };
    `,
  );

  test("says what is to be drawn of its runs, and what not", async () => {
    expect(orrery("run", "./ticker.mjs", "--for", "10s", "--out", "own")).toMatchObject({
      status: 0,
    });
    const files = filesOf("own");
    // Nobody receives anything, so there are no jumps to show.
    expect(namesOf(files)).toEqual(["clocks-and-inboxes", "ticks"]);
    const svg = files.get("ticks.svg")!.toString();
    expect(svg).toContain("ticker, seed 1, 10 s of model time; clock");
    expect(svg).toContain(">10 in all<");
    expect(svg).toContain("Ticks &lt;&amp;&gt; tocks");
    expect(svg).toContain(">&lt;all&gt;<");
    await renderPng(svg);
  });
});
