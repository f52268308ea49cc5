import assert from "node:assert/strict";
import { StepGraphon } from "@graphon-limit/graphon";
import { RandomSequence } from "@graphon-limit/runtime";
import {
  fall,
  signOf,
  squaredDistance,
  withBounds,
} from "../../packages/study/statistics/squared_distance.ts";

const CELLS = 36;

/**
 * Trials about a constant graphon, each cell off by a normal number, and all of them together by another, which makes one mode of
 * noise along any difference of constant graphons.
 */
function trials(
  random: RandomSequence,
  count: number,
  value: number,
  noise: number,
  common = 0,
): StepGraphon[] {
  return Array.from({ length: count }, () => {
    const shared = common * random.normal();
    return new StepGraphon(
      6,
      6,
      Float64Array.from({ length: CELLS }, () => value + shared + noise * random.normal()),
    );
  });
}

Deno.test("squaredDistance: without noise the squared distance itself, and falls between them", () => {
  const random = new RandomSequence(1);
  const of = (gap: number) => squaredDistance(trials(random, 4, 0.2 + gap, 0), trials(random, 4, 0.2, 0));
  const far = of(0.3), near = of(0.1);
  for (const { found, expected } of [{ found: far, expected: 0.09 }, { found: near, expected: 0.01 }]) {
    for (const number of [found.value, found.low, found.high]) {
      assert.ok(Math.abs(number - CELLS * expected) < 1e-9);
    }
  }
  const { value, low, high } = fall(far, near);
  for (const number of [value, low, high]) assert.ok(Math.abs(number - CELLS * 0.08) < 1e-9);
  assert.equal(signOf(fall(far, near)), "above");
  assert.equal(signOf(fall(near, far)), "below");
});

for (const common of [0, 0.05]) {
  Deno.test(`fall: covers where ${common ? "noise is common to all cells" : "noise is even"}, distances of one reference`, () => {
    const random = new RandomSequence(4), runs = 1000, far = 0.2, near = 0.08;
    const truth = CELLS * (far ** 2 - near ** 2);
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      const reference = trials(random, 5, 0.3, 0.1, common);
      const [wide, narrow] = [far, near].map((gap) =>
        squaredDistance(trials(random, 5, 0.3 + gap, 0.1, common), reference)
      );
      const { low, high } = fall(wide, narrow);
      if (low <= truth && truth <= high) covered++;
    }
    // Noise of the reference that both distances share makes the interval longer than it need be, never shorter.
    assert.ok(covered > 0.93 * runs && covered < runs, `${covered} of ${runs}`);
  });
}

Deno.test("squaredDistance: of single trials nothing is decided", () => {
  const random = new RandomSequence(5);
  const [far, near] = [0.5, 0.1].map((gap) =>
    squaredDistance(trials(random, 1, 0.1 + gap, 0.1), trials(random, 1, 0.1, 0.1))
  );
  const found = fall(far, near);
  assert.equal(signOf(found), "undecided");
  assert.match(withBounds(found, 2), /^\d+\.\d\d \(a single trial: no interval\)$/);
});
