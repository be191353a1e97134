// The architecture as a test: who may import whom, how large files are, which words pure rooms may not
// say, that no file or export is dead, and that links in the docs lead somewhere.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { blockNamed } from "./docs-blocks.ts";

const ROOT = join(import.meta.dirname, "..");
const SRC = join(ROOT, "src");

type Fence = { readonly rooms: readonly string[]; readonly packages: readonly string[] };

/** Each room: the rooms and the packages it may import. `node:` packages are named where they may be. */
const ROOMS: { readonly [room: string]: Fence } = {
  core: { rooms: [], packages: ["zod", "leven"] },
  trace: { rooms: ["core"], packages: ["zod"] },
  checks: { rooms: ["core", "trace"], packages: [] },
  analysis: { rooms: ["core", "trace"], packages: ["simple-statistics", "jstat"] },
  figures: { rooms: ["core"], packages: ["@observablehq/plot", "linkedom"] },
  systems: { rooms: ["core"], packages: ["zod"] },
  runtimes: { rooms: ["core", "trace"], packages: [] },
  hunt: { rooms: ["core", "trace"], packages: [] },
  formats: { rooms: ["core", "trace"], packages: [] },
  experiments: {
    rooms: ["core", "trace", "checks", "analysis", "figures"],
    packages: ["@resvg/resvg-js", "hyparquet", "hyparquet-writer", "yaml", "zod", "node:"],
  },
  dashboard: {
    rooms: ["core", "trace", "analysis", "figures"],
    packages: ["hono", "@hono/node-server", "ws", "zod", "node:"],
  },
  cli: {
    rooms: [
      ...["core", "trace", "checks", "analysis", "figures", "systems"],
      ...["runtimes", "hunt", "formats", "experiments", "dashboard"],
    ],
    packages: ["commander", "cli-progress", "table", "piscina", "node:"],
  },
};

/** What single files, and files of a folder, may import beyond their room. */
const ALSO: { readonly [place: string]: Fence } = {
  "dashboard/page/factory": {
    rooms: ["systems"],
    packages: ["preact", "preact/hooks", "@preact/signals"],
  },
  "dashboard/page/": {
    rooms: [],
    packages: ["preact", "preact/hooks", "@preact/signals", "uplot"],
  },
  "runtimes/real/": { rooms: [], packages: ["node:", "zod", "@photostructure/sqlite"] },
  "runtimes/tcp/": { rooms: [], packages: ["node:", "zod"] },
  "runtimes/maelstrom/": { rooms: [], packages: ["node:"] },
  "runtimes/nats/": {
    rooms: [],
    packages: ["node:", "zod", "@nats-io/transport-node", "@nats-io/jetstream", "@nats-io/kv"],
  },
  "cli/hooks.ts": { rooms: [], packages: ["@swc/wasm-typescript"] },
  "trace/file.ts": { rooms: [], packages: ["hyparquet", "hyparquet-writer", "node:fs"] },
  "systems/clocks/report.ts": { rooms: ["trace", "analysis", "figures"], packages: [] },
  "figures/flow-graph.ts": { rooms: [], packages: ["d3-dag"] },
  "systems/factory/planning/solver.ts": { rooms: [], packages: ["highs"] },
  "systems/factory/checks.ts": { rooms: ["trace", "checks"], packages: [] },
  "systems/factory/measured/metrics.ts": { rooms: ["trace", "analysis"], packages: [] },
  "systems/factory/measured/seed-table.ts": { rooms: ["trace", "analysis"], packages: [] },
  "systems/maelstrom/checks.ts": { rooms: ["trace", "checks"], packages: [] },
  "systems/factory/view": { rooms: ["figures"], packages: [] },
  "systems/factory/measured/report.ts": { rooms: ["trace", "analysis", "figures"], packages: [] },
};

