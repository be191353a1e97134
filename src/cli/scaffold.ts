// The files of a system of one's own, as `orrery new` writes them: each is to be read in a minute and changed.

/** Where a scaffold's `orrery` is. */
export type Home = {
  /** What stands before a verb: "npx orrery". */
  readonly call: string;
  /** The command line's entry, and the library's types, where the package is not found from the folder by its name. */
  readonly main?: string;
  readonly types?: string;
};

/** The files by name. `name` is the system's, and the folder's. */
export const scaffoldOf = (name: string, home: Home): { readonly [file: string]: string } => ({
  [`${name}.ts`]: system(name, home),
  "wrong.ts": wrong(name, home),
  [`${name}.test.mjs`]: tests(name, home),
  "tsconfig.json": `${JSON.stringify(editors(home), null, 2)}\n`,
});

const system = (name: string, { call }: Home): string =>
  `// Items go round a ring: each process hands numbered items to the next one, and counts those that come to it.
//
//   ${call} check ${name}/${name}.ts
import type { Check, Process, ProcessId, System } from "orrery";
import { always, ms, wholeParams } from "orrery";

type Message = { readonly item: number } | { readonly came: number };

/** The item on its way to the next, and the last one counted here. */
type State = { readonly sent: number; readonly counted: number };

/** Sends an item again until it is said to have come: links lose. So it may come twice, and is counted once. */
const node = (next: ProcessId, forgets: boolean): Process<State, Message> => ({
  start(stored, context) {
    context.setTimer("send", ms(100));
    return { sent: 1, counted: 0, ...(stored.get("state") as State | undefined) };
  },
  receive(state, from, message, context) {
    if ("came" in message && message.came !== state.sent) return state; // Late, or a copy.
    let changed = state;
    if ("came" in message) changed = { ...state, sent: state.sent + 1 };
    else {
      context.send(from, { came: message.item });
      if (message.item <= state.counted && !forgets) return state; // It came before.
      context.note("count", { item: message.item });
      changed = { ...state, counted: message.item };
    }
    context.put("state", changed);
    return changed;
  },
  timeout(state, timer, context) {
    context.send(next, { item: state.sent });
    context.setTimer(timer, ms(100));
    return state;
  },
});

const countedOnce: Check = always("counted-once", "No process counts an item twice.", () => {
  const counted = new Set<string>();
  return {
    note({ process, fields: { item }, event }) {
      if (counted.has(\`\${process} \${item}\`)) {
        return { reason: \`item \${item} was counted twice\`, witnesses: [event] };
      }
      counted.add(\`\${process} \${item}\`);
      return undefined;
    },
  };
});

/** \`forgets\`: what wrong.ts leaves out. */
export const systemOf = (name: string, forgets = false): System<{ readonly nodes: number }> => ({
  name,
  parse: wholeParams(name, { nodes: { is: 3, min: 2, max: 100 } }),
  processes: ({ nodes }) =>
    Array.from({ length: nodes }, (_, index) => ({
      name: \`node_\${index + 1}\`,
      process: node(((index + 1) % nodes) as ProcessId, forgets),
    })),
  checks: () => [countedOnce],
});

export default systemOf("${name}");
`;

const wrong = (name: string, { call }: Home): string =>
  `// Wrong: an item that comes again is counted again. The check is worth something only if it finds this:
//
//   ${call} check ${name}/wrong.ts
import { systemOf } from "./${name}.ts";

export default systemOf("${name}-wrong", true);
`;

const tests = (name: string, { main }: Home): string =>
  `// node --test ${name}/${name}.test.mjs
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = ${main === undefined ? 'fileURLToPath(new URL("./cli/main.js", import.meta.resolve("orrery")))' : JSON.stringify(main)};
const kept = mkdtempSync(join(tmpdir(), "${name}-"));
after(() => rmSync(kept, { recursive: true }));

/** Hunts through so many seeds, each with faults of its own; 0 if all claims hold, 1 if one fails. */
function check(file, seeds) {
  const system = fileURLToPath(new URL(file, import.meta.url));
  const out = join(kept, file);
  // A failure is not made small and told here: its finding is enough.
  const args = [MAIN, "check", system, "--seeds", seeds, "--whole", "--out", out, "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.ok(status === 0 || status === 1, stderr);
  return { status, failures: JSON.parse(stdout).failures };
}

test("what is claimed holds, whatever fails", () => {
  assert.equal(check("${name}.ts", "50").status, 0);
});

test("the check finds what is wrong with wrong.ts", () => {
  assert.equal(check("wrong.ts", "50").failures[0].check, "counted-once");
});
`;

/** What editors and \`tsc\` read. The loader blanks types out, so what is not mere types is refused. */
const editors = ({ types }: Home) => ({
  compilerOptions: {
    target: "es2023",
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    types: [],
    ...(types === undefined ? {} : { paths: { orrery: [types] } }),
  },
});
