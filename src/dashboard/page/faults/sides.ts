// Two sides between which links can be cut or troubled: chosen by lasso, or one machine after the other.
import { signal } from "@preact/signals";

export type Side = "a" | "b";

/** Whom was put on which side. Nobody on side B: all others are. */
export const sides = signal<ReadonlyMap<number, Side>>(new Map());
/** Clicking a machine puts it on a side, rather than looking into it. */
export const choosing = signal(false);

function setSide(process: number, side: Side | null): void {
  const changed = new Map(sides.value);
  if (side === null) changed.delete(process);
  else changed.set(process, side);
  sides.value = changed;
}

/** None, A, B, and none again. */
export function turnSide(process: number): void {
  const side = sides.value.get(process);
  setSide(process, side === undefined ? "a" : side === "a" ? "b" : null);
}

/** These are on that side, and who was before no more. */
export function chooseSide(processes: readonly number[], side: Side): void {
  const others = [...sides.value].filter(([_, before]) => before !== side);
  sides.value = new Map([...others, ...processes.map((process) => [process, side] as const)]);
}

/** The names of one side. */
export function namesOf(side: Side, names: readonly string[]): readonly string[] {
  return [...sides.value]
    .filter(([_, each]) => each === side)
    .map(([process]) => names[process]!)
    .sort((a, b) => names.indexOf(a) - names.indexOf(b));
}
