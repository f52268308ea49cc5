/** A step of a trail: a layer leads from its inputs to its outputs. */
export interface Edge {
  readonly from: number;
  readonly to: number;
}

/** The ways of walking along every edge once. */
export interface Trails {
  /** One of them, as indices of the edges in order; undefined where there is none. */
  readonly trail: readonly number[] | undefined;
  /** Whether it is the only one. */
  readonly unique: boolean;
}

/**
 * Finds an order of edges in which each begins where the one before ends, and whether there are others. An order of layers
 * that their shapes allow is such a trail over widths (Euler 1736), which takes time that grows with the number of layers
 * only: an order of points would take all of them apart.
 *
 * Any two such trails differ by exchanges of parts with common ends (Ukkonen 1992, Pevzner 1995), so one is the only one
 * if it has no two parts to exchange: no place it comes to three times, no two places in turn, and it is not closed, for
 * a closed one may begin anywhere.
 *
 * @param mayBegin where a closed trail may begin; anywhere, unless given
 */
export function findTrail(edges: readonly Edge[], mayBegin: (place: number) => boolean = () => true): Trails {
  const none: Trails = { trail: undefined, unique: false };
  const start = startOf(edges, mayBegin);
  if (start === undefined) return none;
  const trail = walk(edges, start);
  if (trail.length !== edges.length) return none;
  const visits = [edges[trail[0]].from, ...trail.map((index) => edges[index].to)];
  const closed = visits[0] === visits[visits.length - 1];
  return { trail, unique: closed ? edges.length === 1 : isNested(visits) };
}

/** Where a trail has to begin: where one more edge leaves than arrives; where it may, where there is no such place. */
function startOf(edges: readonly Edge[], mayBegin: (place: number) => boolean): number | undefined {
  const surplus = new Map<number, number>();
  const add = (place: number, change: number) => surplus.set(place, (surplus.get(place) ?? 0) + change);
  for (const { from, to } of edges) {
    add(from, 1);
    add(to, -1);
  }
  const uneven = [...surplus].filter(([, difference]) => difference !== 0);
  if (uneven.length === 0) return edges.find(({ from }) => mayBegin(from))?.from;
  if (uneven.length !== 2 || uneven.some(([, difference]) => Math.abs(difference) !== 1)) return undefined;
  return uneven.find(([, difference]) => difference === 1)?.[0];
}

/** Walks on until stuck, then adds the detours that are left, from the end backwards (Hierholzer 1873). */
function walk(edges: readonly Edge[], start: number): number[] {
  const leaving = new Map<number, number[]>();
  // From the last to the first, so that those taken from the end of a list are in the order they were given.
  for (let index = edges.length - 1; index >= 0; index--) {
    const { from } = edges[index], others = leaving.get(from);
    if (others === undefined) leaving.set(from, [index]);
    else others.push(index);
  }
  const path: { place: number; by: number | undefined }[] = [{ place: start, by: undefined }];
  const backwards: number[] = [];
  while (path.length > 0) {
    const { place, by } = path[path.length - 1];
    const next = leaving.get(place)?.pop();
    if (next !== undefined) path.push({ place: edges[next].to, by: next });
    else {
      path.pop();
      if (by !== undefined) backwards.push(by);
    }
  }
  return backwards.reverse();
}

/** Whether every place is come to at most twice, and between two visits of one place others are left as they were found. */
function isNested(visits: readonly number[]): boolean {
  const counts = new Map<number, number>();
  for (const place of visits) counts.set(place, (counts.get(place) ?? 0) + 1);
  const open: number[] = [], seen = new Set<number>();
  for (const place of visits) {
    const count = counts.get(place) ?? 0;
    if (count > 2) return false;
    if (count === 1) continue;
    if (seen.has(place)) {
      if (open.pop() !== place) return false;
    } else open.push(place);
    seen.add(place);
  }
  return true;
}
