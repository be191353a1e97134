// The logical clocks of a run for TLC, one event a line in an order that extends happens-before: whoever has the
// specification docs/tla/ClocksTrace.tla can see whether each clock is what Lamport's rules make it.
import { OrreryError } from "../core/errors.ts";
import { KIND } from "../core/trace-event.ts";
import { type Choice, type Format, isChosen } from "./format.ts";

/** How an event is called there; the others move no clock. */
const EVENTS = new Map<number, "start" | "internal" | "send" | "receive">([
  [KIND.start, "start"],
  [KIND.internal, "internal"],
  [KIND.timeout, "internal"],
  [KIND.send, "send"],
  [KIND.receive, "receive"],
]);

/**
 * A behaviour begins with its first state, and all of it is checked.
 * @throws OrreryError "config/option" if its beginning, or a process, was left out
 */
export function fromTheStart({ from, processes, events }: Choice): void {
  if (from === 0 && processes === null && events === null) return;
  const why = "a specification checks a behaviour from its first state on, of all processes";
  throw new OrreryError("config/option", `--from, --only, --cone: ${why}; shorten it with --until`);
}

export const tla: Format = {
  says: "one JSON object an event, for TLC with docs/tla/ClocksTrace.tla: are all clocks as Lamport's rules make them?",
  extension: "ndjson",
  begin({ names }, choice, write) {
    fromTheStart(choice);
    let events = 0;
    return {
      see(batch) {
        let text = "";
        for (let row = 0; row < batch.count; row++) {
          const event = EVENTS.get(batch.kind(row));
          if (event === undefined || !isChosen(choice, batch, row)) continue;
          const host = names[batch.process(row)]!;
          const lamport = batch.lamport(row);
          const id = [batch.sender(row), batch.senderIncarnation(row), batch.message(row)];
          const message = event === "send" || event === "receive" ? { message: id.join(".") } : {};
          text += `${JSON.stringify({ event, host, ...message, lamport })}\n`;
          events++;
        }
        write(text);
      },
      end: () => ({ events, notes: [] }),
    };
  },
};
