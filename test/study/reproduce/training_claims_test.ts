import assert from "node:assert/strict";
import { fasterVerdicts, growthVerdicts } from "../../../packages/study/reproduce/training_claims.ts";
import {
  type Contender,
  contenderLabel,
  contendersOf,
  cross,
  type Curves,
  cutSentence,
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

Deno.test("claim 5: a network that pruning cut in two decides nothing, which is said", () => {
  const whole = curves(() => 0.5);
  const cut: Curves = {
    ...whole,
    of: (contender) =>
      contender.initialiser === "torch" && contender.method === "snip" && contender.sparsity === 0.9
        ? whole.of(contender).map((losses, trial) => trial === 0 ? losses : losses.map(() => Math.log(10)))
        : whole.of(contender),
  };
  const line = /SNIP at 90 % from PyTorch's weights in 2 of 3 trials/;
  for (const { claim, verdict, detail } of [...fasterVerdicts(cut, ["snip"], 5), ...growthVerdicts(cut)]) {
    const own = /^SNIP at 90 % .*PyTorch|under SNIP .*PyTorch/.test(claim);
    if (own) assert.equal(verdict, "not decided", claim);
    assert.equal(line.test(detail), own, claim);
  }
  assert.equal(cutSentence(whole, whole.contenders), "");
  assert.match(cutSentence(cut, cut.contenders), line);
});
