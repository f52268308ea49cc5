import assert from "node:assert/strict";
import {
  concentrationVerdicts,
  magnitudeVerdicts,
  shapeVerdicts,
} from "../../../packages/study/reproduce/spectrum_claims.ts";
import type { Spectra } from "../../../packages/study/reproduce/spectra.ts";
import { KERNEL_CHOICES } from "../../../packages/study/reproduce/spectrum_choices.ts";

/** Spectra of three trials made from an energy and a scale per method and sparsity, with a little noise per trial. */
function spectra(
  methods: string[],
  sparsities: number[],
  law: (method: string, sparsity: number) => { energy: number; scale: number },
  noise = 0.001,
): Spectra {
  return {
    methods,
    sparsities,
    width: 8,
    samples: 8,
    trials: 3,
    choices: KERNEL_CHOICES.slice(0, 3),
    of: (method, sparsity) =>
      [-1, 0.3, 0.7].map((wobble, trial) => {
        const { energy, scale } = law(method, sparsity);
        // What the trials have in common does not hide a difference between methods.
        const shared = 0.05 * trial;
        const value = energy + shared + noise * wobble * (method === "random" ? 1 : -1) * (sparsity + 0.5);
        return {
          trace: scale,
          eigenvalues: [scale, scale / 2],
          energy5: value,
          energy10: value,
          effectiveRank: 4,
          spectralGap: 2,
          decayRate: 1,
        };
      }),
  };
}

const verdicts = (list: readonly { verdict: string }[]) => [...new Set(list.map(({ verdict }) => verdict))];

Deno.test("claim 3: a shape that stays, one that moves, and one that cannot be told", () => {
  const at = (slope: number, noise?: number) =>
    spectra(["random"], [0.5, 0.95], (_, s) => ({ energy: 0.45 + slope * s, scale: 1 }), noise);
  assert.deepEqual(verdicts(shapeVerdicts(at(0))), ["holds"]);
  assert.deepEqual(verdicts(shapeVerdicts(at(0.4))), ["does not hold"]);
  assert.deepEqual(verdicts(shapeVerdicts(at(0, 0.05))), ["not decided"]);
  assert.equal(shapeVerdicts(at(0)).length, 3);
  assert.match(shapeVerdicts(at(0.4))[0].detail, /from 50 % to 95 %.*top-5 energy \+\d/);
});

Deno.test("claim 4: growth must be there, and beyond that of random pruning", () => {
  const of = (snip: number, random: number, noise?: number) =>
    concentrationVerdicts(spectra(
      ["random", "snip"],
      [0.5, 0.8, 0.95],
      (method, s) => ({ energy: 0.4 + (method === "snip" ? snip : random) * s, scale: 1 }),
      noise,
    ));
  assert.deepEqual(verdicts(of(0.3, 0)), ["holds"]);
  assert.deepEqual(verdicts(of(0, 0.3)), ["does not hold"]);
  assert.deepEqual(verdicts(of(-0.3, 0)), ["does not hold"]);
  assert.deepEqual(verdicts(of(0.3, 0, 0.3)), ["not decided"]);
  assert.deepEqual(of(0.3, 0).length, 3);
});

Deno.test("claim 6: larger eigenvalues, no larger energy", () => {
  const of = (scale: number, energy: number) =>
    magnitudeVerdicts(spectra(
      ["random", "magnitude"],
      [0.8],
      (method) => method === "magnitude" ? { energy: 0.45 + energy, scale } : { energy: 0.45, scale: 1 },
    ));
  assert.deepEqual(verdicts(of(50, 0)), ["holds"]);
  assert.deepEqual(verdicts(of(50, 0.1)), ["does not hold"]);
  assert.deepEqual(verdicts(of(0.5, 0)), ["does not hold"]);
  assert.deepEqual(verdicts(of(1, 0)), ["not decided"]);
});

Deno.test("claims: nothing is said of methods or sparsities that are not there", () => {
  const one = spectra(["random", "snip"], [0.8], () => ({ energy: 0.4, scale: 1 }));
  assert.deepEqual([shapeVerdicts(one), concentrationVerdicts(one), magnitudeVerdicts(one)], [[], [], []]);
});
