// Programs that speak Maelstrom's protocol, hosted: in Python, JavaScript and Ruby, right ones and wrong ones, and such as
// are none.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { blockNamed } from "../docs-blocks.ts";
import { heard, launchOrrery, MAIN, orreryIn } from "../orrery.ts";
import { until } from "../waiting.ts";
import { Page } from "./page.ts";
import { lives } from "./tcp.ts";

const ROOT = join(import.meta.dirname, "../..");
const NODES = join(import.meta.dirname, "nodes");
const folder = mkdtempSync(join(tmpdir(), "orrery-maelstrom-"));
afterAll(() => rmSync(folder, { recursive: true }));

const has = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;
const PROGRAMS: { readonly [ending: string]: string } = {
  py: "python3",
  mjs: process.execPath,
  rb: "ruby",
};
/** What runs a node of the tests; nodes whose language is not here are skipped, by name. */
const programOf = (node: string): string => PROGRAMS[node.split(" ")[0]!.split(".")[1]!]!;
const present = new Set(Object.values(PROGRAMS).filter(has));

let runs = 0;

/** `orrery maelstrom` on a node of the tests, with its arguments. A second and a half of load, unless it is said. */
function start(workload: string, node: string, ...options: readonly string[]) {
  const out = join(folder, String(++runs));
  const [file = "", ...args] = node.split(" ");
  const program = ["--bin", programOf(node), "-w", workload, "--out", out];
  const asked = options.includes("--for")
    ? options
    : ["--for", "1500ms", "--quiet", "800ms", ...options];
  const all = ["maelstrom", ...program, ...asked, "--", join(NODES, file), ...args];
  return { ...launchOrrery(ROOT, all), out };
}

async function hosted(workload: string, node: string, ...options: readonly string[]) {
  const { stdout, stderr, out, ended } = start(workload, node, ...options);
  const status = await ended;
  const path = join(out, "story.txt");
  const story = existsSync(path) ? readFileSync(path, "utf8") : "";
  return { stdout: stdout(), stderr: stderr(), out, status, story };
}

const RIGHT: readonly (readonly string[])[] = [
  ["echo", "echo.py", "--fault", "crash n1 400ms..900ms", "--fault", "pause n2 400ms..900ms"],
  ["unique-ids", "unique_ids.py", "--rate", "100", "--fault", "crash n1 400ms..900ms"],
  ["broadcast", "broadcast.mjs", "--loss", "0.1", "--fault", "partition n0,n1|* 400ms..1200ms"],
  ["broadcast", "broadcast.mjs", "--node-count", "9", "--profile", "lossy", "--seed", "2"],
  ["g-set", "g_set.py", "--duplicate", "0.2", "--fault", "pause n1 400ms..1200ms"],
  ["g-set", "g_set.rb", "--loss", "0.2", "--fault", "partition n0|* 400ms..1200ms"],
  [
    "g-counter",
    "counter.py",
    "--quiet",
    "3s",
    "--loss",
    "0.05",
    "--fault",
    "crash n1 400ms..900ms",
  ],
  ["pn-counter", "pn-counter.mjs", "--delay", "50ms", "--fault", "partition n0|* 400ms..1200ms"],
  ["lin-kv", "kv.mjs", "--rate", "60", "--loss", "0.02", "--fault", "crash n1 400ms..900ms"],
];

describe.concurrent("right ones hold under faults", () => {
  for (const [workload = "", node = "", ...options] of RIGHT) {
    const able = present.has(programOf(node));
    test.runIf(able).concurrent(`${workload}: ${node} ${options.join(" ")}`, async ({ expect }) => {
      const { status, stdout, stderr } = await hosted(
        ...[workload, node, "--rate", "30", "--timeout", "1s", ...options],
      );
      expect([status, stdout, stderr]).toEqual([0, expect.stringContaining("✓ holds"), ""]);
      expect(stdout).toContain(workload === "lin-kv" ? "linearizable-register" : workload);
    });
  }
});

