// Light or dark, as the system has it or as was chosen here; and the colours of style.css for what is drawn on canvas.
import { computed, effect, signal } from "@preact/signals";
import { NAMES, type Palette, SERIES } from "./palette.ts";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORED = "orrery.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const systemIsDark = signal(dark.matches);

export const theme = signal<Theme>(stored());
/** Nothing is to move by itself. */
export const reducedMotion = signal(still.matches);

function stored(): Theme {
  const found = THEMES.find((name) => name === localStorage.getItem(STORED));
  return found ?? "system";
}

dark.addEventListener("change", () => {
  systemIsDark.value = dark.matches;
});
still.addEventListener("change", () => {
  reducedMotion.value = still.matches;
});
effect(() => {
  if (theme.value === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(STORED);
  } else {
    document.documentElement.dataset.theme = theme.value;
    localStorage.setItem(STORED, theme.value);
  }
});

/** The colours as they are now, as a canvas takes them. */
export const palette = computed((): Palette => {
  // Read again with each of these.
  void [systemIsDark.value, theme.value];
  const probe = document.createElement("span");
  document.documentElement.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const named = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as {
    [Name in (typeof NAMES)[number]]: string;
  };
  const series = Array.from({ length: SERIES }, (_, index) => read(`c${index + 1}`));
  probe.remove();
  return { ...named, series };
});
