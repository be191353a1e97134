// Who is whose neighbour, as `topology` tells nodes: a grid, as square as it can be.
import { nodeNames } from "./params.ts";

/** The neighbours of each node, by their names. */
export function gridOf(nodes: number): { readonly [node: string]: readonly string[] } {
  const names = nodeNames(nodes);
  const side = Math.ceil(Math.sqrt(nodes));
  const neighbours = (id: number): readonly string[] => {
    const column = id % side;
    const near = [id - side, id + side];
    if (column > 0) near.push(id - 1);
    if (column < side - 1) near.push(id + 1);
    return near.flatMap((other) => names[other] ?? []);
  };
  return Object.fromEntries(names.map((name, id) => [name, neighbours(id)]));
}
