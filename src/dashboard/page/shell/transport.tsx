// Drives the run through time: step, play, how fast, and where.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { drive } from "../branches/beside-state.ts";
import { amount, instant, span } from "../format.ts";
import { frame, hindrance, incidentsVersion, main, show } from "../store.ts";

export const SPEEDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const;
/** A run that gets less far than so much of what is asked says how far. */
const KEEPS_UP = 0.8;
/** Marks of faults on the scrubber. */
const MARKS_MAX = 100;

export function Transport() {
  const now = frame.value;
  const info = show.value;
  if (now === null || info === null) return null;
  return (
    <div class="transport">
      <Buttons playing={now.playing} ended={now.ended} />
      <Speed speed={now.speed} playing={now.playing} />
      <Why />
      {info.duration === null ? <span /> : <Scrubber at={now.now} duration={info.duration} />}
      <output class="time" aria-label="Time of the run">
        {instant(now.now)}
        {info.duration === null ? null : <span class="quiet"> / {span(info.duration)}</span>}
      </output>
    </div>
  );
}

function Buttons({ playing, ended }: { readonly playing: boolean; readonly ended: boolean }) {
  const [step, play] = [hindrance("step"), hindrance("play")];
  const by = (steps: number, label: string, sign: string) => (
    <button
      type="button"
      disabled={step !== null}
      title={step ?? label}
      aria-label={`${sign}: ${label}`}
      onClick={() => drive({ do: "step", by: steps })}
    >
      {sign}
    </button>
  );
  const label = playing ? "Pause" : "Play";
  return (
    <fieldset class="group" aria-label="Play and step">
      {by(-10, "10 steps back (Shift+←)", "−10")}
      {by(-1, "A step back (←)", "−1")}
      <button
        type="button"
        class="play"
        disabled={play !== null || (ended && !playing)}
        title={play ?? `${label} (Space)`}
        aria-label={label}
        onClick={() => drive({ do: playing ? "pause" : "play" })}
      >
        <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
          <path d={playing ? "M2 1h3v10H2zM7 1h3v10H7z" : "M2 1l9 5-9 5z"} />
        </svg>
      </button>
      {by(1, "A step on (→)", "+1")}
      {by(10, "10 steps on (Shift+→)", "+10")}
    </fieldset>
  );
}

function Speed({ speed, playing }: { readonly speed: number; readonly playing: boolean }) {
  const reason = hindrance("play");
  const speeds = [...new Set<number>([...SPEEDS, speed])].sort((a, b) => a - b);
  // Read here, so that it is measured again with each frame.
  void frame.value;
  const really = main.clock.speed;
  return (
    <label class="speed">
      <span class="unseen">Speed</span>
      <select
        value={String(speed)}
        disabled={reason !== null}
        title={reason ?? "Times as fast as real time"}
        onChange={({ currentTarget }) =>
          drive({ do: "speed", factor: Number(currentTarget.value) })
        }
      >
        {speeds.map((factor) => (
          <option key={factor} value={String(factor)}>
            × {factor}
          </option>
        ))}
      </select>
      {playing && really > 0 && really < KEEPS_UP * speed ? (
        <span class="quiet" title="As fast as this computer gets it done">
          really × {amount(Number(really.toPrecision(2)))}
        </span>
      ) : null}
    </label>
  );
}

function Scrubber({ at, duration }: { readonly at: number; readonly duration: number }) {
  const reason = hindrance("step");
  /** Where the thumb was put while the run is not there yet. */
  const wanted = useSignal<number | null>(null);
  const going = useRef(false);
  const seek = async (): Promise<void> => {
    if (going.current) return;
    going.current = true;
    // The latest alone counts of all places that the thumb passed meanwhile.
    for (let target = wanted.peek(); target !== null; target = wanted.peek()) {
      await drive({ do: "seek", at: target });
      if (wanted.peek() === target) wanted.value = null;
    }
    going.current = false;
  };
  return (
    <div class="scrubber">
      <Marks duration={duration} />
      <input
        type="range"
        min={0}
        max={duration}
        step={1_000}
        value={wanted.value ?? at}
        disabled={reason !== null}
        title={reason ?? "Go to a time"}
        aria-label="Time"
        aria-valuetext={instant(at)}
        onInput={({ currentTarget }) => {
          wanted.value = Math.round(currentTarget.valueAsNumber);
          seek();
        }}
      />
    </div>
  );
}

/** Why it cannot be driven: what is dimmed says it only to who points at it. */
function Why() {
  const reason = hindrance("play") ?? hindrance("step");
  return reason === null ? null : <span class="quiet why">{reason}</span>;
}

/** Where faults began. */
function Marks({ duration }: { readonly duration: number }) {
  void incidentsVersion.value;
  const troubles = main.incidents.troubles(show.value?.names ?? []);
  return (
    <div class="marks" aria-hidden="true">
      {troubles.slice(-MARKS_MAX).map(({ row, from, to }) => {
        const width = (100 * ((to ?? from) - from)) / duration;
        return <i key={row} style={{ left: `${(100 * from) / duration}%`, width: `${width}%` }} />;
      })}
    </div>
  );
}
