// What a published package has in it, for tests that need a file of one on which nothing depends.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The folder of a package, fetched once for good; undefined if it cannot be had. */
export function unpacked(name: string, version: string): string | undefined {
  const folder = join(tmpdir(), `orrery-test-${name}-${version}`);
  if (existsSync(folder)) return join(folder, "package");
  const fresh = mkdtempSync(`${folder}-`);
  const quietly = { cwd: fresh, stdio: "ignore", timeout: 60_000 } as const;
  try {
    execFileSync("npm", ["pack", `${name}@${version}`], quietly);
    execFileSync("tar", ["xzf", `${name}-${version}.tgz`], quietly);
    renameSync(fresh, folder);
  } catch {
    rmSync(fresh, { recursive: true });
    // Another test may have been faster; else there is no registry here.
    if (!existsSync(folder)) return undefined;
  }
  return join(folder, "package");
}
