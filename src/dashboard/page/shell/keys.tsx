// Everything by keyboard, and the dialog that says how.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { drive } from "../branches/beside-state.ts";
import { complaint, frame, hindrance, selected, show, VIEWS, view } from "../store.ts";
import { isThere } from "./header.tsx";
import { panel } from "./panel.ts";
import { SPEEDS } from "./transport.tsx";

export const helpIsOpen = signal(false);

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ["Space", "play, pause"],
  ["← →", "a step back, a step on"],
  ["Shift ← →", "10 steps"],
  ["− +", "slower, faster"],
  ["Home", "back to the beginning"],
  ["1 … 4", "the views"],
  ["J K", "the next machine, the one before"],
  ["P", "the panel at the side, open or closed"],
  ["Esc", "select none, dismiss what is said"],
  ["?", "these keys"],
];

export function HelpDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpIsOpen.value) dialog.current!.showModal();
    else dialog.current!.close();
  }, [helpIsOpen.value]);
  const close = (): void => {
    helpIsOpen.value = false;
  };
  return (
    <dialog ref={dialog} aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="primary" onClick={close}>
        Close
      </button>
    </dialog>
  );
}

/** Hears keys wherever the focus is; returns what ends it. */
export function listenForKeys(): () => void {
  const heard = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (helpIsOpen.peek() || isForTarget(event)) return;
    const act = ACTS[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(event);
  };
  addEventListener("keydown", heard);
  return () => removeEventListener("keydown", heard);
}

/** Fields take all keys, sliders arrows, and what can be pressed takes the space bar. */
function isForTarget({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("textarea, select, input:not([type=range], [type=checkbox])") !== null) {
    return key !== "Escape";
  }
  const slides = target.closest("input[type=range], [role=tab]") !== null;
  if (slides && /^(Arrow|Home)/.test(key)) return true;
  return key === " " && target.closest("button, summary, input, a") !== null;
}

const step = (by: number) => (event: KeyboardEvent) => {
  if (hindrance("step") === null) drive({ do: "step", by: event.shiftKey ? 10 * by : by });
};

const look = (place: number) => () => {
  const name = VIEWS[place]!;
  if (isThere(name)) view.value = name;
};

const faster = (by: number) => () => {
  const speed = frame.peek()?.speed ?? 1;
  const next =
    by > 0 ? SPEEDS.find((each) => each > speed) : SPEEDS.findLast((each) => each < speed);
  if (hindrance("play") === null) drive({ do: "speed", factor: next ?? speed });
};

const select = (by: number) => () => {
  const names = show.peek()?.names.length ?? 0;
  if (names === 0) return;
  const before = selected.peek() ?? (by > 0 ? -1 : names);
  selected.value = (before + by + names) % names;
  panel.value = "machine";
};

const ACTS: { readonly [key: string]: (event: KeyboardEvent) => void } = {
  " ": () => {
    if (hindrance("play") === null) drive({ do: frame.peek()?.playing ? "pause" : "play" });
  },
  ArrowLeft: step(-1),
  ArrowRight: step(1),
  Home: () => {
    if (hindrance("step") === null) drive({ do: "seek", at: 0 });
  },
  "-": faster(-1),
  "+": faster(1),
  "=": faster(1),
  1: look(0),
  2: look(1),
  3: look(2),
  4: look(3),
  j: select(1),
  k: select(-1),
  p: () => {
    panel.value = panel.peek() === null ? "faults" : null;
  },
  Escape: () => {
    complaint.value = null;
    selected.value = null;
  },
  "?": () => {
    helpIsOpen.value = true;
  },
};
