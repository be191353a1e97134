// Lamport clocks that no later incarnation repeats.

/** L is reserved in blocks of at least this size. */
const BLOCK_MIN = 32;
/** And for processes without a pace, of this. */
const BLOCK_UNPACED = 1_024;

/**
 * The clock at which a new incarnation starts when the old one may have used all up to `lamport`:
 * the next multiple of a block, which is the power of two that lasts a second or so at that rate
 * (ticks per second, 0 if unpaced), so that reserving costs one durable write a second.
 */
export function reserveAbove(lamport: number, rate: number): number {
  const block = rate > 0 ? 2 ** Math.ceil(Math.log2(Math.max(rate, BLOCK_MIN))) : BLOCK_UNPACED;
  return (Math.floor(lamport / block) + 1) * block;
}
