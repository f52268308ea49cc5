import assert from "node:assert/strict";
import {
  type Contender,
  contendersOf,
  cross,
  type Curves,
  finalLosses,
  freshStepsOf,
  lastFreshLosses,
  repeats,
} from "../../../packages/study/reproduce/training_curves.ts";
import { finalLossTable } from "../../../packages/study/reproduce/training_tables.ts";
import { QUICK_SCALE } from "../../../packages/study/reproduce/scale.ts";

/** Losses of 1 until images come back, of 0.5 from there on. */
function curves(freshSteps: number): Curves {
  const steps = 40;
  return {
    contenders: contendersOf(["torch"], cross([{ method: "snip" }], [0.8])),
    ...{ learningRate: 0.001, steps, freshSteps, trials: 2 },
    of: () => [0, 1].map(() => Array.from({ length: steps }, (_, step) => step < freshSteps ? 1 : 0.5)),
  };
}

const snip: Contender = { initialiser: "torch", method: "snip", sparsity: 0.8 };

Deno.test("training: losses at the end beside the last ones on images that have not been seen before", () => {
  const repeated = curves(25);
  assert.ok(repeats(repeated));
  assert.deepEqual(finalLosses(repeated, snip), [0.5, 0.5]);
  assert.deepEqual(lastFreshLosses(repeated, snip), [1, 1]);
  const { rows, caption } = finalLossTable(repeated);
  assert.deepEqual(rows.map((row) => row.slice(1)), [
    ["the paper", "0.26 ± 0.06"],
    ["PyTorch", "0.500 ± 0.000"],
    ["PyTorch, on new images", "1.000 ± 0.000"],
  ]);
  assert.match(caption, /mean of the last 10 of 40 steps; on new images: of the last 10 of 25/);
});

Deno.test("training: a set that lasts for all steps has one line, and so has one of which no ten steps are new", () => {
  for (const freshSteps of [40, 9]) {
    assert.ok(!repeats(curves(freshSteps)));
    assert.equal(finalLossTable(curves(freshSteps)).rows.length, 2);
  }
  const scale = { ...QUICK_SCALE, common: { data: { images: 10_000 } } } as Parameters<
    typeof freshStepsOf
  >[0];
  assert.equal(freshStepsOf({ ...scale, batchSize: 64 }, 200), 156);
  assert.equal(freshStepsOf({ ...scale, batchSize: 64 }, 101), 101);
});
