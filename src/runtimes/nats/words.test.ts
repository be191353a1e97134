import fc from "fast-check";
import { expect, test } from "vitest";
import {
  readFromHost,
  readFromLink,
  readHost,
  readList,
  readOfRun,
  readRead,
  readStatus,
  readToHost,
  readToLink,
} from "./words.ts";

const said = (value: unknown) => ({ json: () => value });
const broken = {
  json: () => {
    throw new SyntaxError("no JSON");
  },
};

const READERS = { readHost, readToLink, readFromLink, readOfRun, readList, readRead, readStatus };

const HOST = {
  worker: "a",
  start: "1",
  version: "1",
  host: "a",
  cores: 4,
  memoryBytes: 1,
  labels: {},
  parts: 0,
  jobs: 0,
  draining: false,
};
const FRAME = { first: 0, pieces: [["1", false]], heard: 0 };
const READ = { run: "r", file: "records/m_1.record", at: 0, crc: 0, most: 1 };

/** A sound word of each kind, its reader, and fields of which each makes it unsound. */
const WORDS: readonly [(value: unknown) => unknown, object, readonly object[]][] = [
  [
    (value) => readHost(said(value)),
    HOST,
    [
      { worker: "a.b" },
      { worker: "../a" },
      { worker: "" },
      { worker: "a>" },
      { worker: "a\n" },
      { cores: 0 },
      { cores: 1e9 },
      { cores: Number.NaN },
      { parts: -1 },
      { memoryBytes: "1" },
      { labels: { "a b": "c" } },
      { draining: 1 },
    ],
  ],
  [
    (value) => readToLink(said(value)),
    { run: "r", start: "1", frame: FRAME, echo: 1 },
    [
      { run: "*" },
      { run: "a.b" },
      { run: "../r" },
      { start: 1 },
      { start: "x".repeat(65) },
      { echo: -1 },
      { echo: 1.5 },
      { echo: 2 ** 60 },
      { frame: { ...FRAME, first: 2 ** 60 } },
      { frame: { ...FRAME, heard: -1 } },
      { frame: { ...FRAME, pieces: [["x".repeat(100_001), false]] } },
      { frame: { ...FRAME, pieces: Array(257).fill(["1", false]) } },
      { frame: { ...FRAME, pieces: [["1"]] } },
      { frame: { ...FRAME, more: 1 } },
    ],
  ],
  [
    (value) => readFromLink(said(value)),
    { worker: "a", start: "1", ask: 1 },
    [{ worker: "a.b" }, { ask: "1" }, { ask: 2 ** 60 }, { frame: {} }],
  ],
  [(value) => readOfRun(said(value)), { run: "r" }, [{ run: ".." }, { run: "a/b" }, { run: 1 }]],
  [
    (value) => readRead(said(value)),
    READ,
    [
      { run: ".." },
      { run: "../../etc" },
      { file: "../../etc/passwd" },
      { file: "/etc/passwd" },
      { file: "records/../../x" },
      { file: "records/.." },
      { file: "records/a/b" },
      { file: "records/a\\b" },
      { file: "records/a\0" },
      { file: "records/a\n" },
      { file: "records/" },
      { file: "worker.lock" },
      { file: "0.bound" },
      { at: -1 },
      { at: 2 ** 60 },
      { at: 0.5 },
      { most: 0 },
      { most: 1e9 },
      { crc: -1 },
    ],
  ],
  [
    (value) => readStatus(said(value)),
    { worker: "a", index: 0, status: {} },
    [{ index: -1 }, { index: 1.5 }, { worker: "*" }],
  ],
  [
    (value) => readToHost(value as never),
    { do: "signal", index: 0, signal: "SIGKILL" },
    [{ signal: "SIGHUP" }, { index: -1 }, { do: "die" }, { index: 2 ** 60 }],
  ],
  [
    (value) => readFromHost(value as never),
    { said: "started", index: 0, boot: 1, pid: 1 },
    [{ pid: -1 }, { boot: "1" }, { said: "x" }, { index: -1 }],
  ],
];

test("a sound word is read; with one field that is wrong it is not, nor without one", () => {
  for (const [read, sound, wrongs] of WORDS) {
    expect(read(sound)).toEqual(sound);
    for (const wrong of wrongs)
      expect([wrong, read({ ...sound, ...wrong })]).toEqual([wrong, undefined]);
    const optional = ["frame", "echo", "ask"];
    for (const field of Object.keys(sound).filter((each) => !optional.includes(each))) {
      expect([field, read({ ...sound, [field]: undefined })]).toEqual([field, undefined]);
    }
  }
});

test("whatever is said, readers do not throw, and what is no JSON is nothing", () => {
  for (const read of Object.values(READERS)) expect(read(broken)).toBeUndefined();
  fc.assert(
    fc.property(fc.anything(), (value) => {
      for (const read of Object.values(READERS)) read(said(value));
      readToHost(value as never);
      readFromHost(value as never);
    }),
  );
});

test("of files that a worker lists, only those are seen that can be records and stores", () => {
  const files = (names: readonly string[]) => names.map((name) => ({ name, size: 1 }));
  const sound = ["records/m-1.record", "stores/m_1.db", "stores/m.1.db-wal"];
  const wrong = [
    "stores/../../m_1.db",
    "records/../x",
    "/etc/passwd",
    "records/a/b",
    "stores/..",
    "x",
  ];
  const list = readList(said({ files: files([...wrong, ...sound]) }));
  expect(list).toEqual({ files: files(sound) });
  expect(readList(said({ files: [{ name: "records/a", size: -1 }] }))).toBeUndefined();
});
