// Whether vector clocks are clocks, and what they say of who told whom.
import { OrreryError } from "../core/errors.ts";

export type Clocked = {
  readonly line: number;
  readonly host: number;
  /** The hosts it knows of, its own among them, and beside them how many events of each. */
  readonly hosts: readonly number[];
  readonly values: readonly number[];
};

/** Comparisons of entries; more than a minute's. */
const WORK_MAX = 3_000_000_000;

export class ClockRules {
  readonly #names: readonly string[];
  readonly #events: readonly Clocked[];
  /** By host, its events by their own entries. */
  readonly #byHost: number[][];
  /** The clock that is looked at, by host; zeros in between. */
  readonly #clock: Float64Array;
  readonly #sums: Float64Array;
  #work = 0;

  constructor(names: readonly string[], events: readonly Clocked[]) {
    this.#names = names;
    this.#events = events;
    this.#byHost = names.map(() => []);
    this.#clock = new Float64Array(names.length);
    this.#sums = Float64Array.from(events, ({ values }) =>
      values.reduce((sum, value) => sum + value, 0),
    );
  }

  /**
   * A linear extension of the order, and for each event those of other hosts that it learnt of and that none of the
   * others told it: who sent it a message. Source: Mattern 1989; less clocks have less sums.
   * @throws OrreryError "log/clocks", "log/bound"
   */
  check(): { readonly order: Uint32Array; readonly causes: readonly (readonly number[])[] } {
    this.#checkOwn();
    const order = Uint32Array.from(this.#events.keys());
    const sums = this.#sums;
    order.sort((a, b) => sums[a]! - sums[b]! || a - b);
    const causes = new Array<readonly number[]>(order.length);
    for (const event of order) causes[event] = this.#causesOf(event);
    return { order, causes };
  }

  /** Own entries count from 1; entries of others count events of hosts that have some. */
  #checkOwn(): void {
    this.#events.forEach(({ line, host, hosts, values }, event) => {
      const at = hosts.indexOf(host);
      if (at < 0) throw this.#broken(line, `${this.#names[host]} does not count itself`);
      const own = values[at]!;
      const of = this.#byHost[host]!;
      if (own > this.#events.length || of[own - 1] !== undefined) {
        const why =
          own > this.#events.length ? "more than the log has" : "and so did an earlier one";
        throw this.#broken(line, `${this.#names[host]} counts ${own} events, ${why}`);
      }
      of[own - 1] = event;
    });
    this.#byHost.forEach((of) => {
      for (let own = 1; own <= of.length; own++) {
        if (of[own - 1] !== undefined) continue;
        const next = this.#events[of.find((event, at) => at >= own && event !== undefined)!]!;
        const to = next.values[next.hosts.indexOf(next.host)];
        const says = own === 1 ? `begins with ${to}` : `jumps from ${own - 1} to ${to}`;
        throw this.#broken(next.line, `the count of ${this.#names[next.host]} ${says}`);
      }
    });
    for (const { line, hosts, values } of this.#events) {
      hosts.forEach((host, at) => {
        const { length } = this.#byHost[host]!;
        if (length === 0) throw this.#broken(line, `${this.#names[host]} is no host of the log`);
        if (values[at]! <= length) return;
        const most = `${this.#names[host]} has ${length} events, not ${values[at]}`;
        throw this.#broken(line, most);
      });
    }
  }

  #causesOf(event: number): readonly number[] {
    const { host, hosts, values } = this.#events[event]!;
    const clock = this.#clock;
    hosts.forEach((each, at) => {
      clock[each] = values[at]!;
    });
    const own = clock[host]!;
    const before = own === 1 ? undefined : this.#byHost[host]![own - 2]!;
    if (before !== undefined) this.#checkKnows(event, before);
    // What is new since its last event, the latest first: who knows most is looked at before those he knew of.
    const known = new Map<number, number>();
    if (before !== undefined) {
      const last = this.#events[before]!;
      last.hosts.forEach((each, at) => {
        known.set(each, last.values[at]!);
      });
    }
    const learnt = hosts
      .filter((each) => each !== host && clock[each]! > (known.get(each) ?? 0))
      .map((each) => this.#byHost[each]![clock[each]! - 1]!)
      .sort((a, b) => this.#sums[b]! - this.#sums[a]!);
    const causes: number[] = [];
    for (const cause of learnt) {
      const { host: other } = this.#events[cause]!;
      if ((known.get(other) ?? 0) >= clock[other]!) continue;
      this.#checkKnows(event, cause);
      causes.push(cause);
      const told = this.#events[cause]!;
      told.hosts.forEach((each, at) => {
        known.set(each, Math.max(known.get(each) ?? 0, told.values[at]!));
      });
    }
    for (const each of hosts) clock[each] = 0;
    return causes;
  }

  /** Whoever knows an event knows what it knew, and it did not know him. */
  #checkKnows(event: number, cause: number): void {
    const { line, host } = this.#events[event]!;
    const { line: of, hosts, values } = this.#events[cause]!;
    this.#work += hosts.length;
    if (this.#work > WORK_MAX) {
      throw new OrreryError("log/bound", `line ${line}: its clocks are too many to compare`);
    }
    hosts.forEach((each, at) => {
      const here = this.#clock[each]!;
      if (here < values[at]!) {
        const name = this.#names[each];
        const less = `its clock has ${here} for ${name}, but it knows of line ${of}, which has ${values[at]}`;
        throw this.#broken(line, less);
      }
      if (each === host && values[at]! >= here) {
        throw this.#broken(line, `it and line ${of} would each be before the other`);
      }
    });
  }

  #broken(line: number, says: string): OrreryError {
    return new OrreryError("log/clocks", `line ${line}: ${says}`);
  }
}
