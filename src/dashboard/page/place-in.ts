/** How many of some ascending numbers, the first `count`, are below another. Cost: a binary search. */
export function placeIn(
  numbers: { readonly [at: number]: number; readonly length: number },
  other: number,
  count = numbers.length,
): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < other) low = middle + 1;
    else high = middle;
  }
  return low;
}
