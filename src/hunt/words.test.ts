import { expect, test } from "vitest";
import { perfectLinks } from "../core/links.ts";
import { ms } from "../core/micros.ts";
import type { Process, ProcessId } from "../core/process.ts";
import type { System } from "../core/system.ts";
import { simulate } from "../runtimes/sim/simulate.ts";
import { spied } from "./spy.ts";
import { sentences } from "./story.ts";

const greeter: Process<null, string> = {
  start(_stored, context) {
    context.send((1 - context.self) as ProcessId, "hello");
    return null;
  },
  receive: (state) => state,
  timeout: (state) => state,
};
const greeters: System<null> = {
  name: "greeters",
  parse: () => null,
  processes: () => ["a", "b"].map((name) => ({ name, process: perfectLinks(greeter) })),
};

test("what perfect links store and remove for themselves is told as theirs", () => {
  const { system, book } = spied(greeters);
  const trace = simulate(system, { duration: ms(100) });
  const told = sentences([...trace], trace, book);
  const stores = told.filter((line) => line.includes(" stores "));
  expect(stores.length).toBe(6);
  for (const line of stores) expect(line).toMatch(/stores what its links have sent and received$/);
});
