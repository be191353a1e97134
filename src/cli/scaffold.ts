// The files of a system of one's own, as `orrery new` writes them: those of templates/system, which are a system like any
// other, under another name.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TEMPLATE = fileURLToPath(new URL("../../templates/system", import.meta.url));
/** What the template is called, how it calls Orrery, and how its test finds it. */
const NAME = "my-system";
const CALL = "npx orrery";
const MAIN = 'fileURLToPath(new URL("./cli/main.js", import.meta.resolve("orrery")))';

/** Where a scaffold's `orrery` is. */
export type Home = {
  /** What stands before a verb: "npx orrery". */
  readonly call: string;
  /** The command line's entry, and the library's types, where the package is not found from the folder by its name. */
  readonly main?: string;
  readonly types?: string;
};

/** The files by name. `name` is the system's, and the folder's. */
export function scaffoldOf(name: string, home: Home): { readonly [file: string]: string } {
  const { call, main } = home;
  const own = (text: string): string =>
    text
      .replace(MAIN, () => (main === undefined ? MAIN : JSON.stringify(main)))
      .replaceAll(CALL, () => call)
      .replaceAll(NAME, name);
  const files = readdirSync(TEMPLATE).map((file) => [
    file.replace(NAME, name),
    own(readFileSync(join(TEMPLATE, file), "utf8")),
  ]);
  return { ...Object.fromEntries(files), "tsconfig.json": editors(home) };
}

/** What editors and `tsc` read. The loader blanks types out, so what is not mere types is refused. */
function editors({ types }: Home): string {
  const compilerOptions = {
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
  };
  return `${JSON.stringify({ compilerOptions }, null, 2)}\n`;
}
