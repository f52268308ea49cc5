import assert from "node:assert/strict";
import { sortAndSmooth } from "@graphon-limit/graphon";
import {
  limitGraphon,
  limitNamed,
  limitNetwork,
  type LimitOrder,
  registerLimit,
  scoredLimit,
} from "@graphon-limit/limit";
import { crossEntropyLoss, forward, initialise, type Initialiser } from "@graphon-limit/model";
import { batchOf, definePruner, prune, type ScoreContext, squaredGradients } from "@graphon-limit/pruners";
import { deriveSeed, type Device, openDevice, seedFrom } from "@graphon-limit/runtime";
import { normalBatch } from "./support.ts";

// Scores |w|^p a: networks' masks by the methods, or by the definition of one of one's own, and in the limit by p and a alone.

const FEATURES = 16, CLASSES = 4, HIDDEN = 2, WIDTH = 60, TRIALS = 60, SAMPLES = 12;

/** `score(w, δ, h)` of every weight, over the samples. */
function scoredBy(name: string, score: (w: number, delta: Float32Array, h: Float32Array) => number) {
  return definePruner({
    name,
    reads: "samples",
    async score(context: ScoreContext) {
      const { device, network } = context, batch = batchOf(context, name);
      using pass = forward(network, batch.inputs);
      using loss = crossEntropyLoss().value(device, pass.out, batch);
      pass.pullback(loss.gradient, false);
      return await Promise.all(pass.meetings.map(async ({ weight, input, delta }) => {
        const [w, d, h] = await Promise.all([weight.matrix, delta!, input!].map((x) => device.read(x)));
        // A gradient has the layer's factor.
        const scaled = d.map((value) => value * weight.scale),
          row = (x: Float32Array, i: number) => x.subarray(i * SAMPLES, (i + 1) * SAMPLES);
        return w.map((value, at) =>
          score(value, row(scaled, Math.floor(at / weight.cols)), row(h, at % weight.cols))
        );
      }));
    },
  });
}

const sum = (values: Float32Array, f: (value: number, at: number) => number) =>
  values.reduce((total, value, at) => total + f(value, at), 0);

/** Fisher pruning by the first power of the weight. */
registerLimit(scoredLimit({
  method: scoredBy("first power", (w, d, h) => Math.abs(w) * sum(h, (value, b) => (value * d[b]) ** 2)),
  degree: 2,
  factors: squaredGradients,
}));

async function densities(
  device: Device,
  method: string,
  initialiser: Initialiser,
  order: LimitOrder | "networks",
): Promise<{ mean: number[]; squared: number[] }> {
  using batch = normalBatch(device, { features: FEATURES, samples: SAMPLES, classes: CLASSES });
  const trials: number[][] = [], widths = [FEATURES, WIDTH, WIDTH, CLASSES];
  for (let trial = 0; trial < TRIALS; trial++) {
    const options = { sparsity: 0.7, batch, seed: deriveSeed(seedFrom(6), trial) };
    if (order === "networks") {
      using network = initialise(device, widths, initialiser, { seed: options.seed });
      await prune(network, limitNamed(method).method, options);
      const masks = network.weights.map(({ mask }) => sortAndSmooth(mask!, 1));
      trials.push((await Promise.all(masks)).map(({ graphon }) => graphon.density));
    } else {
      const network = { inputs: FEATURES, hidden: HIDDEN, classes: CLASSES, width: WIDTH, initialiser };
      const layers = await limitGraphon(device, method, network, {
        ...{ ...options, order, types: WIDTH, grid: 2, outputDraws: 1 },
      });
      trials.push(layers.map(({ density }) => density));
    }
  }
  const mean = trials[0].map((_, layer) => trials.reduce((total, found) => total + found[layer] / TRIALS, 0));
  const squares = mean.map((centre, layer) =>
    trials.reduce((total, found) => total + (found[layer] - centre) ** 2, 0) / (TRIALS - 1) / TRIALS
  );
  return { mean, squared: squares };
}

for (const method of ["wanda", "fisher", "obd", "growth", "first power"]) {
  for (const initialiser of ["he", "ntk"] as const) {
    Deno.test(`scoredLimit: layers keep what networks' do, ${method}, ${initialiser}`, async () => {
      using device = await openDevice({ kind: "cpu" });
      const networks = await densities(device, method, initialiser, "networks");
      for (const order of ["finite", "strict"] as const) {
        const limit = await densities(device, method, initialiser, order);
        limit.mean.forEach((density, layer) => {
          const error = Math.sqrt(limit.squared[layer] + networks.squared[layer]),
            off = density - networks.mean[layer];
          // The strict order leaves out terms of 1/n, which the outputs' few weights see most of.
          const known = order === "finite" ? 0.004 : 0.06;
          assert.ok(
            Math.abs(off) < 4.5 * error + known,
            `${order}, layer ${layer}: off by ${off} ± ${error}`,
          );
        });
      }
    });
  }
}

Deno.test("scoredLimit: scores that do not know of the weight have limits of 0 and 1", async () => {
  using device = await openDevice({ kind: "cpu" });
  using batch = normalBatch(device, { features: FEATURES, samples: SAMPLES, classes: CLASSES });
  for (const width of [WIDTH, Infinity]) {
    const network = { inputs: FEATURES, hidden: HIDDEN, classes: CLASSES, width };
    const options = { sparsity: 0.7, batch, types: 50, seed: seedFrom(7) };
    const { graphons } = await limitNetwork(device, "growth", network, options);
    for (const { values } of graphons) assert.ok(values.every((value) => value === 0 || value === 1));
  }
});
