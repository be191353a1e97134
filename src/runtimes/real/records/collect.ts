// The records of machines that were started one by one, made into one run.
//
// Machines that speak another program's wire do not know who sent what they heard, nor which of his
// messages it was. The connection tells: he who dialled it from that port wrote down so; and on one
// connection no clock comes twice. What comes from a machine without a record is inferred from those
// who heard it: each of its clocks is one send.
import { existsSync } from "node:fs";
import { NONE } from "../../../core/batch.ts";
import { OrreryError } from "../../../core/errors.ts";
import type { Run } from "../../../core/run.ts";
import { KIND } from "../../../core/trace-event.ts";
import { INFERRED, type RecordSource } from "../../../trace/merge.ts";
import type { RecordedRow, RecordHeader } from "../../../trace/record.ts";
import { recordLines } from "./record-file.ts";
import { FileSource, type Identity, identityKey } from "./records.ts";
import { offsetsOf } from "./skew.ts";

/** One start of a machine, as its record tells it. */
type Section = {
  readonly path: string;
  /** Its place among those of the file, from 0. */
  readonly ordinal: number;
  readonly header: RecordHeader;
  /** Unix time of its instant 0 and of its last row, µs; as corrected when clocks were apart. */
  epoch: number;
  last: number;
  /** When its first messages were sent and heard. */
  readonly sent: Map<string, number>;
  readonly arrived: Map<string, number>;
  /** Peer → ports from which it dialled him. */
  readonly dialled: { readonly peer: number; readonly port: number }[];
  readonly heard: Heard[];
  /** Sends by receiver and stamp; only where others may have to ask for them. */
  readonly sends: Map<string, { readonly incarnation: number; readonly message: number }>;
};

type Heard = {
  readonly to: number;
  readonly guess: number;
  readonly number: number;
  readonly stamp: number;
  readonly via: string;
  /** Unix time, µs. */
  readonly time: number;
};

/** Records that belong together, ready to be merged. */
export type Collected = {
  readonly run: Run;
  readonly names: readonly string[];
  readonly rates: readonly number[];
  readonly sources: readonly RecordSource[];
  /** Names of machines of which there is no record. */
  readonly silent: readonly string[];
  /** How many times all were started anew, and which of these times this is, from 1. */
  readonly rounds: number;
  readonly round: number;
  /** Machines whose clocks were off, and by how much, µs. */
  readonly corrected: readonly (readonly [name: string, ahead: number])[];
};

/** Messages of one start that are enough to compare clocks by. */
const TIMED_MAX = 20_000;

/**
 * Reads the records of machines, given by themselves or by the logs they lie beside. Of several
 * rounds (after each of which all had stopped) the last is taken, or the one asked for.
 * @throws OrreryError "files/missing", "trace/unreadable", "config/option"
 */
export function collect(paths: readonly string[], wanted?: number): Collected {
  const sections = paths.map(recordOf).flatMap(scan);
  const corrected = correct(sections);
  const rounds = roundsOf(sections);
  const round = wanted ?? rounds.length;
  const chosen = rounds[round - 1];
  if (chosen === undefined) {
    const there = rounds.length === 1 ? "is 1 round" : `are ${rounds.length} rounds`;
    throw new OrreryError("config/option", `--round ${round}: there ${there}`);
  }
  const { names, rates, run } = chosen[0]!.header;
  for (const { path, header } of chosen) {
    if (header.names.join() === names.join()) continue;
    throw new OrreryError(
      "trace/unreadable",
      `${path}: it is of other machines than ${chosen[0]!.path}`,
    );
  }
  const base = Math.min(...chosen.map(({ epoch }) => epoch));
  const end = Math.max(...chosen.map(({ last }) => last));
  const recorded = new Set(chosen.flatMap(({ header }) => header.processes));
  const { identities, inferred } = resolve(chosen, recorded, base);
  const files = [...new Set(chosen.map(({ path }) => path))];
  return {
    run: { ...run, duration: Math.max(1, end - base) as Run["duration"] },
    names,
    rates,
    sources: [
      ...files.map((path) => {
        const own = chosen.filter((each) => each.path === path);
        const epochs = new Map(own.map(({ ordinal, epoch }) => [ordinal, epoch]));
        return new FileSource(path, base, { epochs, identities });
      }),
      ...inferred,
    ],
    silent: names.filter((_, process) => !recorded.has(process)),
    rounds: rounds.length,
    round,
    corrected,
  };
}

