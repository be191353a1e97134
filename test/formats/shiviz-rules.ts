// The rules of ShiViz's parser, checked by reading a log anew: nothing of ours is used. What it does not check itself
// (that clocks are transitively closed, and that no two events are the same) is checked too.

/** An event as its log tells it. */
export type Logged = {
  readonly text: string;
  readonly host: string;
  readonly clock: ReadonlyMap<string, number>;
};

/** The events of a log with its two lines of header. @throws Error that names the rule that is broken */
export function read(log: string): Logged[] {
  const [parser, delimiter, ...lines] = log.split("\n");
  if (parser === undefined || delimiter === undefined) throw new Error("it has two lines at least");
  if (delimiter !== "") throw new Error("one execution has a blank delimiter");
  if (/\\[()]/.test(parser)) throw new Error("ShiViz breaks escaped parentheses in a parser");
  const body = lines.join("\n");
  const events = [...body.matchAll(new RegExp(`^${parser}$`, "gm"))].map(
    ({ groups }): Logged => ({
      text: groups!.event!,
      host: groups!.host!,
      clock: new Map(Object.entries(JSON.parse(groups!.clock!) as { [host: string]: number })),
    }),
  );
  if (2 * events.length !== lines.length - 1) throw new Error("every line belongs to an event");
  return events;
}

/** @throws Error that names the rule that is broken */
export function check(events: readonly Logged[]): void {
  const byHost = new Map<string, Logged[]>();
  for (const event of events) {
    const of = byHost.get(event.host) ?? [];
    of.push(event);
    byHost.set(event.host, of);
  }
  const own = ({ host, clock }: Logged): number => clock.get(host) ?? Number.NaN;
  for (const [host, of] of byHost) {
    of.sort((a, b) => own(a) - own(b));
    of.forEach((event, index) => {
      if (own(event) !== index + 1) throw new Error(`${host} rises by 1 from 1`);
    });
  }
  for (const event of events) {
    const previous = byHost.get(event.host)![own(event) - 2];
    for (const [host, value] of previous?.clock ?? []) {
      if ((event.clock.get(host) ?? 0) < value) throw new Error("clocks are transitively closed");
    }
    for (const [host, value] of event.clock) {
      const of = byHost.get(host);
      if (of === undefined) throw new Error(`${host} appears in the log`);
      if (!Number.isInteger(value) || value < 1) throw new Error(`${value} counts events`);
      if (value > of.length) throw new Error(`${value} is at most the number of events of ${host}`);
      const cause = of[value - 1]!;
      if (cause === event) continue;
      for (const [other, known] of cause.clock) {
        if ((event.clock.get(other) ?? 0) < known)
          throw new Error("clocks are transitively closed");
      }
      if ((cause.clock.get(event.host) ?? 0) >= own(event)) throw new Error("time has no loops");
    }
  }
}
