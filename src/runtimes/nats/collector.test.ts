import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { Collector } from "./collector.ts";

test("a worker that is not there is asked now and then until its time is over", async () => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-collector-"));
  let asked = 0;
  const request = async (): Promise<never> => {
    asked++;
    throw new Error("no responders");
  };
  const collector = new Collector({ request } as unknown as NatsConnection, "r", folder);
  try {
    expect(await collector.rest("a", new Set(["m"]), 300)).toBe(false);
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(20);
  } finally {
    collector.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
