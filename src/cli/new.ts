// `orrery new`: a folder with a system of one's own, its check, a mistake that the check finds, and its test.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT, OrreryError, writing } from "../core/errors.ts";
import { isShipped } from "./find-system.ts";
import { paint, say } from "./print.ts";
import { type Home, scaffoldOf } from "./scaffold.ts";

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** The name is part of file names, and of columns of tables. */
const NAME_MAX = 40;

/** @throws OrreryError "config/value", "files/exists", "files/write" */
export function newSystem(name: string): number {
  if (!NAME.test(name) || name.length > NAME_MAX) {
    const rule = `write small letters and digits, words joined by hyphens, at most ${NAME_MAX}: my-ring`;
    throw new OrreryError("config/value", `NAME "${name}": ${rule}`);
  }
  if (isShipped(name)) {
    const said = `NAME "${name}" is a system that ships; choose another: my-${name}`;
    throw new OrreryError("config/value", said);
  }
  const home = homeFrom(resolve(name));
  make(name);
  for (const [file, text] of Object.entries(scaffoldOf(name, home))) {
    const path = join(name, file);
    writing(path, () => writeFileSync(path, text, { flag: "wx" }));
    say(`  ${path}`);
  }
  say(`\n${paint("bold", "Go on with")}`);
  say(`  ${home.call} run ${name}/${name}.ts      one run: its pictures, its log`);
  say(`  ${home.call} check ${name}/${name}.ts    a thousand seeds, each with faults of its own`);
  say(`  node --test ${name}/${name}.test.mjs     its test, and that its check finds a mistake`);
  return EXIT.held;
}

function make(name: string): void {
  try {
    mkdirSync(name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") {
      throw new OrreryError("files/exists", `${name} exists; nothing in it was changed`, { cause });
    }
    writing(name, () => {
      throw cause;
    });
  }
}

/** How Orrery is called, and found by editors, from a folder that is to be made. */
function homeFrom(folder: string): Home {
  try {
    // In a package that has this one installed, and in this one itself.
    createRequire(join(folder, "any.js")).resolve("orrery");
    return { call: "npx orrery" };
  } catch {
    const main = fileURLToPath(new URL("main.js", import.meta.url));
    const types = relative(folder, fileURLToPath(new URL("../index.d.ts", import.meta.url)));
    // As a command of the whole system it is called by its name.
    const installed = basename(process.argv[1] ?? "") === "orrery";
    const quoted = /^[\w./-]+$/.test(main) ? main : JSON.stringify(main);
    return { call: installed ? "orrery" : `node ${quoted}`, main, types };
  }
}