/** Workload, node, options; what the verdict says, and a line of the story. */
const WRONG: readonly (readonly [string, string, readonly string[], RegExp, RegExp])[] = [
  [
    "broadcast",
    "broadcast.mjs once",
    ["--fault", "partition n0,n1|* 400ms..1200ms"],
    /\d+( \(and \d+ more\))?, acknowledged by n\d at .* is missing from the last read of n\d/,
    /\{type: "pass",message: \d+\} from n\d to n\d is lost: the link is cut/,
  ],
  [
    "g-counter",
    "counter.py loses",
    [],
    /the last read of n\d is \d+, where \d+ acknowledged adds make \d+: \d+ too little; such as/,
    /n\d receives \{type: "write_ok".* from seq-kv/,
  ],
  [
    "lin-kv",
    "kv.mjs caches",
    ["--rate", "100"],
    /at key \d+ by c\d gave .*, which no order explains/,
    /c\d receives \{type: "read_ok",value: .* from n\d/,
  ],
];

describe.concurrent("wrong ones are caught, and the story names the message", () => {
  for (const [workload, node, options, reason, line] of WRONG) {
    const able = present.has(programOf(node));
    test.runIf(able).concurrent(`${workload}: ${node}`, async ({ expect }) => {
      const { status, stdout, story, out } = await hosted(
        workload,
        node,
        "--rate",
        "30",
        ...options,
      );
      expect(stdout).toMatch(reason);
      expect(story).toMatch(line);
      expect(status).toBe(1);
      expect(readdirSync(join(out, "figures"))).toContain("story.svg");
      if (workload !== "lin-kv") return;
      // It can be looked at again: told and judged from what was kept.
      const again = orreryIn(ROOT, ["report", out]);
      expect([again.status, again.stdout]).toEqual([1, expect.stringMatching(reason)]);
    });
  }
});

test
  .runIf(present.has("python3"))
  .concurrent(
    "a node that forgets, at its restart, what it gave out is caught, whenever it is back",
    async ({ expect }) => {
      const asked = ["--for", "60s", "--rate", "100", "--timeout", "1s"];
      const fault = ["--fault", "crash n1 500ms..800ms"];
      const { child, out, ended } = start(
        "unique-ids",
        "unique_ids.py forgets",
        ...asked,
        ...fault,
      );
      const record = join(out, "records/host.record");
      // Any of them: on a busy host the answer with the first may come too late to count.
      const given = (): readonly string[] =>
        existsSync(record) ? (readFileSync(record, "utf8").match(/"result":"n1-\d+"/g) ?? []) : [];
      const isTwice = (): boolean => new Set(given()).size < given().length;
      await until(isTwice, () => `an id was given out twice: ${given()}`);
      child.kill("SIGINT");
      expect(await ended).toBe(130);
      const story = readFileSync(join(out, "story.txt"), "utf8");
      expect(story).toMatch(/c1 receives \{type: "generate_ok",id: "n1-\d+".* from n1/);
      const report = orreryIn(ROOT, ["report", out]);
      expect(report.stdout).toMatch(/id "n1-\d+" was given out by n1 at .* and by n1 at/);
      expect(report.status).toBe(1);
    },
  );

/** How it is no node; what is said of it. */
const STRAYS: readonly (readonly [string, string, RegExp])[] = [
  ["chats", "maelstrom/line", /n\d printed a line .* it is not JSON .*: hello, I am a node/],
  [
    "dies",
    "maelstrom/ended",
    /n\d failed before it was ready: it ended with status 3;[\s\S]*giving up/,
  ],
  [
    "silent",
    "maelstrom/ended",
    /n\d failed before it was ready: it did not answer init within 10 s/,
  ],
  ["quits", "maelstrom/ended", /n\d failed: it ended with status 7/],
  ["strays", "maelstrom/line", /n\d printed .* its dest is nobody here: .*"n99"/],
  ["forges", "maelstrom/line", /n\d printed .* its src is not "n\d": .*"n77"/],
  ["swells", "maelstrom/line", /n\d printed .* it is longer than \d+ characters: xxx/],
];

describe.concurrent("what is no node is named, with what it did", () => {
  for (const [way, code, says] of STRAYS) {
    test.concurrent(way, async ({ expect }) => {
      const { status, stderr } = await hosted("echo", `stray.mjs ${way}`, "--node-count", "2");
      expect(stderr).toMatch(says);
      expect([status, stderr]).toEqual([69, expect.stringContaining(`[${code}]`)]);
    });
  }

  test.concurrent("an answer with a field too many fails its check", async ({ expect }) => {
    const { status, stdout } = await hosted("echo", "stray.mjs adds", "--node-count", "1");
    expect(stdout).toMatch(/an answer to c0 is none, as it has a field "extra"/);
    expect(status).toBe(1);
  });

  // A folder of its own: other tests' runs lie beside it.
  const empty = mkdtempSync(join(folder, "refused-"));
  const refused = (...args: string[]) => orreryIn(empty, ["maelstrom", ...args]);

  test("what cannot be asked for is refused, by option, before anything starts", () => {
    const unknown = refused("--bin", "node", "-w", "broadcst");
    expect(unknown.stderr).toMatch(/--workload "broadcst" is none; did you mean "broadcast"\?/);
    expect(unknown.status).toBe(64);
    const wiped = refused("--bin", "node", "-w", "echo", "--fault", "wipe n1 1s..2s");
    expect(wiped.stderr).toMatch(/fault "wipe n1 1s..2s": programs can be killed/);
    const client = refused("--bin", "node", "-w", "echo", "--fault", "crash c1 1s..2s");
    expect(client.stderr).toMatch(/c1 is no node/);
    const nobody = refused("--bin", "./no-such-program", "-w", "echo", "--for", "1s");
    expect([nobody.status, nobody.stderr]).toEqual([69, expect.stringMatching(/ENOENT/)]);
    expect(readdirSync(join(empty, "runs/maelstrom"))).toEqual([]);
  });
});

test.concurrent("Ctrl-C ends programs and what they started, and keeps what was done until then", async ({
  expect,
}) => {
  const { child, stdout, stderr, out, ended } = start("echo", "stray.mjs forks", "--for", "60s");
  const logs = (): string[] =>
    ["n0", "n1", "n2", "n3", "n4"].map((name) => {
      const log = join(out, "logs", `${name}.stderr.log`);
      return existsSync(log) ? readFileSync(log, "utf8") : "";
    });
  const pids = (): number[] => logs().flatMap((log) => [...log.matchAll(/\d+/g)].map(Number));
  await until(() => pids().length === 10, "all programs are there");
  const record = join(out, "records/host.record");
  await until(() => readFileSync(record, "utf8").includes('"return"'), "an echo was answered");
  child.kill("SIGINT");
  expect([await ended, stderr()]).toEqual([130, ""]);
  await until(() => !pids().some(lives), "none of them is left");
  expect(stdout()).toContain("✓ holds   echo");
});

test.concurrent("a page watches it while it runs", async ({ expect }) => {
  const { child, stdout, said, ended } = start("echo", "echo.py", "--for", "60s", "--view");
  await until(() => stdout().includes("\n") || child.exitCode !== null, said);
  const page = new Page(stdout().split("\n")[0]!);
  await page.opened;
  await page.until(({ shows }) => shows.length > 0, "it shows the run");
  page.close();
  child.kill("SIGINT");
  expect(await ended).toBe(130);
});

describe.concurrent("orrery node --maelstrom", () => {
  const node = (system: string, lines: readonly object[]) => {
    const input = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const args = [MAIN, "node", system, "--maelstrom"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      input,
      encoding: "utf8",
    });
    const said = stdout.split("\n").filter((line) => line !== "");
    return { status, stderr, said: said.map((line) => JSON.parse(line) as unknown) };
  };
  const told = (src: string, body: object) => ({ src, dest: "n2", body });
  // The ids that the original's tests give: they begin with 1.
  const init = told("c0", { type: "init", msg_id: 1, node_id: "n2", node_ids: ["n1", "n2", "n3"] });

  test("answers whoever asks, and tells those whom the tool calls its neighbours", () => {
    const { status, said } = node("examples/maelstrom-broadcast.ts", [
      init,
      told("c3", { type: "broadcast", message: 7, msg_id: 1 }),
      told("c17", { type: "read", msg_id: 9 }),
    ]);
    const by = (dest: string, body: object) => ({ src: "n2", dest, body });
    expect(said[0]).toEqual(by("c0", { type: "init_ok", in_reply_to: 1 }));
    expect(said).toContainEqual(by("c3", { type: "broadcast_ok", in_reply_to: 1 }));
    expect(said).toContainEqual(by("c17", { type: "read_ok", messages: [7], in_reply_to: 9 }));
    expect(said).toContainEqual(by("n1", { type: "tell", messages: [7] }));
    expect(status).toBe(0);
  });

  test("carries messages that are no bodies between nodes", () => {
    const ids = ["n1", "n2", "n3", "n4", "n5"];
    const pull = { known: {}, answer: false };
    const push = { known: { p1: 3 }, answer: false };
    const { said, status } = node("examples/gossip.ts", [
      told("c0", { type: "init", msg_id: 1, node_id: "n2", node_ids: ids }),
      told("n1", { type: "orrery", message: push }),
      told("n4", { type: "orrery", message: pull }),
    ]);
    const answer = { known: { p1: 3 }, answer: true };
    const body = { type: "orrery", message: answer };
    expect(said).toContainEqual({ src: "n2", dest: "n4", body });
    expect(status).toBe(0);
  });

  test("says what is wrong with how it is begun", () => {
    const first = node("examples/maelstrom-broadcast.ts", [told("c0", { type: "read" })]);
    expect([first.status, first.stderr]).toEqual([69, expect.stringMatching(/must be init/)]);
    const few = node("examples/token-ring.ts", [init]);
    expect([few.status, few.stderr]).toEqual([64, expect.stringMatching(/3 nodes are wanted/)]);
  });
});

describe.concurrent("docs/guides/maelstrom.md", () => {
  /** Runs a line of it, with this build instead of an installed one. */
  const run = async (line: string, cwd: string) => {
    const words = line.replaceAll(/npx( -w \S+ .*-- )orrery/g, `node$1${MAIN}`);
    const command = words.replace("npx orrery", `"${process.execPath}" "${MAIN}"`);
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const { ended, stdout } = heard(spawn("sh", ["-c", command], { cwd, stdio: [...stdio] }));
    return { status: await ended, stdout: stdout() };
  };

  const python = test.runIf(present.has("python3"));
  python.concurrent("its node fails, and with what it adds holds", async ({ expect }) => {
    const script = join(folder, "broadcast.py");
    const node = blockNamed("docs/guides/maelstrom.md", "broadcast.py");
    const line = blockNamed("docs/guides/maelstrom.md", "fails");
    writeFileSync(script, node);
    const failed = await run(line, folder);
    expect(failed.status).toBe(1);
    // Who tells whom how soon is the host's: how far a message got before the cut, and all numbers, differ.
    const shown = blockNamed("docs/guides/maelstrom.md", "story").trim().split("\n");
    const kinds = shown.map((each) => each.replace(/^ *\d+ +[\d.]+ s +/, "").trim());
    for (const kind of kinds.filter((each) => !/^…|receives \{type: "tell"/.test(each))) {
      const any = kind.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll(/\d+/g, "\\d+");
      const more = any.replace(" \\(and \\d+ more\\)", "(?: \\(and \\d+ more\\))?");
      expect(failed.stdout).toMatch(new RegExp(more));
    }
    const [head = "", loop = ""] = node.split("for line in sys.stdin");
    const retry = blockNamed("docs/guides/maelstrom.md", "retry");
    writeFileSync(script, `${head}${retry}\nfor line in sys.stdin${loop}`);
    const held = await run(line, folder);
    expect([held.status, held.stdout]).toEqual([0, expect.stringContaining("✓ holds   broadcast")]);
  });

  test.concurrent("the lines about a node of ours do what they say", async ({ expect }) => {
    for (const line of blockNamed("docs/guides/maelstrom.md", "own").trim().split("\n")) {
      const out = `--out ${join(folder, `guide-${++runs}`)}`;
      const { status, stdout } = await run(line.replace(/ (?=-- |$)/, ` ${out} `), ROOT);
      expect([line, status, stdout]).toEqual([line, 0, expect.anything()]);
    }
  });
});
