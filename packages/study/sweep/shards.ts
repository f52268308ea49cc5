/** A part of a sweep that one worker does: the `index`-th of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The items of one of several parts. Each item is in exactly one; neighbours, which share networks, stay together; the parts' costs
 * differ by little more than one item's.
 *
 * @param cost of an item, above 0; without it all cost the same
 */
export function shardOf<T>(
  items: readonly T[],
  { index, count }: Shard,
  cost: (item: T) => number = () => 1,
): T[] {
  const costs = items.map(cost), total = costs.reduce((sum, one) => sum + one, 0);
  let before = 0;
  return items.filter((_, at) => {
    const middle = before + costs[at] / 2;
    before += costs[at];
    // The middle of an item's stretch decides; rounding must not put it past the last part.
    return Math.min(count, Math.floor(count * middle / total) + 1) === index;
  });
}
