import assert from "node:assert/strict";
import {
  debiasedDistance,
  frobeniusDistance,
  GraphonTrials,
  measureDistance,
  StepGraphon,
} from "@graphon-limit/graphon";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";
import { randomGraphon } from "./support.ts";

/** Trials of a graphon with normal noise in every cell. */
function noisyTrials(
  graphon: StepGraphon,
  count: number,
  noise: number,
  random: RandomSequence,
): GraphonTrials {
  const trials = new GraphonTrials(graphon.rows, graphon.cols);
  for (let trial = 0; trial < count; trial++) {
    const values = graphon.values.map((value) => value + noise * random.normal());
    trials.add(new StepGraphon(graphon.rows, graphon.cols, values));
  }
  return trials;
}

Deno.test("debiasedDistance: agrees with measureDistance on the distance, floor and debiased distance", () => {
  const random = new RandomSequence(1), graphon = randomGraphon(1, 6, 5);
  for (const apart of [0, 0.02, 0.3]) {
    const a = noisyTrials(graphon, 5, 0.1, random);
    const moved = new StepGraphon(6, 5, graphon.values.map((value) => value + apart));
    const b = noisyTrials(moved, 3, 0.2, random);
    const measured = measureDistance(a, b, [1, 1]), { interval, ...found } = debiasedDistance(a, b);
    for (const name of ["distance", "noiseFloor", "debiased"] as const) {
      assert.ok(Math.abs(found[name] - measured[name]) < 1e-12, name);
    }
    assert.ok(0 <= interval[0] && interval[0] <= interval[1]);
  }
});

Deno.test("debiasedDistance: its interval holds the true distance about as often as it says", () => {
  const random = new RandomSequence(2), truth = randomGraphon(2, 6), other = randomGraphon(3, 6);
  const scaled = new StepGraphon(6, 6, truth.values.map((value, i) => value + 0.1 * (other.values[i] - 0.5)));
  const trueDistance = frobeniusDistance(truth, scaled);
  for (const exact of [false, true]) {
    let held = 0, squares = 0;
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      const reference = exact ? scaled : noisyTrials(scaled, 10, 0.1, random);
      const measured = debiasedDistance(noisyTrials(truth, 12, 0.1, random), reference, {
        level: 0.9,
        resamples: 300,
        seed: run,
      });
      if (measured.interval[0] <= trueDistance && trueDistance <= measured.interval[1]) held++;
      squares += (measured.distance ** 2 - measured.noiseFloor ** 2) / runs;
    }
    assert.ok(held >= 0.8 * runs && held <= 0.98 * runs, `${held} of ${runs}, reference exact: ${exact}`);
    // The squared estimate has no bias, though the plain squared distance is far too large.
    assert.ok(Math.abs(squares / trueDistance ** 2 - 1) < 0.15, `${squares} for ${trueDistance ** 2}`);
  }
});

Deno.test("debiasedDistance: an interval of equal graphons begins at 0; it narrows with more trials", () => {
  const random = new RandomSequence(5), graphon = randomGraphon(4, 8);
  const moved = new StepGraphon(8, 8, graphon.values.map((value) => value + 0.1));
  const widthOf = (count: number) => {
    const { interval } = debiasedDistance(noisyTrials(graphon, count, 0.1, random), moved);
    return interval[1] - interval[0];
  };
  assert.ok(widthOf(100) < 0.5 * widthOf(8));
  let zeros = 0;
  for (let run = 0; run < 40; run++) {
    const a = noisyTrials(graphon, 10, 0.1, random), b = noisyTrials(graphon, 10, 0.1, random);
    if (debiasedDistance(a, b, { resamples: 300 }).interval[0] === 0) zeros++;
  }
  assert.ok(zeros >= 34, `${zeros} of 40`);
});

Deno.test("debiasedDistance: repeats with its seed; refuses single trials, other grids and bad settings", () => {
  const random = new RandomSequence(6), graphon = randomGraphon(4, 3);
  const trials = noisyTrials(graphon, 10, 0.1, random), single = noisyTrials(graphon, 1, 0.1, random);
  assert.deepEqual(
    debiasedDistance(trials, graphon, { seed: 3 }),
    debiasedDistance(trials, graphon, { seed: 3 }),
  );
  assert.notDeepEqual(
    debiasedDistance(trials, graphon, { seed: 3 }),
    debiasedDistance(trials, graphon, { seed: 4 }),
  );
  assert.throws(() => debiasedDistance(single, graphon), oneLine(InvalidArgumentError, "2 trials", "1"));
  assert.throws(
    () => debiasedDistance(trials, randomGraphon(1, 4)),
    oneLine(InvalidArgumentError, "9", "16"),
  );
  assert.throws(
    () => debiasedDistance(trials, graphon, { level: 1 }),
    oneLine(InvalidArgumentError, "level", "1"),
  );
  assert.throws(
    () => debiasedDistance(trials, graphon, { resamples: 0 }),
    oneLine(InvalidArgumentError, "resamples", "0"),
  );
});
