// The guard of the hot path: fails if Orrery has become a fifth slower than bench/guard.json says, beside a program that
// cannot have: the same workload by hand in plain JavaScript, in the same minutes, by user CPU. No clock of the wall.
// node bench/guard.mjs [--write]   after `npm run prepare`; about a minute. --write stores today's ratios as the bound.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILE = fileURLToPath(new URL("guard.json", import.meta.url));
const OURS = fileURLToPath(new URL("scale.mjs", import.meta.url));
const PEER = fileURLToPath(new URL("peers/scale_js_wheel.mjs", import.meta.url));
/** So much of its speed it may lose. */
const LOSS_MAX = 0.2;
/** Pairs of runs; a case that fails is tried once more with thrice as many, as others use the machine, too. */
const PAIRS = 3;

const CASES = [
  { machines: 3, seconds: 400_000 },
  { machines: 100, seconds: 12_000 },
  { machines: 100, seconds: 12_000, trace: true },
  { machines: 10_000, seconds: 120, trace: true },
];

function userSeconds(program, ...args) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args.map(String)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)).user;
}

/** How many times as fast as the peer we are: least times of all, which noise can only lengthen. */
function ratioOf({ machines, seconds, trace }, pairs) {
  let ours = Number.POSITIVE_INFINITY;
  let peers = Number.POSITIVE_INFINITY;
  for (let pair = 0; pair < pairs; pair++) {
    peers = Math.min(peers, userSeconds(PEER, machines, seconds, 42));
    ours = Math.min(ours, userSeconds(OURS, machines, seconds, 42, ...(trace ? ["--trace"] : [])));
  }
  return peers / ours;
}

const nameOf = ({ machines, trace }) =>
  `${machines.toLocaleString("en")} machines${trace ? ", trace on" : ""}`;
const rounded = (ratio) => Math.round(ratio * 1_000) / 1_000;

const write = process.argv.includes("--write");
const stored = write ? {} : JSON.parse(readFileSync(FILE, "utf8"));
const found = {};
let slower = 0;
for (const each of CASES) {
  const name = nameOf(each);
  let ratio = ratioOf(each, write ? 3 * PAIRS : PAIRS);
  const least = (1 - LOSS_MAX) * (stored[name] ?? 0);
  if (ratio < least) ratio = Math.max(ratio, ratioOf(each, 3 * PAIRS));
  found[name] = rounded(ratio);
  if (write) console.log(`${name}: ${rounded(ratio)} times as fast as plain JavaScript`);
  else {
    const fails = ratio < least;
    if (fails) slower++;
    console.log(
      `${fails ? "✗" : "✓"} ${name}: ${rounded(ratio)}, of ${stored[name]}; at least ${rounded(least)}`,
    );
  }
}
if (write) writeFileSync(FILE, `${JSON.stringify(found, null, 2)}\n`);
process.exitCode = slower > 0 ? 1 : 0;
