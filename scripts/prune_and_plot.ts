// Prunes one network with SNIP and draws the graphon estimate of its first hidden→hidden mask.
//   deno run --allow-read --allow-write=out scripts/prune_and_plot.ts
import { balancedBatch, generateDigits, writeFileAtomically } from "@graphon-limit/data";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { heatMap, saveFigure } from "@graphon-limit/figures";
import { initialise, uploadBatch } from "@graphon-limit/model";
import { prune, snip } from "@graphon-limit/pruners";
import { openDevice, seedFrom } from "@graphon-limit/runtime";

const seed = seedFrom(0);
using device = await openDevice();
using network = initialise(device, [784, 512, 512, 10], "he", { seed });
const samples = balancedBatch(generateDigits({ count: 2000 }), 10, seed);
using batch = uploadBatch(device, samples.x, samples.y);

const { kept } = await prune(network, snip, { sparsity: 0.8, batch, seed });
const { graphon } = await sortAndSmooth(network.weights[1].mask!);

const [least, largest] = graphon.range;
console.log(`kept ${kept.join(", ")} weights; cells from ${least.toFixed(3)} to ${largest.toFixed(3)}`);
const figure = heatMap({
  values: graphon.values,
  size: graphon.rows,
  title: "SNIP, 80 % removed",
  xLabel: "inputs",
  yLabel: "outputs",
});
await saveFigure("out/snip.svg", figure, writeFileAtomically);
