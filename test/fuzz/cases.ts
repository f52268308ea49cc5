import { BLIND, LONGEST, spliced } from "./blind.ts";
import { Random } from "./random.ts";
import type { Bytes, Target } from "./target.ts";

/** An input, and whether checksums in it were left as they were. */
export interface Case {
  readonly input: Bytes;
  readonly isSealed: boolean;
}

/** The `index`-th input of a target: one of its seeds with some changes, the same for the same number. */
export function caseOf(target: Target, seeds: readonly Bytes[], seed: number, index: number): Case {
  const random = Random.of(seed, target.name, index);
  let input = random.pick(seeds), isSealed = true;
  for (let left = random.pick([1, 1, 1, 2, 2, 3, 5]); left > 0; left--) {
    if (!target.isFolder && random.chance(0.03)) {
      input = spliced(input, random.pick(seeds), random);
      isSealed = false;
      continue;
    }
    const own = target.mutations.length > 0 && (target.isFolder || random.chance(0.5));
    const mutation = random.pick(own ? target.mutations : BLIND), changed = mutation.change(input, random);
    if (changed === undefined || changed.length > LONGEST) continue;
    input = changed;
    if (mutation.reseals) isSealed = false;
  }
  return { input, isSealed };
}
