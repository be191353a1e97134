// The story of a hosted run that failed: its messages are known, as they went through the host.
import { join } from "node:path";
import type { Json } from "../../core/json.ts";
import type { TraceEvent } from "../../core/trace-event.ts";
import { type Outcome, TRACE_FILE } from "../../experiments/record-run.ts";
import { writeFigures } from "../../experiments/run-figures.ts";
import { writeText } from "../../experiments/run-folder.ts";
import { type Finding, findingOf } from "../../hunt/findings.ts";
import type { Book } from "../../hunt/spy.ts";
import { tell } from "../../hunt/story.ts";
import { bodyOf } from "../../hunt/words.ts";
import { readTrace } from "../../trace/file.ts";
import { Keeper, Trace } from "../../trace/trace.ts";
import { storyFigure, storyLines } from "../hunt/story-figure.ts";
import { say } from "../print.ts";

/** Longer traces are not told: all of it is held in memory, and the bodies of its messages. */
export const EVENTS_MAX = 3_000_000;
/** Losses of the value in question that are told. */
const LOSSES_MAX = 4;

/** Tells the first check that failed, if one did, and keeps that beside the run. */
export async function tellHosted(
  { header, verdicts }: Outcome,
  folder: string,
  book: Book,
  silent: boolean,
): Promise<void> {
  const found = findingOf(verdicts);
  if (found === undefined) return;
  const { result, rows } = await readTrace(
    join(folder, TRACE_FILE),
    () => new Keeper(),
    EVENTS_MAX,
  );
  if (rows > EVENTS_MAX) return;
  const trace = new Trace(header.run, header.names, result);
  const story = tell(trace, withLosses(found, trace, book), book);
  const text = [`${story.check} fails: ${story.reason}`, "", ...storyLines(story)];
  writeText(join(folder, "story.txt"), `${text.join("\n")}\n`);
  await writeFigures(join(folder, "figures"), [["story", storyFigure(trace, story, header)]]);
  if (silent) return;
  say();
  for (const line of text) say(line);
  say(`\nStory     ${join(folder, "story.txt")}, ${join(folder, "figures", "story.png")}`);
}

/**
 * What is missing somewhere was mostly in a message that was lost on the way there: the first of those that carried
 * what the first witness asked for count as witnesses, too.
 */
function withLosses(found: Finding, trace: Trace, book: Book): Finding {
  const asked = askedBy(found.witnesses[0]);
  if (asked === undefined) return found;
  const losses: TraceEvent[] = [];
  for (const event of trace) {
    if (event.kind !== "drop" || losses.length >= LOSSES_MAX) continue;
    const body = bodyOf(event, book);
    if (body !== undefined && carries(body, asked)) losses.push(event);
  }
  const witnesses = [...found.witnesses, ...losses].sort((a, b) => a.sequence - b.sequence);
  return { ...found, witnesses };
}

/** The value that an operation was about, if it was about one. */
function askedBy(event: TraceEvent | undefined): Json | undefined {
  const { name, fields } = (event?.detail ?? {}) as {
    readonly name?: string;
    readonly fields?: { readonly value?: Json };
  };
  return name === "invoke" ? (fields?.value ?? undefined) : undefined;
}

/** Is this value anywhere in a body, but for its numbers of messages? */
function carries(body: Json, value: Json): boolean {
  if (typeof body !== "object" || body === null) return body === value;
  if (Array.isArray(body)) return body.some((part) => carries(part, value));
  return Object.entries(body).some(
    ([field, part]) => field !== "msg_id" && field !== "in_reply_to" && carries(part, value),
  );
}
