// Why SynFlow's masks are off their computed limit: in a network the forward and the backward pass see the same weights, so that
// a weight that makes one neuron strong makes its partner strong, which keeps the weight. The limit takes the two sums as
// independent. Here networks are pruned whose backward pass has hidden weights of its own, with masks of their own, and both are
// compared with the limit. Writes a Markdown table.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/synflow_reaction.ts \
//     --out docs/results/synflow_reaction.md
import { parseArgs } from "node:util";
import { frobeniusDistance, GraphonTrials, sampleFromGraphon, sortAndSmooth } from "@graphon-limit/graphon";
import { limitGraphon } from "@graphon-limit/limit";
import { initialise, type Network } from "@graphon-limit/model";
import {
  absMatvec,
  absMatvecTransposed,
  kthSmallest,
  maskFromThreshold,
  normalise,
  synflowScores,
} from "@graphon-limit/ops";
import { keptFractions } from "@graphon-limit/pruners";
import { deriveSeed, type Device, type Matrix, openDevice, seedFrom } from "@graphon-limit/runtime";

const { values: flags } = parseArgs({
  options: {
    out: { type: "string", default: "synflow_reaction.md" },
    widths: { type: "string", default: "500,1000,2000" },
    sparsities: { type: "string", default: "0.8,0.95" },
    trials: { type: "string", default: "12" },
    draws: { type: "string", default: "12" },
    types: { type: "string", default: "1000" },
  },
});
const INPUTS = 784, CLASSES = 10, HIDDEN = 3, LAYERS = [1, 2], GRID = 64, ROUNDS = 100, seed = seedFrom(0);
const [trials, draws, types] = [flags.trials, flags.draws, flags.types].map(Number);

using device = await openDevice({ kind: "cpu" });

/** Prunes two networks in step: sums of r over the weights of one, sums of c over those of the other. They may be the same. */
async function pruneTogether(forward: Network, backward: Network, sparsity: number): Promise<void> {
  const both = forward === backward ? [forward] : [forward, backward];
  const fractions = keptFractions(sparsity, ROUNDS, "exponential");
  for (let round = 0; round < ROUNDS; round++) {
    const r = [ones(INPUTS)], c = [ones(CLASSES)], divisors: Matrix[] = [];
    for (let layer = 0; layer < forward.depth; layer++) {
      const { matrix: weights, mask, rows } = forward.weights[layer];
      const y = device.matrix(rows, 1), scale = device.matrix(1, 1);
      device.run(absMatvec, { weights, mask, r: r[layer], y });
      device.run(normalise, { x: y, scale });
      r.push(y);
      divisors.push(scale);
    }
    for (let layer = backward.depth - 1; layer > 0; layer--) {
      const { matrix: weights, mask, cols } = backward.weights[layer];
      const y = device.matrix(cols, 1), divisor = divisors[layer];
      device.run(absMatvecTransposed, { weights, mask, c: c[0], divisor, y });
      c.unshift(y);
    }
    const scores = both.map((network) =>
      network.weights.map(({ matrix: weights, mask, rows, cols }, layer) => {
        const out = device.matrix(rows, cols);
        const args = { weights, mask, c: c[layer], r: r[layer], divisor: divisors[layer], scores: out };
        device.run(synflowScores, args);
        return out;
      })
    );
    const total = scores[0].reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    const removed = round === ROUNDS - 1 ? sparsity : 1 - fractions[round];
    using state = kthSmallest(device, scores[0], Math.floor(removed * total));
    for (const [index, { weights }] of both.entries()) {
      for (const [layer, matrix] of scores[index].entries()) {
        const mask = device.bits(matrix.rows, matrix.cols);
        device.run(maskFromThreshold, { scores: matrix, previous: weights[layer].mask, state, mask }, {
          start: 0,
        });
        weights[layer].setMask(mask);
      }
    }
    await device.idle();
    for (const matrix of [...r, ...c, ...divisors, ...scores.flat()]) matrix.dispose();
  }
}

function ones(rows: number): Matrix {
  return device.upload(new Float32Array(rows).fill(1), rows, 1);
}

/** Histograms of networks whose two passes share their weights between hidden layers, or have their own. */
async function histograms(
  device: Device,
  width: number,
  sparsity: number,
  shared: boolean,
): Promise<GraphonTrials[]> {
  const gathered = LAYERS.map(() => new GraphonTrials(GRID));
  const widths = [INPUTS, ...new Array<number>(HIDDEN).fill(width), CLASSES];
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seed, width, trial);
    using network = initialise(device, widths, "he", { seed: own });
    if (shared) await pruneTogether(network, network, sparsity);
    else {
      using other = initialise(device, widths, "he", { seed: deriveSeed(own, 1) });
      // The first and the last layer are no sums over many neurons: both networks have the same.
      for (const layer of [0, HIDDEN]) {
        device.write(other.weights[layer].matrix, await device.read(network.weights[layer].matrix), 0);
      }
      await pruneTogether(network, other, sparsity);
    }
    for (const [index, layer] of LAYERS.entries()) {
      gathered[index].add((await sortAndSmooth(network.weights[layer].mask!, GRID)).graphon);
    }
  }
  return gathered;
}

const lines = [
  "# What SynFlow's limit leaves out",
  "",
  `SynFlow, ${ROUNDS} rounds, ${INPUTS} inputs, ${HIDDEN} hidden layers, ${CLASSES} outputs, He. Euclidean distance over ` +
  `${GRID}×${GRID} cells between the average sort-and-smooth histogram of ${trials} networks and that of as many masks drawn from the limit at their ` +
  `width (${draws} repetitions of ${types} types), for the first (1) and the last (2) hidden→hidden layer; the noise floor in ` +
  "brackets. *Own weights*: the backward pass has weights of its own between hidden layers, pruned by the same scores, as the " +
  "limit assumes.",
  "",
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/synflow_reaction.ts --out " +
  "docs/results/synflow_reaction.md`",
  "",
  "| sparsity | layer | width | the same weights | own weights |",
  "| ---: | ---: | ---: | ---: | ---: |",
];
for (const sparsity of flags.sparsities.split(",").map(Number)) {
  for (const width of flags.widths.split(",").map(Number)) {
    const network = { inputs: INPUTS, hidden: HIDDEN, classes: CLASSES, width };
    const limit = await limitGraphon(device, "synflow", network, {
      sparsity,
      types,
      outputDraws: draws,
      seed,
    });
    const found = [
      await histograms(device, width, sparsity, true),
      await histograms(device, width, sparsity, false),
    ];
    for (const [index, layer] of LAYERS.entries()) {
      const { graphon, standardError } = limit[layer], seen = new GraphonTrials(GRID);
      for (let trial = 0; trial < trials; trial++) {
        using mask = sampleFromGraphon(device, graphon, width, width, { seed: deriveSeed(seed, 7, trial) });
        seen.add((await sortAndSmooth(mask, GRID)).graphon);
      }
      const squared = standardError!.reduce((sum, error) => sum + error * error, seen.squaredError!);
      const cells = found.map((trials) => {
        const { mean, squaredError } = trials[index];
        const floor = Math.sqrt(squaredError! + squared);
        return `${frobeniusDistance(mean, seen.mean).toFixed(2)} (${floor.toFixed(2)})`;
      });
      lines.push(`| ${[sparsity, layer, width, ...cells].join(" | ")} |`);
      console.error(lines[lines.length - 1]);
    }
    await Deno.writeTextFile(flags.out, lines.join("\n") + "\n");
  }
}