const recordOf = (path: string): string => {
  if (path.endsWith(".record")) return path;
  const beside = `${path.replace(/\.[^./\\]*$/, "")}.record`;
  if (existsSync(beside)) return beside;
  throw new OrreryError("files/missing", `there is no record beside ${path} (${beside})`);
};

function scan(path: string): Section[] {
  const sections: Section[] = [];
  let heard: Omit<Heard, "time">[] = [];
  for (const line of recordLines(path)) {
    const section = sections.at(-1);
    if (line.kind === "header") {
      const { header } = line;
      const { epoch } = header;
      const begun = { path, ordinal: sections.length, header, epoch, last: epoch };
      const maps = { sends: new Map(), sent: new Map(), arrived: new Map() };
      sections.push({ ...begun, ...maps, dialled: [], heard: [] });
    }
    if (section === undefined) continue; // the first line is a header
    if (line.kind === "row") {
      const time = section.header.epoch + line.row.time;
      section.last = Math.max(section.last, time);
      for (const each of heard) section.heard.push({ ...each, time });
      heard = [];
      if (section.header.foreign) noteSend(section, line.row);
      else noteTime(section, line.row, time);
    } else if (line.kind === "heard") {
      const [to, guess, number, stamp] = line.heard.heard;
      heard.push({ to, guess, number, stamp, via: line.heard.via });
    } else if (line.kind === "dialled") {
      section.dialled.push({ peer: line.dialled.dialled, port: line.dialled.port });
    } else if (line.kind === "end") {
      section.last = Math.max(section.last, section.header.epoch + line.end);
    }
  }
  if (sections.length === 0) throw new OrreryError("trace/unreadable", `${path}: it is empty`);
  return sections;
}

function noteSend({ header, sends }: Section, row: RecordedRow): void {
  if (row.kind !== KIND.send && row.kind !== KIND.copy) return;
  const offset = header.run.lamport === "standard" ? 0 : 1;
  const { incarnation, message } = row;
  sends.set(`${row.process}/${row.peer}/${row.lamport - offset}`, { incarnation, message });
}

function noteTime({ sent, arrived, header }: Section, row: RecordedRow, time: number): void {
  if (row.kind === KIND.send && sent.size < TIMED_MAX) {
    sent.set(`${row.process}/${row.incarnation}/${row.message}`, time);
  } else if (row.kind === KIND.arrive && arrived.size < TIMED_MAX && row.peer !== NONE) {
    // What came from oneself came over no wire.
    if (header.processes.includes(row.peer)) return;
    arrived.set(`${row.peer}/${row.sender}/${row.message}`, time);
  }
}

/** Sets clocks right that were apart; says which. */
function correct(sections: readonly Section[]): Collected["corrected"] {
  const offsets = offsetsOf(sections.map(({ sent, arrived }) => ({ sent, heard: arrived })));
  return sections.flatMap((section, index) => {
    const ahead = offsets[index]!;
    section.epoch -= ahead;
    section.last -= ahead;
    return ahead === 0 ? [] : [[section.header.owner, ahead] as const];
  });
}

/** Starts that overlap in time, however indirectly, are one round. */
function roundsOf(sections: readonly Section[]): Section[][] {
  const rounds: Section[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const section of [...sections].sort((a, b) => a.epoch - b.epoch)) {
    if (section.epoch > end) rounds.push([]);
    rounds.at(-1)!.push(section);
    end = Math.max(end, section.last);
  }
  return rounds;
}

