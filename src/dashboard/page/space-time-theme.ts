// The page's colours as a canvas needs them: what the variables of its style stand for at present.
import type { Theme } from "./space-time-pen.ts";

const SERIES = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];

/** Reads the variables where an element is. */
export function themeAt(place: HTMLElement): Theme {
  const probe = document.createElement("span");
  place.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const theme = {
    ...{ paper: colour("paper"), raised: colour("raised"), ink: colour("ink") },
    ...{ faint: colour("faint"), rule: colour("rule"), accent: colour("accent") },
    ...{ good: colour("good"), warn: colour("warn"), alarm: colour("alarm") },
    series: SERIES.map(colour),
  };
  probe.remove();
  return theme;
}

/** Calls when the colours may have changed; returns what ends that. */
export function whenThemeChanges(call: () => void): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const attributes = new MutationObserver(call);
  dark.addEventListener("change", call);
  attributes.observe(document.documentElement, { attributes: true });
  return () => {
    dark.removeEventListener("change", call);
    attributes.disconnect();
  };
}
