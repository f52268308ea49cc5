// Finite widths beside the limit: sorted masks of SNIP and SynFlow at growing width, and the limit graphon computed without a
// network. Writes the README's figure.
//
//   deno run --allow-read --allow-write=docs/images --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND \
//     scripts/limit_figure.ts ../shared/data/mnist docs/images/limit.svg

import { loadDataset, writeFileAtomically } from "@graphon-limit/data";
import { heatMapGrid, renderSvg } from "@graphon-limit/figures";
import { runConvergence } from "@graphon-limit/study";
import { methodNamed } from "@graphon-limit/pruners";
import { openDevice, seedFrom } from "@graphon-limit/runtime";

const WIDTHS = [100, 500, 2000], TRIALS = 3, GRID = 64, HIDDEN = 3, SPARSITY = 0.8;
const METHODS = ["snip", "synflow"] as const;

const [dataDir, out] = Deno.args;
using device = await openDevice({ kind: "cpu" });
const dataset = await loadDataset("mnist", { dataDir });
const { rows, histograms, limits } = await runConvergence({
  device,
  pruners: METHODS.map(methodNamed),
  widths: WIDTHS,
  reference: WIDTHS[WIDTHS.length - 1],
  hidden: HIDDEN,
  layer: 1,
  sparsity: SPARSITY,
  scope: "global",
  schedule: "exponential",
  trials: TRIALS,
  limit: true,
  grid: GRID,
  initialiser: "he",
  activation: "relu",
  dataset,
  samplesPerClass: 10,
  seed: seedFrom(0),
  onUnit: (done, total, what) => console.error(`${done}/${total} ${what}`),
});
const cells = rows.flatMap(({ method, width }, index) => {
  const cell = { row: method, column: `n = ${width}`, values: histograms[index], size: GRID };
  const limit = width === WIDTHS[WIDTHS.length - 1] ? limits[index] : undefined;
  return limit ? [cell, { ...cell, column: "the limit", values: limit }] : [cell];
});
const svg = await renderSvg(heatMapGrid({
  cells,
  xLabel: "inputs, by degree",
  yLabel: "outputs, by degree",
  columnTitle: "Width",
  cellWidth: 192,
}));
writeFileAtomically(out, svg);
