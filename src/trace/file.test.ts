import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seconds } from "../core/micros.ts";
import { simulate } from "../runtimes/sim/simulate.ts";
import { clocks } from "../systems/clocks/clocks.ts";
import { readTrace, traceFile } from "./file.ts";
import { Keeper, Trace } from "./trace.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-file-"));
const path = join(folder, "trace.parquet");
const trace = simulate(clocks, {
  duration: seconds(200),
  links: { loss: 0.1, duplicate: 0.1 },
  faults: [{ kind: "crash", process: "machine_1", at: seconds(5), until: seconds(6) }],
  strict: true,
});
const header = { runtime: "sim" as const, run: trace.run, names: trace.names, rates: [3, 2, 1] };

beforeAll(() => trace.observe(traceFile(path, header)));
afterAll(() => rmSync(folder, { recursive: true }));

test("what was written is read back, event by event", async () => {
  const { header: read, result } = await readTrace(path, () => new Keeper());
  expect(read).toEqual(JSON.parse(JSON.stringify(header)));
  expect([...new Trace(trace.run, trace.names, result)]).toEqual([...trace]);
});

test("DuckDB reads the file, with types and nulls", async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const reader = await connection.runAndReadAll(
    `SELECT kind, count(*)::INTEGER, max(lamport), count(peer)::INTEGER, max(time_micros)::BIGINT::VARCHAR
     FROM '${path}' GROUP BY kind ORDER BY kind`,
  );
  const byKind = new Map<string, (string | number)[]>();
  for (const { kind, lamport, peer, timeMicros } of trace) {
    const [, count = 0, max = 0, peers = 0] = (byKind.get(kind) ?? []) as [
      string,
      number,
      number,
      number,
    ];
    const hasPeer = peer === undefined ? 0 : 1;
    byKind.set(kind, [
      kind,
      count + 1,
      Math.max(max, lamport),
      peers + hasPeer,
      String(timeMicros),
    ]);
  }
  expect(reader.getRows()).toEqual([...byKind.values()].sort((a, b) => (a[0]! < b[0]! ? -1 : 1)));
});

const unreadable = expect.objectContaining({ code: "trace/unreadable" });

test("a file cut off anywhere, or changed, is refused in words", async () => {
  const whole = readFileSync(path);
  const broken = join(folder, "broken.parquet");
  for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 40)) {
    writeFileSync(broken, whole);
    truncateSync(broken, length);
    await expect(readTrace(broken, () => new Keeper())).rejects.toEqual(unreadable);
  }
  writeFileSync(broken, "not a trace at all, though long enough to be one");
  await expect(readTrace(broken, () => new Keeper())).rejects.toEqual(unreadable);
});

test("a file that is not there is named", async () => {
  const missing = expect.objectContaining({ code: "files/missing" });
  await expect(readTrace(join(folder, "none"), () => new Keeper())).rejects.toEqual(missing);
});
