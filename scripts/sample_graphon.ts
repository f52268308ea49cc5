// Draws masks of growing width from a known graphon, estimates it back, and prints how far the estimate is off.
//   deno run --allow-read scripts/sample_graphon.ts
import {
  bernoulliSquaredError,
  frobeniusDistance,
  sampleFromGraphon,
  sortAndSmooth,
  StepGraphon,
} from "@graphon-limit/graphon";
import { openDevice, seedFrom } from "@graphon-limit/runtime";

const grid = 16;
const graphon = StepGraphon.from((u, v) => 0.9 * (1 - u) * (1 - v), grid);
using device = await openDevice();
for (const width of [64, 256, 1024, 4096]) {
  using mask = sampleFromGraphon(device, graphon, width, width, { seed: seedFrom(width) });
  const estimate = await sortAndSmooth(mask, grid);
  const distance = frobeniusDistance(estimate.graphon, graphon);
  const floor = Math.sqrt(bernoulliSquaredError(graphon, (width / grid) ** 2));
  console.log(
    `n = ${String(width).padStart(4)}: distance ${distance.toFixed(4)}, noise floor ${floor.toFixed(4)}`,
  );
}
