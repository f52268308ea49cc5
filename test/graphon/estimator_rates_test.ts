import assert from "node:assert/strict";
import { ESTIMATORS, fitRate, sampleFromGraphon, StepGraphon } from "@graphon-limit/graphon";
import { seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { KNOWN, meanSquaredError } from "./support.ts";

const GRID = 16, WIDTHS = [100, 200, 400], TRIALS = 3;

/**
 * Exponents of the mean squared error in the width that are published, with logarithms left out: 1 for sort-and-smooth (Chan and
 * Airoldi 2014, theorem 3, and its blocks' noise falls faster), 1 for blocks that are found and for graphons of low rank
 * (Airoldi, Costa and Chan 2013; Chatterjee 2015, theorem 2.1), ½ for neighbourhood smoothing of Lipschitz graphons (Zhang, Levina and
 * Zhu 2017, theorem 1). A case is listed where the theory speaks of the graphon: sorting needs degrees that tell nodes apart.
 */
const PUBLISHED: readonly (readonly [estimator: string, graphon: string, exponent: number])[] = [
  ["sas", "product", 1],
  ["sas", "logistic", 1],
  ["sas", "distance", 1],
  ["sas-tv", "product", 1],
  ["sas-tv", "logistic", 1],
  ["sas-tv", "distance", 1],
  ["sba", "block", 1],
  ["sba", "product", 0.5],
  ["sba", "logistic", 0.5],
  ["sba", "distance", 0.5],
  ["usvt", "constant", 1],
  ["usvt", "product", 1],
  ["usvt", "distance", 1],
  ["neighbourhood", "constant", 0.5],
  ["neighbourhood", "product", 0.5],
  ["neighbourhood", "block", 0.5],
  ["neighbourhood", "logistic", 0.5],
  ["neighbourhood", "distance", 0.5],
];

/** By how much a fitted exponent of three widths and three trials may fall short. */
const MARGIN = 0.15;

for (const [name, of, published] of PUBLISHED) {
  Deno.test({
    name: `${name}: the squared error on the ${of} graphon falls at least as n^-${published}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice("cpu"), truth = StepGraphon.from(KNOWN[of], GRID);
      const points: { n: number; distance: number }[] = [];
      for (const n of WIDTHS) {
        const source = StepGraphon.from(KNOWN[of], n, n, 1);
        let error = 0;
        for (let trial = 0; trial < TRIALS; trial++) {
          using mask = sampleFromGraphon(device, source, n, n, { seed: seedFrom(trial), layer: n });
          const { graphon } = await ESTIMATORS[name].estimate(mask, { grid: GRID });
          error += meanSquaredError(graphon, truth) / TRIALS;
        }
        points.push({ n, distance: error });
      }
      const { exponent } = fitRate(points);
      assert.ok(
        exponent > published - MARGIN,
        `exponent ${exponent} of ${points.map(({ distance }) => distance)}`,
      );
      assert.ok(points[2].distance < points[0].distance);
    },
  });
}

Deno.test({
  name:
    "estimators: blocks are best found by sba, smooth graphons by smoothing, and none of the better ones loses to sas",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const device = await testDevice("cpu"), n = 300;
    const errorsOn = async (of: string) => {
      const truth = StepGraphon.from(KNOWN[of], GRID), source = StepGraphon.from(KNOWN[of], n, n, 1);
      using mask = sampleFromGraphon(device, source, n, n, { seed: seedFrom(7) });
      const errors: Record<string, number> = {};
      for (const { name, estimate } of Object.values(ESTIMATORS)) {
        errors[name] = meanSquaredError((await estimate(mask, { grid: GRID })).graphon, truth);
      }
      return errors;
    };
    const block = await errorsOn("block"),
      product = await errorsOn("product"),
      smooth = await errorsOn("distance");
    assert.ok(10 * block.sba < Math.min(block.sas, block["sas-tv"], block.usvt, block.neighbourhood));
    assert.ok(
      2 * product.usvt < product["sas-tv"] && product["sas-tv"] < product.sas,
      JSON.stringify(product),
    );
    assert.ok(
      smooth.neighbourhood < smooth["sas-tv"] && smooth["sas-tv"] < smooth.sas,
      JSON.stringify(smooth),
    );
  },
});
