/** Names and parts of them that are looked at: more would take long and tell no more. */
const LONGEST = 200, MOST_CANDIDATES = 2000;

/** The candidate that is fewest letters away from a name, for "did you mean"; undefined where there is none. */
export function closestName(name: string, candidates: readonly string[]): string | undefined {
  let closest: string | undefined, least = Infinity;
  for (const candidate of candidates.slice(0, MOST_CANDIDATES)) {
    const distance = editDistance(name.slice(0, LONGEST), candidate.slice(0, LONGEST));
    if (distance < least) [closest, least] = [candidate, distance];
  }
  return closest;
}

/** Letters to add, leave out or change to make one text of the other (Levenshtein 1966). */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