/** Words that a pure room may not say, and what to say instead. */
const BANNED: { readonly [word: string]: string } = {
  Date: "context.now, or a time handed in",
  "Math.random": "context.random(), or Streams",
  setTimeout: "context.setTimer, or a Clock",
  setInterval: "context.setTimer, or a Clock",
  async: "a port",
  await: "a port",
  console: "a note, or a returned value",
  performance: "context.now",
  globalThis: "a parameter",
  "process.env": "a parameter",
};
const IMPURE =
  /^(cli|dashboard|experiments|runtimes\/(real|tcp|nats|maelstrom))\/|^trace\/file\.ts$|^runtimes\/guard\.ts$/;

const LINES_MAX = 400;

function filesUnder(folder: string, wanted: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

const filesIn = (folder: string, wanted: RegExp): string[] =>
  readdirSync(folder)
    .filter((name) => wanted.test(name))
    .map((name) => join(folder, name));

const sources = filesUnder(SRC, /\.tsx?$/).filter((path) => !/\.(test|d)\.ts$/.test(path));
const nameOf = (path: string): string => relative(SRC, path).replaceAll("\\", "/");
const roomOf = (name: string): string => name.split("/")[0]!;
const textOf = (path: string): string => readFileSync(path, "utf8");

/** The code alone: comments and the insides of quotes are free to say what they like. */
const codeOf = (path: string): string =>
  textOf(path)
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replaceAll(/`(?:[^`\\]|\\.)*`/g, "``")
    .replaceAll(/\/\/.*$/gm, "");

const importsOf = (path: string): string[] =>
  [
    ...textOf(path).matchAll(
      /^(?:import|export)\b[^;]*?from "([^"]+)"|^import "([^"]+)"|import\("([^"]+)"\)/gm,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3]!);

describe.each(sources.map((path) => [nameOf(path), path] as const))("%s", (name, path) => {
  test("imports what its room may", () => {
    if (name === "index.ts") return;
    const fence = ROOMS[roomOf(name)];
    expect(fence, `room ${roomOf(name)} is in the table`).toBeDefined();
    const place = Object.keys(ALSO).find((each) => name.startsWith(each));
    const also = ALSO[place ?? ""] ?? { rooms: [], packages: [] };
    const rooms = [roomOf(name), ...fence!.rooms, ...also.rooms];
    const packages = [...fence!.packages, ...also.packages];
    for (const imported of importsOf(path)) {
      if (imported.startsWith(".")) {
        const target = nameOf(join(dirname(path), imported));
        expect(rooms).toContain(roomOf(target));
        // What runtimes share knows of none of them, and none of another.
        const runtime = /^runtimes\/(sim|tcp|nats|maelstrom)\//;
        if (roomOf(name) === "runtimes" && runtime.test(target)) {
          expect(runtime.exec(name)?.[1]).toBe(runtime.exec(target)?.[1]);
        }
      } else {
        const allowed = packages.some(
          (one) => imported === one || (one === "node:" && imported.startsWith(one)),
        );
        expect(allowed, `${name} may import ${imported}`).toBe(true);
      }
    }
  });

  test(`has at most ${LINES_MAX} lines, and says what it is for`, () => {
    expect(textOf(path).split("\n").length).toBeLessThanOrEqual(LINES_MAX);
    expect(textOf(path)).toMatch(/^(?:#!.*\n)?\/\/ |\/\*\*/m);
  });

  test("keeps to the words of a pure room", () => {
    if (IMPURE.test(name)) return;
    for (const [word, instead] of Object.entries(BANNED)) {
      const said = new RegExp(`\\b${word.replace(".", "\\.")}\\b`).test(codeOf(path));
      expect(said, `${name} says ${word}; use ${instead}`).toBe(false);
    }
  });
});

test("every file is reached from the library or the command line", () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const imported of importsOf(path)) {
      if (/^\..*\.tsx?$/.test(imported)) visit(join(dirname(path), imported));
    }
  };
  visit(join(SRC, "index.ts"));
  visit(join(SRC, "cli/main.ts"));
  visit(join(SRC, "cli/experiment/worker.ts"));
  visit(join(SRC, "cli/hunt/check-worker.ts"));
  visit(join(SRC, "cli/hooks.ts"));
  visit(join(SRC, "cli/findings.ts"));
  visit(join(SRC, "cli/real/tcp-worker.ts"));
  visit(join(SRC, "cli/real/nats-worker.ts"));
  visit(join(SRC, "dashboard/page/main.tsx"));
  expect(sources.filter((path) => !reached.has(path)).map(nameOf)).toEqual([]);
});

test("every exported value is used by another file", () => {
  const everything = [
    ...sources,
    ...filesUnder(SRC, /\.test\.ts$/),
    ...filesUnder(join(ROOT, "test"), /\.ts$/),
  ];
  const texts = everything.map((path) => [path, textOf(path)] as const);
  const unused: string[] = [];
  for (const path of sources) {
    for (const [, exported] of textOf(path).matchAll(
      /^export (?:async )?(?:const|function|class) (\w+)/gm,
    )) {
      const word = new RegExp(`\\b${exported}\\b`);
      if (!texts.some(([other, text]) => other !== path && word.test(text))) {
        unused.push(`${nameOf(path)}: ${exported}`);
      }
    }
  }
  expect(unused).toEqual([]);
});

const pages = [...filesUnder(join(ROOT, "docs"), /\.md$/), ...filesIn(ROOT, /\.md$/)];

test.each(pages.map((path) => [relative(ROOT, path), path] as const))(
  "links in %s lead somewhere",
  (_, path) => {
    for (const [, target] of textOf(path).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|#)/.test(target!)) continue;
      const file = join(dirname(path), target!.replace(/#.*$/, ""));
      expect(existsSync(file), `${target} exists`).toBe(true);
    }
  },
);

test.each(["ARCHITECTURE.md", "CONTRIBUTING.md"])("files that %s names are there", (page) => {
  const everything = ["src", "test", "docs", "examples"].flatMap((folder) =>
    filesUnder(join(ROOT, folder), /./).map((path) => `/${relative(ROOT, path)}`),
  );
  const named = [...textOf(join(ROOT, page)).matchAll(/`([\w./-]+\.(?:ts|mjs|json))`/g)];
  expect(named.length).toBeGreaterThan(10);
  const made = /^(failure\.json|verdicts\.json|package-lock\.json)$/; // in a run's folder, or beside these
  for (const [, name] of named) {
    const there = made.test(name!) || everything.some((path) => path.endsWith(`/${name}`));
    expect(there, `${name} is somewhere`).toBe(true);
  }
});

test("ARCHITECTURE.md has every room, and every folder of the repository", () => {
  const text = blockNamed("ARCHITECTURE.md", "rooms");
  const folders = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name);
  const own = ["dist", "node_modules", "runs", "coverage", "logs", "workers"];
  const wanted = [
    ...folders(SRC).map((room) => `\n  ${room}/ `),
    ...folders(join(SRC, "runtimes")).map((runtime) => `${runtime}/`),
    ...folders(join(SRC, "systems")).map((system) => `${system}/`),
    ...folders(join(SRC, "systems/factory")).map((part) => `${part}/`),
    ...folders(ROOT)
      .filter((name) => !own.includes(name))
      .map((name) => `${name}/`),
  ];
  expect(wanted.filter((each) => !text.includes(each))).toEqual([]);
});

test("the lock file records no addresses, and every dependency has its reason", () => {
  expect(textOf(join(ROOT, "package-lock.json"))).not.toMatch(/"resolved": *"http/);
  const reasons = textOf(join(ROOT, "docs/reference/dependencies.md"));
  const manifest = JSON.parse(textOf(join(ROOT, "package.json"))) as {
    readonly [kind in "dependencies" | "devDependencies"]: { readonly [name: string]: string };
  };
  const all = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(all.filter((name) => !name.startsWith("@types/") && !reasons.includes(name))).toEqual([]);
});
