// Whose work Orrery uses, and on which terms: all of it may be used commercially. `npm run licences` writes THIRD-PARTY.md;
// this says when it is out of date.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const PRINTED = "<!-- Printed from package-lock.json by `npm run licences`: do not edit. -->";

/** Licences under which one may use, change and sell. What is not here is looked at by a person first. */
const ALLOWED = [
  ...["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BlueOak-1.0.0"],
  ...["Unlicense", "CC0-1.0", "OFL-1.1", "MPL-2.0"],
];

/** What dist/page holds of others: it is built in, so its texts must come along. */
const BUILT_IN = ["preact", "@preact/signals", "@preact/signals-core", "uplot"];

type Locked = {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
};

const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
  readonly packages: { readonly [path: string]: Locked };
};

type Manifest = { readonly license?: string; readonly licenses?: readonly { type: string }[] };

/** As the lock file has it; what was published before that field was usual says it in its own way. */
function licenceOf(path: string): string {
  const { license } = packages[path]!;
  if (license !== undefined) return license;
  const manifest = join(ROOT, path, "package.json");
  const said = JSON.parse(readFileSync(manifest, "utf8")) as Manifest;
  return said.license ?? said.licenses?.map(({ type }) => type).join(" OR ") ?? "none";
}

/** The package's name: where it lies twice, both are it. */
const nameOf = (path: string): string => path.split("node_modules/").at(-1)!;

/** What comes with Orrery. Binaries of one platform are parts of the package that chooses among them. */
const shipped = Object.entries(packages).filter(
  ([path, { dev, devOptional, os, cpu }]) =>
    path !== "" && !dev && !devOptional && os === undefined && cpu === undefined,
);

/** "MIT AND OFL-1.1" asks for both, "MIT OR GPL-3.0" for one. */
const isAllowed = (licence: string): boolean =>
  licence
    .replaceAll(/[()]/g, "")
    .split(" AND ")
    .every((all) => all.split(" OR ").some((each) => ALLOWED.includes(each.trim())));

test("licences are told apart as they are written", () => {
  const allowed = ["MIT", "(MIT OR CC0-1.0)", "MIT AND OFL-1.1", "MIT OR GPL-3.0-only"];
  expect(allowed.filter(isAllowed)).toEqual(allowed);
  const refused = ["GPL-3.0", "AGPL-3.0-only", "MIT AND GPL-2.0", "none", "UNLICENSED", "BUSL-1.1"];
  expect(refused.filter(isAllowed)).toEqual([]);
});

test("everything that comes with Orrery may be used commercially, on every platform", () => {
  const others = Object.entries(packages).filter(([path, { dev }]) => path !== "" && !dev);
  const built = BUILT_IN.map((name) => `node_modules/${name}`);
  const all = [...others.map(([path]) => path), ...built].filter(
    (path) => packages[path]!.license !== undefined || existsSync(join(ROOT, path)),
  );
  expect(all.length).toBeGreaterThan(100);
  const refused = all.filter((path) => !isAllowed(licenceOf(path)));
  expect(refused.map((path) => `${nameOf(path)}: ${licenceOf(path)}`)).toEqual([]);
});

test("THIRD-PARTY.md lists it all, with the texts of what is built in", async () => {
  const rows = shipped.map(
    ([path, { version }]) => `| ${nameOf(path)} | ${version} | ${licenceOf(path)} |`,
  );
  const texts = BUILT_IN.flatMap((name) => {
    const folder = join(ROOT, "node_modules", name);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))!;
    const text = readFileSync(join(folder, file), "utf8").replaceAll("\r", "").trim();
    return [`### ${name} ${packages[`node_modules/${name}`]!.version}`, "", "```", text, "```", ""];
  });
  const page = [
    PRINTED,
    "# Work of others",
    "",
    "Orrery is under [Apache-2.0](LICENSE). It depends on these packages, which npm installs with their own licence",
    "files; all may be used commercially. Binaries for one platform are under the licence of the package they belong to.",
    "",
    "| package | version | licence |",
    "| --- | --- | --- |",
    ...new Set(rows.sort()),
    "",
    "## Built into the page",
    "",
    ...texts,
  ];
  await expect(page.join("\n")).toMatchFileSnapshot(join(ROOT, "THIRD-PARTY.md"));
});
