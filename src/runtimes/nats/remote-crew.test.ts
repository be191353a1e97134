import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterEach, expect, test } from "vitest";
import { parseFault } from "../../core/fault-notation.ts";
import type { Json } from "../../core/json.ts";
import { newRun } from "../../core/new-run.ts";
import { clocks } from "../../systems/clocks/clocks.ts";
import { Link } from "./link.ts";
import { RemoteCrew } from "./remote-crew.ts";
import type { FromHost, HostInfo, ToHost, ToLink } from "./words.ts";

const clean: (() => void)[] = [];
afterEach(() => {
  for (const each of clean.splice(0)) each();
});

const told = (): [Promise<void>, () => void] => {
  let tell: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return [promise, () => tell()];
};

const infoOf = (worker: string): HostInfo => ({
  worker,
  start: "1",
  version: "1",
  host: worker,
  cores: 1,
  memoryBytes: 0,
  labels: {},
  parts: 0,
  jobs: 0,
  draining: false,
});

/** A supervisor's crew, and the other ends of its links; workers say who they are, and list files, when they are let. */
function newCrew(workers: readonly string[], on: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "orrery-crew-"));
  clean.push(() => rmSync(folder, { recursive: true, force: true }));
  const [there, answer] = told();
  const [listed, list] = told();
  const asked: string[] = [];
  const heard: [worker: string, word: ToHost][] = [];
  const listeners = new Map<string, (error: null, said: { json(): unknown }) => void>();
  const links = new Map(
    workers.map((worker) => {
      const send = (frame: unknown): void => {
        const said = { worker, start: "1", frame };
        listeners.get("orrery.run.r.link")?.(null, { json: () => said });
      };
      const link = new Link(send, (word) => void heard.push([worker, word as unknown as ToHost]));
      clean.push(() => link.close());
      return [worker, link];
    }),
  );
  const connection = {
    isClosed: () => false,
    subscribe: (subject: string, { callback }: { callback: () => void }) => {
      listeners.set(subject, callback);
      return { unsubscribe: () => listeners.delete(subject) };
    },
    publish: (subject: string, text: string) => {
      const { frame } = JSON.parse(text) as ToLink;
      if (frame !== undefined) links.get(subject.split(".")[2]!)!.take(frame);
    },
    request: async (subject: string) => {
      const [, , worker = "", what = ""] = subject.split(".");
      asked.push(`${worker} ${what}`);
      if (what === "who") await there;
      if (what === "files") await listed;
      const said = what === "who" ? infoOf(worker) : { files: [] };
      return { json: () => said, string: () => "0", data: new Uint8Array() };
    },
  } as unknown as NatsConnection;
  const options = {
    connection,
    run: "r",
    source: null,
    hosts: workers.map(infoOf),
    placed: on.map((worker, process) => ({ worker, processes: [process] })),
    rules: [],
    names: on.map((_, process) => `machine_${process + 1}`),
    folder,
    log: () => {},
    closed: async () => {},
  };
  const exits: string[] = [];
  const exited = (_: number, words: string): void => void exits.push(words);
  const crew = new RemoteCrew(options, { heard: () => {}, exited });
  const anew = (worker: string): void => {
    listeners.get("orrery.run.r.link")?.(null, { json: () => ({ worker, start: "2" }) });
  };
  const start = (index: number): void =>
    crew.start({
      system: "clocks",
      run: newRun(clocks, {}),
      workers: on.map((_, process) => [process]),
      index,
      boot: 1,
      folder,
      cluster: "r",
      secret: "s",
    });
  const wait = (what: string, holds: () => boolean) =>
    expect.poll(holds, { message: what, timeout: 20_000, interval: 10 }).toBe(true);
  const say = (worker: string, word: FromHost) => links.get(worker)!.say(word as unknown as Json);
  const starts = () => heard.filter(([, word]) => word.do === "start");
  return { crew, start, wait, say, starts, asked, answer, list, anew, exits };
}

test("nothing starts at a worker that answers only when the run is being stopped", async () => {
  const { crew, start, wait, starts, asked, answer, list } = newCrew(["a"], ["a"]);
  start(0);
  const ended = crew.end([0], 0);
  answer();
  await wait("its clock was read", () => asked.filter((each) => each === "a time").length >= 15);
  // It is ready then, and what is said to it leaves in the next turns.
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  expect(starts()).toEqual([]);
  list();
  await ended;
  expect(asked.at(-1)).toBe("a forget");
});

test("a fault that strikes while a part waits for its worker goes with its order", async () => {
  const { crew, start, wait, say, starts, answer, list } = newCrew(["a"], ["a"]);
  start(0);
  const fault = parseFault("partition machine_1|* 1s..2s");
  crew.tellAll({ kind: "fault", fault });
  answer();
  await wait("it is ordered", () => starts().length > 0);
  expect(starts()).toMatchObject([["a", { order: { run: { faults: [fault] } } }]]);
  say("a", { said: "exited", index: 0, boot: 1, words: "" });
  await wait("it has ended", () => !crew.has(0));
  list();
  await crew.end([], 0);
});

test("a part goes to the worker that has its stores, however much that has", async () => {
  const on = ["b", "a", "a", "c"];
  const { crew, start, wait, say, starts, answer, list } = newCrew(["a", "b", "c"], on);
  answer();
  list();
  start(0);
  await wait("it is ordered", () => starts().length === 1);
  expect(starts()[0]![0]).toBe("b");
  say("b", { said: "refused", index: 0, boot: 1, reason: "its stores are on a", on: "a" });
  await wait("it is ordered again", () => starts().length === 2);
  expect(starts()[1]![0]).toBe("a");
  say("a", { said: "exited", index: 0, boot: 1, words: "" });
  await wait("it has ended", () => !crew.has(0));
  await crew.end([], 0);
});

test("a worker that starts anew while an order is on its way to it: the part has ended, and it is said why", async () => {
  const { crew, start, wait, starts, answer, list, anew, exits } = newCrew(["a"], ["a"]);
  answer();
  list();
  start(0);
  await wait("it is ordered", () => starts().length === 1);
  anew("a");
  expect([crew.has(0), exits]).toEqual([false, ["its worker started anew"]]);
  await crew.end([], 0);
});
