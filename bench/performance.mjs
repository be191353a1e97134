// Measures what docs/performance.md shows of virtual time, and writes it there, between the marks of each table:
// node bench/performance.mjs [peers|size|analysis|sweep|start|factory …]   (default: all; some twenty minutes)
// The words around the tables are written by hand. Run it on a machine that does nothing else.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "simple-statistics";
import { readTrace } from "../dist/index.js";

const BENCH = import.meta.dirname;
const PAGE = join(BENCH, "../docs/performance.md");
const MAIN = join(BENCH, "../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "orrery-bench-"));

function run(command, ...args) {
  const { stdout, stderr, status } = spawnSync(command, args.map(String), {
    ...{ encoding: "utf8", maxBuffer: 1e9, cwd: folder },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}
const node = (...args) => run(process.execPath, ...args);
const scale = (...args) => JSON.parse(node(join(BENCH, "scale.mjs"), ...args));
const whole = (number) => Math.round(number).toLocaleString("en");
const significant = (number) =>
  number >= 100 ? String(Math.round(number)) : String(Number(number.toPrecision(2)));

function table(columns, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = columns.map((_, place) => (place === 0 ? "---" : "---:"));
  return [columns, rule, ...rows].map(line).join("\n");
}

/** Peers by what drive.py calls them, in the order of the page. */
const PEERS = [
  ["cpp", "C++ binary heap"],
  ["orrery+trace", "**Orrery, trace on**"],
  ["orrery", "**Orrery, trace off**"],
  ["cpp-wheel", "C++ bucket wheel"],
  ["js", "JavaScript by hand, 4-ary heap, no engine"],
  ["js-wheel", "JavaScript by hand, bucket wheel, no engine"],
  ["js-handlers", "JavaScript, a small engine with handlers"],
  ["ns3-pq", "ns-3 (priority queue)"],
  ["simgrid-timers", "SimGrid (timers)"],
  ["simgrid-actors", "SimGrid (actors)"],
  ["simjs", "simjs"],
  ["simpy2", "SimPy 2"],
];

/** Events a second of user CPU beside the C++ heap, at each size. */
function peers() {
  const file = join(folder, "peers.ndjson");
  run("bash", join(BENCH, "peers/run.sh"), "--runs", 3, "--json", file);
  const runs = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const sizes = [...new Set(runs.map(({ n }) => n))].sort((a, b) => a - b);
  const rate = (peer, n) => {
    const of = runs.filter((each) => each.peer === peer && each.n === n);
    if (of.length === 0) return undefined;
    return median(
      of.map(({ ticks, deliveries, user, wall }) => (ticks + deliveries) / (user ?? wall)),
    );
  };
  const rows = PEERS.flatMap(([peer, name]) => {
    const ratios = sizes.map((n) => rate(peer, n) && rate(peer, n) / rate("cpp", n));
    if (ratios.every((ratio) => ratio === undefined)) return [];
    return [[name, ...ratios.map((ratio) => (ratio === undefined ? "–" : significant(ratio)))]];
  });
  const absolute = sizes.map((n) => `${(rate("orrery+trace", n) / 1e6).toFixed(1)} M/s`);
  rows.push(["Orrery, trace on, events/s", ...absolute]);
  const cost = sizes.map(
    (n) => `${Math.round(100 * (1 - rate("orrery+trace", n) / rate("orrery", n)))} %`,
  );
  rows.push(["what recording takes of user CPU", ...cost]);
  return table(["machines", ...sizes.map((n) => n.toLocaleString("en"))], rows);
}

/** Growth with the number of machines, and a long run. */
async function size() {
  const rows = [
    [10, 100_000],
    [1_000, 1_000],
    [100_000, 10],
    [1_000_000, 2],
    [1_000, 11_000],
  ].map(([machines, seconds]) => {
    const found = scale(machines, seconds, 42, "--trace");
    const events = found.ticks + found.deliveries;
    return [
      ...[machines, seconds, events].map(whole),
      whole((found.user / events) * 1e9),
      `${whole(found.rss_mb)} MB`,
    ];
  });
  const kept = join(folder, "kept");
  node(MAIN, "run", "clocks", "--set", "machines=100", "--for", "2000s", "--out", kept);
  const path = join(kept, "trace.parquet");
  const { rows: events } = await readTrace(path, () => ({ see: () => {}, end: () => {} }));
  const bytes = (statSync(path).size / events).toFixed(1);
  const disk = `\n\nA trace of 100 machines takes ${bytes} bytes an event on disk (28 in memory).`;
  const columns = [
    "machines",
    "model seconds",
    "ticks and deliveries",
    "ns each, trace on",
    "peak memory",
  ];
  return table(columns, rows) + disk;
}

function analysis() {
  const sizes = [
    [3, 100_000],
    [100, 4_000],
  ];
  const found = sizes.map((of) => JSON.parse(node(join(BENCH, "analysis.mjs"), ...of, "--json")));
  const rows = Object.keys(found[0]).map((name) => [
    name,
    ...found.map((rates) => rates[name].toFixed(0)),
  ]);
  return table(["million events/s", ...sizes.map(([n]) => `${n} machines`)], rows);
}

const sweep = () => node(join(BENCH, "sweep.mjs")).trim();

/** The whole of a command, Node's own start included: the least of five, wall and CPU. */
function start() {
  const timed = (name, args) => {
    const times = Array.from({ length: 5 }, (_, time) => {
      const before = process.resourceUsage();
      const began = performance.now();
      const words = args.map((word) =>
        word.replace("OUT", join(folder, `start-${time}-${name.length}`)),
      );
      spawnSync(process.execPath, [MAIN, ...words], { stdio: "ignore" });
      return [performance.now() - began, before];
    });
    return [`\`orrery ${name}\``, (Math.min(...times.map(([wall]) => wall)) / 1e3).toFixed(2)];
  };
  return table(
    ["command", "wall s"],
    [
      timed("--help", ["--help"]),
      timed("run clocks", ["run", "clocks", "--out", "OUT"]),
      timed("twice clocks", ["twice", "clocks"]),
      timed("list", ["list"]),
    ],
  );
}

function factory() {
  const child = join(BENCH, "factory-run.mjs");
  const rows = [
    [20, 30],
    [1_000, 0.5],
  ].map(([stages, hours]) => {
    const { handOffs, events, steps, cpu } = JSON.parse(node(child, "size", stages, hours));
    return [stages, handOffs, handOffs / cpu, steps / cpu, events / cpu].map(whole);
  });
  const HOURS = 8_760;
  const { cpu, steps } = JSON.parse(node("--expose-gc", child, "year", HOURS));
  const year = `A year of the 20 stages of the bicycle works: ${whole(cpu)} s of CPU for ${whole(steps)} steps.`;
  return `${table(["stages", "hand-offs", "hand-offs/s", "steps/s", "events/s"], rows)}\n\n${year}`;
}

const TABLES = { peers, size, analysis, sweep, start, factory };
const asked = process.argv.slice(2);
try {
  for (const name of asked.length > 0 ? asked : Object.keys(TABLES)) {
    console.error(name);
    const text = await TABLES[name]();
    console.log(`${text}\n`);
    const [opens, closes] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const page = readFileSync(PAGE, "utf8");
    const [from, to] = [page.indexOf(opens), page.indexOf(closes)];
    if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${opens} … ${closes}`);
    const on = `Measured on ${cpus().length} cores of "${cpus()[0].model.trim()}", Node ${process.versions.node}.`;
    const filled = `${opens}\n${text}\n\n${on}\n${closes}`;
    writeFileSync(PAGE, page.slice(0, from) + filled + page.slice(to + closes.length));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
