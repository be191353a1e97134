// Events with vector clocks, checked and put into an order: what they say of messages becomes sends and receives.
//
// Clock rules (Mattern 1989; ShiViz): a host's own entry counts its events from 1; an entry of another host counts
// events that are in the log; whoever knows an event knows all that it knew; and nobody is known before he acts.
import { OrreryError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { MICROS_MAX } from "../core/micros.ts";
import { ClockRules } from "./clock-rules.ts";
import { EVENTS_MAX, HOSTS_MAX, type Imported, importedRun } from "./imported.ts";
import { type OrderedEvent, rowsOf } from "./imported-rows.ts";

/** Entries of all clocks together: some 400 MB. */
const ENTRIES_MAX = 50_000_000;
/** Between two events whose times are not known, µs. */
const STEP = 1_000;
/** Digits of a time since 1970, and how many of its units are a µs. */
const UNITS: { readonly [digits: number]: readonly [bigint, bigint] } = {
  19: [1n, 1_000n],
  16: [1n, 1n],
  13: [1_000n, 1n],
};

export type ClockedEvent = {
  /** Where it stands, from 1. */
  readonly line: number;
  readonly host: string;
  readonly text: string;
  readonly timestamp: string | undefined;
  readonly clock: readonly (readonly [string, unknown])[];
  readonly fields: { readonly [name: string]: Json };
};

export class CausalLog {
  readonly #hosts: string[] = [];
  readonly #idOf = new Map<string, number>();
  readonly #events: OrderedEvent[] = [];
  readonly #timestamps: (string | undefined)[] = [];
  #entries = 0;

  get size(): number {
    return this.#events.length;
  }

  /** @throws OrreryError "log/clocks", "log/bound" */
  add({ line, host, text, timestamp, clock, fields }: ClockedEvent): void {
    this.#entries += clock.length;
    if (this.size === EVENTS_MAX || this.#entries > ENTRIES_MAX) {
      const most = `${EVENTS_MAX} events and ${ENTRIES_MAX} entries of clocks can be read`;
      throw new OrreryError("log/bound", `line ${line}: at most ${most}`);
    }
    const hosts: number[] = [];
    const values: number[] = [];
    for (const [name, value] of clock) {
      if (!Number.isSafeInteger(value) || (value as number) < 0) {
        const said = JSON.stringify(value);
        throw new OrreryError(
          "log/clocks",
          `line ${line}: ${name} is ${said}, which counts nothing`,
        );
      }
      if (value === 0) continue;
      hosts.push(this.#host(name, line));
      values.push(value as number);
    }
    this.#events.push({ line, host: this.#host(host, line), text, fields, hosts, values });
    this.#timestamps.push(timestamp);
  }

  /** @throws OrreryError "log/clocks" naming the rule that does not hold, and the line */
  imported(
    { system, title }: { readonly system: string; readonly title: string },
    says: readonly string[],
  ): Imported {
    const rules = new ClockRules(this.#hosts, this.#events);
    const { order, causes } = rules.check();
    const times = this.#times(order, causes);
    const { batches, messages, joins } = rowsOf({
      ...{ events: this.#events, causes, hosts: this.#hosts },
      ...(times ?? { order, at: (place: number) => (place + 1) * STEP }),
    });
    const last = batches.at(-1)!;
    const duration = last.time(last.count - 1) + STEP;
    const count = (number: number, what: string): string =>
      `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
    const several = `${count(joins, "event")} of several causes: a receive each`;
    return {
      header: {
        runtime: "sim",
        run: importedRun(system, { log: title }, duration),
        names: this.#hosts,
        rates: this.#hosts.map(() => 0),
      },
      batches,
      says: [
        `${count(this.size, "event")} of ${count(this.#hosts.length, "host")}, ${count(messages, "message")} by their clocks`,
        "clock rules hold: own entries count from 1, hosts and counts are known, clocks are transitively closed",
        times === undefined
          ? "no times that keep the order: events are 1 ms apart"
          : "times are the log's",
        ...(joins > 0 ? [several] : []),
        ...says,
      ],
    };
  }

  #host(name: string, line: number): number {
    const known = this.#idOf.get(name);
    if (known !== undefined) return known;
    if (this.#hosts.length === HOSTS_MAX) {
      throw new OrreryError("log/bound", `line ${line}: at most ${HOSTS_MAX} hosts can be read`);
    }
    const id = this.#hosts.push(name) - 1;
    this.#idOf.set(name, id);
    return id;
  }

  /** The log's own times and its events ordered by them, if all have one and no cause is later than what it caused. */
  #times(order: Uint32Array, causes: readonly (readonly number[])[]) {
    const stamps: bigint[] = [];
    for (const text of this.#timestamps) {
      const unit = text !== undefined && /^\d+$/.test(text) ? UNITS[text.length] : undefined;
      if (unit === undefined) return undefined;
      stamps.push((BigInt(text!) * unit[0]) / unit[1]);
    }
    const first = stamps.reduce((least, each) => (each < least ? each : least));
    const micros = Float64Array.from(stamps, (each) => Number(each - first));
    if (micros.some((each) => each > MICROS_MAX)) return undefined;
    const place = new Uint32Array(order.length);
    order.forEach((event, at) => {
      place[event] = at;
    });
    const timed = order.slice().sort((a, b) => micros[a]! - micros[b]! || place[a]! - place[b]!);
    const lasts = new Map<number, number>();
    for (const event of timed) {
      const { host, hosts, values } = this.#events[event]!;
      const own = values[hosts.indexOf(host)]!;
      if (own !== (lasts.get(host) ?? 0) + 1) return undefined;
      lasts.set(host, own);
      if (causes[event]!.some((cause) => micros[cause]! > micros[event]!)) return undefined;
    }
    return { order: timed, at: (_: number, event: number) => micros[event]! };
  }
}
