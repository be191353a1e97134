// Clocks, inboxes, drift and events against time.
import { palette } from "../shell/theme.ts";
import { act, hindrance, selected } from "../store.ts";
import { perSecond } from "../watched/activity.ts";
import type { Connection } from "../watched/connection.ts";
import { useWatched } from "../watched/context.ts";
import type { Spread } from "../watched/history.ts";
import { type Line, Lines } from "./lines.tsx";
import { TimeRange } from "./time-range.tsx";

/** Of more machines only the lowest, the middle and the highest are drawn, and the one that is selected. */
const CLOCKS_MAX = 12;
const INBOXES_MAX = 6;

export function Charts() {
  const watched = useWatched();
  const { frame, show, history } = watched;
  // Read here, so that each frame draws anew.
  if (frame.value === null || show.value === null) return null;
  const { accent, series } = palette.value;
  const onTime =
    hindrance("step") === null
      ? (seconds: number): void => {
          act({ do: "seek", at: Math.max(0, Math.round(seconds * 1e6)) });
        }
      : undefined;
  const drift = (): number[] =>
    history.lamports.high.map((high, sample) => high - history.lamports.low[sample]!);
  return (
    <div class="charts">
      <OfAll
        title="L"
        {...{ watched, onTime }}
        of={history.lamport}
        spread={history.lamports}
        max={CLOCKS_MAX}
        ranged
      />
      <OfAll
        title="Inbox"
        {...{ watched, onTime }}
        of={history.waiting}
        spread={history.waitings}
        max={INBOXES_MAX}
      />
      <Lines
        title="Drift"
        stepped
        fromZero
        lines={[{ name: "highest − lowest L", colour: series[3]! }]}
        data={() => [history.seconds, drift()]}
        onTime={onTime}
      />
      <Lines
        title="Events per second"
        lines={[{ name: "events/s", colour: accent }]}
        fromZero
        stepped
        data={() => perSecond(history.seconds, history.rows)}
        onTime={onTime}
      />
    </div>
  );
}

type OfAllProps = {
  readonly title: string;
  readonly watched: Connection;
  readonly of: readonly number[][];
  readonly spread: Spread;
  /** So many have a line each. */
  readonly max: number;
  /** Beside its title it is chosen how much is shown. */
  readonly ranged?: boolean;
  readonly onTime: ((seconds: number) => void) | undefined;
};

/** A line for each of few; of many the middle, in a band from the lowest to the highest. */
function OfAll({
  title,
  watched: { frame, show, history },
  of,
  spread,
  max,
  ranged = false,
  onTime,
}: OfAllProps) {
  // Read here too: a part whose properties stay the same is not rendered again.
  void frame.value;
  const { series, accent, faint } = palette.value;
  const names = show.value!.names;
  const head = ranged ? <TimeRange /> : null;
  if (names.length <= max) {
    const lines = names.map((name, process) => lineOf(name, process, series));
    return (
      <Lines
        title={title}
        lines={lines}
        stepped
        data={() => [history.seconds, ...of]}
        onTime={onTime}
        head={head}
      />
    );
  }
  const one = selected.value;
  const lines: Line[] = [
    { name: "lowest", colour: faint, faint: true },
    { name: "highest", colour: faint, faint: true },
    { name: "middle", colour: accent },
    ...(one === null ? [] : [{ name: names[one]!, colour: series[1]! }]),
  ];
  return (
    <Lines
      title={title}
      lines={lines}
      banded
      stepped
      data={() => {
        const { low, mid, high } = spread;
        return [history.seconds, low, high, mid, ...(one === null ? [] : [of[one]!])];
      }}
      onTime={onTime}
      head={head}
    />
  );
}

/** Colours come again after eight: those lines are dashed. */
const lineOf = (name: string, process: number, series: readonly string[]): Line => ({
  name,
  colour: series[process % series.length]!,
  dashed: process >= series.length,
});
