// How much of a run the charts show: its last part, in which single events are seen, or all of it.
import { signal } from "@preact/signals";
import type uPlot from "uplot";
import { placeIn } from "../place-in.ts";

/** Seconds of the run; 0: all. */
export const lastSeconds = signal(60);

const CHOICES = [
  [10, "10 s"],
  [60, "1 min"],
  [600, "10 min"],
  [0, "all"],
] as const;

/** What is shown of columns that begin with seconds: the sample before the part too, so that lines begin at its edge. */
export function lastPart(data: uPlot.AlignedData): uPlot.AlignedData {
  const seconds = data[0];
  const from = (seconds.at(-1) ?? 0) - lastSeconds.value;
  if (lastSeconds.value === 0 || (seconds[0] ?? 0) >= from) return data;
  const first = Math.max(0, placeIn(seconds, from) - 1);
  return data.map((column) => column.slice(first)) as uPlot.AlignedData;
}

export function TimeRange() {
  return (
    <select
      class="time-range"
      aria-label="How much the charts show"
      value={String(lastSeconds.value)}
      onChange={({ currentTarget }) => {
        lastSeconds.value = Number(currentTarget.value);
      }}
    >
      {CHOICES.map(([seconds, says]) => (
        <option key={seconds} value={String(seconds)}>
          {says}
        </option>
      ))}
    </select>
  );
}
