import { expect, test } from "vitest";
import { NONE } from "../core/batch.ts";
import { KIND } from "../core/trace-event.ts";
import { ConeObserver } from "./cone.ts";
import { INFERRED } from "./merge.ts";
import { TraceWriter } from "./writer.ts";

test("a message whose send no record tells of depends on all that its sender had done", () => {
  const cone = new ConeObserver(5);
  const writer = new TraceWriter((batch) => cone.see(batch));
  const record = (kind: number, process: number, peer = NONE, message = NONE): void => {
    writer.mark();
    writer.record(0, kind, process, 1, 0, 0, peer, message, message === NONE ? 0 : 1);
  };
  record(KIND.start, 0);
  record(KIND.start, 1);
  record(KIND.send, 0, 1, 0);
  record(KIND.internal, 0);
  record(KIND.copy, 0, 1, 1);
  writer.detail(INFERRED);
  record(KIND.receive, 1, 0, 1);
  record(KIND.internal, 0);
  writer.close();
  expect([...cone.end()]).toEqual([1, 1, 1, 1, 1, 1, 0]);
});
