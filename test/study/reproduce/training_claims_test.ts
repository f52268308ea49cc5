import assert from "node:assert/strict";
import { fasterVerdicts, growthVerdicts } from "../../../packages/study/reproduce/training_claims.ts";
import {
  type Contender,
  contenderLabel,
  contendersOf,
  cross,
  type Curves,
} from "../../../packages/study/reproduce/training_curves.ts";

const random = { method: "random" }, counts = { method: "random", quota: "snip" }, snip = { method: "snip" };

/** Losses of three trials, as `law` has them but for a little noise. */
function curves(law: (contender: Contender) => number): Curves {
  return {
    contenders: contendersOf(["he", "torch"], cross([random, counts, snip], [0.5, 0.9])),
    learningRate: 0.001,
    steps: 4,
    freshSteps: 4,
    trials: 3,
    of: (contender) =>
      [0, 0.001, -0.001].map((noise) => {
        // Noise that the trials do not share between methods.
        const level = law(contender) + (contender.method === "snip" ? noise : -noise);
        return [2, 1, 1, level];
      }),
  };
}

const found = (verdicts: readonly { choice: string; verdict: string }[]) =>
  verdicts.map(({ choice, verdict }) => `${choice}: ${verdict}`);

Deno.test("claim 5: a verdict for each initialiser and sparsity, against random pruning and against its own layer counts", () => {
  const verdicts = fasterVerdicts(
    curves(({ initialiser, method, quota }) =>
      method === "snip" ? 0.2 : quota ? 0.2 : initialiser === "he" ? 0.1 : 0.4
    ),
    ["snip"],
    5,
  );
  assert.deepEqual(found(verdicts), [
    "He: does not hold",
    "He, against its own layer counts: not decided",
    "He: does not hold",
    "He, against its own layer counts: not decided",
    "PyTorch: holds",
    "PyTorch, against its own layer counts: not decided",
    "PyTorch: holds",
    "PyTorch, against its own layer counts: not decided",
  ]);
  assert.ok(verdicts.every(({ number, claim }) => number === 5 && /claim 5; (He|PyTorch)/.test(claim)));
  assert.match(verdicts[1].detail, /random, SNIP's layer counts less SNIP: \+0\.000/);
});

Deno.test("claim 5: the loss at the end grows with sparsity, method by method under each initialiser", () => {
  const verdicts = growthVerdicts(
    curves(({ initialiser, sparsity }) => initialiser === "he" ? sparsity : -sparsity),
  );
  assert.deepEqual(found(verdicts), [
    ...["He: holds", "He: holds"],
    ...["PyTorch: does not hold", "PyTorch: does not hold"],
  ]);
});

Deno.test("contenderLabel: names a control by what it controls for", () => {
  assert.equal(contenderLabel({ method: "random", quota: "synflow" }), "Random, SynFlow's layer counts");
  assert.equal(contenderLabel({ method: "snip" }), "SNIP");
});
