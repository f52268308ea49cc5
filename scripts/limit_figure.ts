// Finite widths beside the limit: sorted masks of SNIP and SynFlow at growing width, and the limit graphon computed without a
// network. Writes the README's figure.
//
//   deno run --allow-read --allow-write=docs/images --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND \
//     scripts/limit_figure.ts ../shared/data/mnist docs/images/limit.svg

import { balancedBatch, loadDataset, writeFileAtomically } from "@graphon-limit/data";
import { GraphonTrials, limitGraphon } from "@graphon-limit/graphon";
import { heatMapGrid, renderSvg, runConvergence } from "@graphon-limit/lab";
import { uploadBatch } from "@graphon-limit/model";
import { PRUNERS } from "@graphon-limit/pruners";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";

const WIDTHS = [100, 500, 2000], TRIALS = 3, GRID = 64, HIDDEN = 3, SPARSITY = 0.8;
const METHODS = ["snip", "synflow"] as const;

const [dataDir, out] = Deno.args;
using device = await openDevice({ kind: "cpu" });
const dataset = await loadDataset("mnist", { dataDir });
const seed = seedFrom(0);
const { rows, histograms } = await runConvergence({
  device,
  pruners: METHODS.map((method) => PRUNERS[method]),
  widths: WIDTHS,
  reference: WIDTHS[WIDTHS.length - 1],
  hidden: HIDDEN,
  layer: 1,
  sparsity: SPARSITY,
  scope: "global",
  schedule: "exponential",
  trials: TRIALS,
  grid: GRID,
  initialiser: "he",
  activation: "relu",
  dataset,
  samplesPerClass: 10,
  seed,
  onUnit: (done, total, what) => console.error(`${done}/${total} ${what}`),
});
const cells = rows.map(({ method, width }, index) => ({
  row: method,
  column: `n = ${width}`,
  values: histograms[index],
  size: GRID,
}));
for (const method of METHODS) {
  const trials = new GraphonTrials(GRID);
  for (let trial = 0; trial < TRIALS; trial++) {
    const own = deriveSeed(seed, 2000, trial), samples = balancedBatch(dataset, 10, own);
    using batch = uploadBatch(device, samples.x, samples.y);
    const network = { inputs: 784, hidden: HIDDEN, classes: 10, width: 2000 };
    const layers = await limitGraphon(device, method, network, {
      sparsity: SPARSITY,
      batch,
      grid: GRID,
      types: 2000,
      outputDraws: 1,
      seed: own,
    });
    trials.add(layers[1].graphon);
    console.error(`limit of ${method}, ${trial + 1} of ${TRIALS}`);
  }
  cells.push({ row: method, column: "the limit", values: trials.mean.values, size: GRID });
}
const svg = await renderSvg(heatMapGrid({
  cells,
  xLabel: "inputs, by degree",
  yLabel: "outputs, by degree",
  columnTitle: "Width",
  cellWidth: 192,
}));
writeFileAtomically(out, svg);
