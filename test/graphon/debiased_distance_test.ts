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

/** Trials with normal noise of which `share` is common to all cells, along `mode`, and the rest even over them; 1 in all. */
function modalTrials(
  graphon: StepGraphon,
  { count, share, mode, random }: {
    readonly count: number;
    readonly share: number;
    readonly mode: Float64Array;
    readonly random: RandomSequence;
  },
): GraphonTrials {
  const trials = new GraphonTrials(graphon.rows, graphon.cols);
  const own = Math.sqrt((1 - share) / graphon.values.length);
  for (let trial = 0; trial < count; trial++) {
    const common = Math.sqrt(share) * random.normal();
    const values = graphon.values.map((value, cell) => value + common * mode[cell] + own * random.normal());
    trials.add(new StepGraphon(graphon.rows, graphon.cols, values));
  }
  return trials;
}

Deno.test("debiasedDistance: its interval covers as often as it says, whether noise is even or common to cells", () => {
  const random = new RandomSequence(2), zero = StepGraphon.constant(0, 6), runs = 250;
  const axis = (at: number) => Float64Array.from(zero.values, (_, cell) => cell === at ? 1 : 0);
  const cases = [0, 0.3, 1].flatMap((cosine) =>
    [0, 1 / 3, 1].flatMap((share) => [2, 3, 10].map((count) => ({ cosine, share, count })))
  );
  for (const { cosine, share, count } of cases) {
    const mode = axis(0).map((value, cell) => cosine * value + Math.sqrt(1 - cosine ** 2) * axis(1)[cell]);
    for (const floors of [0.5, 3]) {
      let held = 0, below = 0;
      const distance = floors / Math.sqrt(count);
      const truth = new StepGraphon(6, 6, axis(0).map((value) => distance * value));
      for (let run = 0; run < runs; run++) {
        const trials = modalTrials(truth, { count, share, mode, random });
        const { interval: [low, high] } = debiasedDistance(trials, zero, { level: 0.9 });
        // All of the noise across the difference: the lower end is the distance itself, up to rounding.
        if (low <= distance + 1e-9 && distance <= high) held++;
        if (high < distance) below++;
      }
      const what = `cosine ${cosine}, share ${share}, ${count} trials, ${floors} floors: ${held} of ${runs}`;
      assert.ok(held >= 0.81 * runs, what);
      assert.ok(below <= 0.13 * runs, `${what}, ${below} from below`);
    }
  }
});

Deno.test("debiasedDistance: noise of one mode along the difference has the interval of a mean", () => {
  // Along a single cell the distance is |mean|, and its interval that of a mean of normal numbers, by its own quantile.
  const draws = [3.1, 2.2, 4.4, 2.9, 3.6], random = new RandomSequence(8);
  const trials = new GraphonTrials(4, 4), zero = StepGraphon.constant(0, 4);
  for (const draw of draws) {
    trials.add(new StepGraphon(4, 4, zero.values.map((_, cell) => cell === 5 ? draw : 0)));
  }
  const mean = 3.24, deviation = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4);
  const margin = 2.776445105 * deviation / Math.sqrt(5);
  const { interval: [low, high], effectiveTrials } = debiasedDistance(trials, zero);
  assert.ok(Math.abs(low - (mean - margin)) < 1e-8 && Math.abs(high - (mean + margin)) < 1e-8);
  assert.ok(Math.abs(effectiveTrials - 5) < 1e-9);

  // Two sides of equal noise have all their deviations between them, one that is far noisier only its own.
  const graphon = randomGraphon(1, 16);
  const many = noisyTrials(graphon, 40, 0.1, random), few = noisyTrials(graphon, 10, 0.1, random);
  const loud = noisyTrials(graphon, 4, 10, random);
  const { effectiveTrials: both } = debiasedDistance(few, noisyTrials(graphon, 10, 0.1, random));
  assert.ok(both > 18 && both <= 19 + 1e-9, String(both));
  const { effectiveTrials: own } = debiasedDistance(many, loud);
  assert.ok(own > 4 && own < 4.1, String(own));
});

Deno.test("debiasedDistance: the squared estimate has no bias, though the plain squared distance is far too large", () => {
  const random = new RandomSequence(2), truth = randomGraphon(2, 6), other = randomGraphon(3, 6), runs = 200;
  const near = new StepGraphon(6, 6, truth.values.map((value, i) => value + 0.1 * (other.values[i] - 0.5)));
  let squares = 0;
  for (let run = 0; run < runs; run++) {
    const a = noisyTrials(truth, 12, 0.1, random), b = noisyTrials(near, 10, 0.1, random);
    const { distance, noiseFloor } = debiasedDistance(a, b);
    squares += (distance ** 2 - noiseFloor ** 2) / runs;
  }
  const square = frobeniusDistance(truth, near) ** 2;
  assert.ok(Math.abs(squares / square - 1) < 0.15, `${squares} for ${square}`);
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
    if (debiasedDistance(a, b).interval[0] === 0) zeros++;
  }
  assert.ok(zeros >= 36, `${zeros} of 40`);
});

Deno.test("debiasedDistance: two trials and noiseless ones have intervals; single trials, other grids, bad levels have none", () => {
  const random = new RandomSequence(6), graphon = randomGraphon(4, 3);
  const trials = noisyTrials(graphon, 10, 0.1, random), single = noisyTrials(graphon, 1, 0.1, random);
  const pair = debiasedDistance(noisyTrials(graphon, 2, 0.1, random), graphon);
  assert.ok(pair.interval[0] === 0 && pair.interval[1] > 3 * pair.noiseFloor, String(pair.interval));
  const still = debiasedDistance(noisyTrials(graphon, 3, 0, random), randomGraphon(5, 3));
  assert.deepEqual(still.interval.map((end) => end.toFixed(9)), [0, 0].map(() => still.distance.toFixed(9)));
  assert.throws(() => debiasedDistance(single, graphon), oneLine(InvalidArgumentError, "2 trials", "1"));
  assert.throws(() => debiasedDistance(graphon, graphon), oneLine(InvalidArgumentError, "exact"));
  assert.throws(
    () => debiasedDistance(trials, randomGraphon(1, 4)),
    oneLine(InvalidArgumentError, "9", "16"),
  );
  assert.throws(
    () => debiasedDistance(trials, graphon, { level: 1 }),
    oneLine(InvalidArgumentError, "level", "1"),
  );
});
