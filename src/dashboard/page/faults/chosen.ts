// Which fault the form is about.
import { signal } from "@preact/signals";
import type { CHOICES } from "./fault-text.ts";

export const chosenKind = signal<(typeof CHOICES)[number]>("kill");
