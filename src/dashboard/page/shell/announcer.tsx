// Says what changed to those who do not see it: who went down or came back, which fault began or ended, and that the
// run plays or stands.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { withoutSpan } from "../faults/fault-text.ts";
import { instant } from "../format.ts";
import { frame, incidentsVersion, main, show, shownId } from "../store.ts";
import type { Trouble } from "../watched/incidents.ts";

/** More at once are counted. */
const TOLD = 3;

export function Announcer() {
  const said = useSignal("");
  const before = useRef<ReadonlyMap<number, Trouble> | null>(null);
  useEffect(() => {
    before.current = null;
  }, [shownId.value]);
  useEffect(() => {
    const all = main.incidents.troubles(show.peek()?.names ?? []);
    const known = before.current;
    before.current = new Map(all.map((trouble) => [trouble.row, trouble]));
    // What there is at first is not news.
    if (known === null) return;
    const news = all.flatMap((trouble) => {
      const old = known.get(trouble.row);
      if (old === undefined) return [`begins: ${withoutSpan(trouble.says)}`];
      return old.to === null && trouble.to !== null ? [`over: ${withoutSpan(trouble.says)}`] : [];
    });
    if (news.length === 0) return;
    const more = news.length > TOLD ? [`and ${news.length - TOLD} more`] : [];
    said.value = [...news.slice(0, TOLD), ...more].join("; ");
  }, [incidentsVersion.value]);
  const playing = frame.value?.playing;
  useEffect(() => {
    const now = frame.peek();
    if (now === null) return;
    said.value = now.playing ? "playing" : `standing at ${instant(now.now)}`;
  }, [playing]);
  return (
    <p class="unseen" aria-live="polite">
      {said.value}
    </p>
  );
}
