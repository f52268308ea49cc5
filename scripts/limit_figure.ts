// Finite widths beside the limit: sorted masks of SNIP and SynFlow at growing width, and the limit graphon computed without a
// network. Writes the README's figure, for light and for dark pages; what is done already is found again in out/limit_figure.
//
//   deno run --allow-read --allow-write=docs/images,out --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND \
//     scripts/limit_figure.ts ../shared/data/mnist docs/images/limit.svg

import { loadDataset, writeFileAtomically } from "@graphon-limit/data";
import { heatMapGrid, recolour, renderSvg } from "@graphon-limit/figures";
import { openDevice } from "@graphon-limit/runtime";
import { dataRef, FolderStore, Laboratory, runConvergence } from "@graphon-limit/study";

const WIDTHS = [100, 500, 2000], REFERENCE = 2000, GRID = 64, SEED = 0;

const [dataDir, out] = Deno.args;
using device = await openDevice({ kind: "cpu" });
const dataset = await loadDataset("mnist", { dataDir });
using lab = new Laboratory({
  device,
  store: new FolderStore("out/limit_figure"),
  data: { ref: await dataRef(dataset), dataset },
});
const { rows, histograms, limits } = await runConvergence(lab, {
  network: {
    ...{ data: lab.data, seed: SEED, hidden: 3, sparsity: 0.8, samplesPerClass: 10, rounds: null },
    ...{ scope: "global", schedule: "exponential", initialiser: "he", activation: "relu" },
  },
  methods: [{ method: "snip" }, { method: "synflow" }],
  ...{ widths: WIDTHS, reference: REFERENCE, layer: 1, trials: 3, grid: GRID, limit: true, order: "finite" },
}, { onTask: (done, what) => console.error(`${done} ${what}`) });
const cells = rows.flatMap(({ method, width }, index) => {
  const cell = { row: method, column: `n = ${width}`, values: histograms[index], size: GRID };
  const limit = width === REFERENCE ? limits[index] : undefined;
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
writeFileAtomically(out.replace(/\.svg$/, "-dark.svg"), recolour(svg, "dark"));
