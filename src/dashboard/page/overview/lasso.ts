// Pointing at pictures: what is under a point, and what is within a line drawn around it.
import type { Spot } from "./picture.ts";

export type Point = readonly [x: number, y: number];

/** So near, px, is near enough. */
const NEAR = 8;

/** The process whose spot is nearest to a point, if one is near. */
export function spotAt(spots: readonly Spot[], [x, y]: Point): number | null {
  let [nearest, best]: [number | null, number] = [null, Number.POSITIVE_INFINITY];
  for (const [process, spot] of spots.entries()) {
    const distance = Math.hypot(spot.x - x, spot.y - y) - spot.radius;
    if (distance < best && distance <= NEAR) [nearest, best] = [process, distance];
  }
  return nearest;
}

/** Those whose spots are within a closed line. */
export function within(spots: readonly Spot[], line: readonly Point[]): readonly number[] {
  return [...spots.keys()].filter((process) => isInside(spots[process]!, line));
}

/** Does a ray from the spot to the right cross the line an odd number of times? */
function isInside({ x, y }: Spot, line: readonly Point[]): boolean {
  let inside = false;
  let [beforeX, beforeY] = line.at(-1) ?? [0, 0];
  for (const [nextX, nextY] of line) {
    const crosses =
      nextY > y !== beforeY > y &&
      x < ((beforeX - nextX) * (y - nextY)) / (beforeY - nextY) + nextX;
    if (crosses) inside = !inside;
    [beforeX, beforeY] = [nextX, nextY];
  }
  return inside;
}