/** Who sent what was heard; and sources of what the silent machines sent. */
function resolve(
  sections: readonly Section[],
  recorded: ReadonlySet<number>,
  base: number,
): {
  readonly identities: ReadonlyMap<string, Identity>;
  readonly inferred: readonly RecordSource[];
} {
  const identities = new Map<string, Identity>();
  const unknown: (Unknown & { readonly from: number })[] = [];
  const names = sections[0]!.header.names;
  const silent = names.map((_, process) => process).filter((process) => !recorded.has(process));
  const sends = new Map(sections.flatMap((section) => [...section.sends]));
  for (const section of sections) {
    for (const heard of section.heard) {
      const from = senderOf(heard, sections, silent);
      const send = sends.get(`${from}/${heard.to}/${heard.stamp}`);
      const key = identityKey(section.path, section.ordinal, heard.guess, heard.number);
      if (send !== undefined) identities.set(key, { process: from, ...send });
      else unknown.push({ from, section, heard });
    }
  }
  const inferred: RecordSource[] = [];
  for (const from of new Set(unknown.map((each) => each.from))) {
    const of = unknown.filter((each) => each.from === from);
    inferred.push(new InferredSource(from, of, base, identities, recorded.has(from)));
  }
  return { identities, inferred };
}

function senderOf(
  { to, guess, via }: Heard,
  sections: readonly Section[],
  silent: readonly number[],
): number {
  const port = Number(/:(\d+)$/.exec(via)?.[1]);
  const dialler = sections.find(({ dialled }) =>
    dialled.some((each) => each.peer === to && each.port === port),
  );
  if (dialler !== undefined) return dialler.header.processes[0]!;
  return silent.includes(guess) ? guess : (silent[0] ?? guess);
}

type Unknown = { readonly section: Section; readonly heard: Heard };

/** What a machine without a record sent, as those who heard it know it: in the order of its clock. */
class InferredSource implements RecordSource {
  head: RecordedRow | undefined;
  readonly #process: number;
  readonly #rows: RecordedRow[] = [];
  readonly #owns: boolean;
  #next = 0;

  constructor(
    process: number,
    unknown: readonly Unknown[],
    base: number,
    identities: Map<string, Identity>,
    recorded: boolean,
  ) {
    this.#process = process;
    this.#owns = !recorded;
    const sends = this.#sends(unknown);
    // A send comes before all that was heard of it and of later ones.
    let soonest = Number.POSITIVE_INFINITY;
    for (let at = sends.length - 1; at >= 0; at--) {
      for (const { heard } of sends[at]!.heard) soonest = Math.min(soonest, heard.time - base);
      sends[at]!.time = Math.max(0, soonest);
    }
    for (const [number, { incarnation, stamp, heard, time }] of sends.entries()) {
      for (const [copy, each] of heard.entries()) {
        this.#rows.push({
          time,
          kind: copy === 0 ? KIND.send : KIND.copy,
          process,
          incarnation,
          lamport: Math.max(0, stamp),
          inbox: 0,
          peer: each.heard.to,
          message: number,
          sender: incarnation,
          detail: copy === 0 ? INFERRED : undefined,
        });
        const { path, ordinal } = each.section;
        const key = identityKey(path, ordinal, each.heard.guess, each.heard.number);
        identities.set(key, { process, incarnation, message: number });
      }
    }
    this.next();
  }

  owns(process: number): boolean {
    return this.#owns && process === this.#process;
  }

  next(): void {
    this.head = this.#rows[this.#next++];
  }

  /** One send for each clock; where a clock falls, the program was started anew. */
  #sends(unknown: readonly Unknown[]) {
    const starts = new Map<number, { start: number; stamp: number }>();
    const sends = new Map<
      string,
      { incarnation: number; stamp: number; heard: Unknown[]; time: number }
    >();
    const byTime = [...unknown].sort((a, b) => a.heard.time - b.heard.time);
    for (const each of byTime) {
      const { to, stamp } = each.heard;
      const before = starts.get(to) ?? { start: 1, stamp: -1 };
      const start = before.start + (stamp <= before.stamp ? 1 : 0);
      starts.set(to, { start, stamp });
      const key = `${start}/${stamp}`;
      const send = sends.get(key) ?? { incarnation: start, stamp, heard: [], time: 0 };
      send.heard.push(each);
      sends.set(key, send);
    }
    return [...sends.values()].sort((a, b) => a.incarnation - b.incarnation || a.stamp - b.stamp);
  }
}
