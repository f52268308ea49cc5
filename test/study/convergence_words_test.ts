import assert from "node:assert/strict";
import type { ConvergenceResult, ConvergenceRow } from "../../packages/study/convergence/convergence.ts";
import { convergenceFindings } from "../../packages/study/convergence/words.ts";

function row(method: string, width: number, more: Partial<ConvergenceRow>): ConvergenceRow {
  const common = { layer: 1, trials: 3, density: 0.2, deadInputs: 0, deadOutputs: 0 };
  return { ...common, method, width, distance: 0, noiseFloor: 0, debiased: 0, ...more };
}

function result(...rows: ConvergenceRow[]): ConvergenceResult {
  return { rows, rates: [], histograms: [], limits: [], grid: 8, reference: 200 };
}

/** At a distance of the limit, by its interval. */
const limited = (limitLow: number, limitHigh: number, limitDebiased = limitHigh / 2) => ({
  ...{ limitDistance: limitDebiased + 0.1, limitNoiseFloor: 1, limitDebiased, limitLow, limitHigh },
});

Deno.test("convergenceFindings: at the limit and not at it, by the interval, whatever the ratio to the floor", () => {
  assert.deepEqual(
    convergenceFindings(result(
      row("snip", 100, limited(0.5, 4)),
      row("snip", 200, limited(0, 3.21, 1.5)),
      row("random", 100, limited(0.5, 4)),
      row("random", 200, limited(0.25, 1.5)),
      row("synflow", 100, limited(0, 0.1)),
      row("synflow", 200, limited(0.3, 0.9)),
    )),
    [
      "At n = 200 the masks of SNIP (at most 3.21 away) cannot be told from the limit computed for them.",
      "The averages of Random are 0.250 to 1.50 from its limit at n = 200, nearer with every width: it is constant, which averages of " +
      "masks sorted by their degrees are not at any width.",
      "SynFlow is not at its limit yet: 0.300 to 0.900 away at n = 200, not nearer with every width.",
      "Distances are without noise, at 95 % confidence.",
    ],
  );
});

Deno.test("convergenceFindings: a single trial does not tell; a method without a limit by how far its masks move", () => {
  const single = (limitDistance: number) => ({ limitDistance, limitNoiseFloor: 1, limitDebiased: 0.1 });
  assert.deepEqual(
    convergenceFindings(result(
      row("snip", 200, single(1.04)),
      row("random", 200, single(1.5)),
      row("mine", 100, { distance: 3, noiseFloor: 1, debiased: 2.8, low: 2, high: 3.4 }),
      row("mine", 200, {}),
      row("yours", 100, { distance: 1, noiseFloor: 1, debiased: 0, low: 0, high: 0.5 }),
      row("yours", 200, {}),
      row("other", 200, {}),
    )),
    [
      "SNIP is 1.04 noise floors from its limit at n = 200; how much of that is noise one trial cannot tell.",
      "Random is 1.50 noise floors from its limit at n = 200; how much of that is noise one trial cannot tell.",
      "mine has no limit that is known here; from n = 100 to n = 200 its masks move by 2 to 3.40.",
      "yours has no limit that is known here; from n = 100 to n = 200 its masks move by no more than noise (at most 0.500 away).",
      "other has no limit that is known here, and there is no other width to compare it with.",
    ],
  );
  const alone = row("random", 100, { distance: 1, noiseFloor: 1, debiased: 0 });
  assert.deepEqual(convergenceFindings({ ...result(alone, row("random", 200, {})), withoutLimits: true }), [
    "Random is not compared with a limit, which was left out; from n = 100 to n = 200 its masks move by " +
    "1 noise floors; how much of that is noise one trial cannot tell.",
  ]);
});

Deno.test("convergenceFindings: of many verdicts some are chance", () => {
  const methods = Array.from({ length: 20 }, (_, k) => row(`m${k}`, 200, limited(0, 1)));
  assert.match(
    convergenceFindings(result(...methods)).join("\n"),
    /of 20 methods at their limit, chance alone takes about 1 from it\./,
  );
});
