// Folders for tests, of which nothing is left.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new folder, for as long as the test; what is to end with the test and was started later ends before. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
