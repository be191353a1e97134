import { headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import type { Job } from "../../core/experiment.ts";
import { packJob, ROWS_HEADER, type RowsHead, unpackJob } from "./job-words.ts";
import { PendingJob } from "./pending-job.ts";

const JOB = { cell: 3, seeds: [7, 8] } as unknown as Job;
const LINES = '{"cell":3,"seed":7,"metrics":{}}\n{"cell":3,"seed":8,"metrics":{}}\n';

const head = (fields: Partial<RowsHead> = {}) => {
  const above = headers();
  const all = { worker: "a", attempt: 1, delivery: 1, piece: 0, of: 1, ...fields };
  above.set(ROWS_HEADER, JSON.stringify(all));
  return above;
};

const bytes = (text: string) => new TextEncoder().encode(text);

function pending() {
  const ended: unknown[] = [];
  const end = (what: unknown): void => void ended.push(what);
  return { job: new PendingJob(JOB, end, end), ended };
}

test("pieces of two workers are not mixed, and come in any order", () => {
  const { job, ended } = pending();
  const [first, second, third] = [LINES.slice(0, 10), LINES.slice(10, 40), LINES.slice(40)];
  expect(job.take(head({ piece: 2, of: 3 }), bytes(third))).toBeUndefined();
  const other = head({ worker: "b", piece: 0, of: 2 });
  expect(job.take(other, bytes(LINES.slice(0, 30)))).toBeUndefined();
  expect(job.take(head({ piece: 0, of: 3 }), bytes(first))).toBeUndefined();
  const came = job.take(head({ piece: 1, of: 3 }), bytes(second));
  expect(came).toMatchObject({ worker: "a", lines: LINES });
  job.settle(came!);
  expect(ended).toEqual([LINES]);
});

test("what is no piece of rows is not heard", () => {
  const { job } = pending();
  expect(job.take(undefined, bytes(LINES))).toBeUndefined();
  expect(job.take(head({ piece: 1, of: 1 }), bytes(LINES))).toBeUndefined();
  expect(job.take(head({ worker: "no name" }), bytes(LINES))).toBeUndefined();
});

test.each([
  ["a seed is missing", LINES.split("\n")[0]!],
  ["they are of another cell", LINES.replaceAll('"cell":3', '"cell":4')],
  ["there are more", `${LINES}${LINES}`],
])("rows are refused when %s", (_, lines) => {
  const { job, ended } = pending();
  job.settle(job.take(head(), bytes(lines))!);
  expect(String(ended[0])).toContain("worker a gave rows that are not of its job");
});

test("a job that cannot be done says why, and where", () => {
  const { job, ended } = pending();
  job.settle(job.take(head({ failed: "out of memory" }), bytes(""))!);
  expect(String(ended[0])).toContain("worker a, a job of cell 3: out of memory");
});

test("what is no job is not read", () => {
  expect(unpackJob(bytes("{}"))).toBeUndefined();
  expect(unpackJob(packJob({ cell: 1, attempt: 1 } as never))).toBeUndefined();
});
