import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { WorkerHost } from "./worker-host.ts";

test("a worker that cannot forget a run says so, and goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-worker-"));
  // Where the folders of runs should be, there is a file.
  writeFileSync(join(folder, "runs"), "");
  const heard = new Map<string, (error: null, said: Msg) => void>();
  const connection = {
    request: async () => {
      throw new Error("no responders");
    },
    subscribe: (subject: string, { callback }: { callback: () => void }) =>
      void heard.set(subject, callback),
    flush: async () => {},
  } as unknown as NatsConnection;
  const said: string[] = [];
  const host = new WorkerHost(connection, {
    ...{ name: "a", version: "1", folder, labels: {}, reach: { servers: ["h:1"] } },
    entry: new URL("file:///none"),
    jobs: () => 0,
    unfit: () => undefined,
    log: (line) => void said.push(line),
  });
  try {
    await host.open();
    const answers: string[] = [];
    const respond = (text: string) => void answers.push(text);
    const asked = { json: () => ({ run: "r" }), respond } as unknown as Msg;
    heard.get("orrery.worker.a.forget")?.(null, asked);
    await expect.poll(() => said.length).toBe(1);
    expect(said[0]).toContain("run r");
    expect(answers).toEqual([]);
  } finally {
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
