// A pruner of one's own: the weights that are small for their neuron go. Run by itself it prunes a small network;
// `deno task cli prune --method ./scripts/own_pruner.ts …` loads it by its default export.
//   deno run --allow-read scripts/own_pruner.ts
import { initialise } from "@graphon-limit/model";
import { definePruner, prune } from "@graphon-limit/pruners";
import { openDevice, seedFrom } from "@graphon-limit/runtime";

const relativeMagnitude = definePruner({
  name: "relative-magnitude",
  score: ({ device, network }) =>
    Promise.all(network.weights.map(async ({ matrix, cols }) => {
      const weights = await device.read(matrix);
      for (let start = 0; start < weights.length; start += cols) {
        const row = weights.subarray(start, start + cols), norm = Math.hypot(...row) || 1;
        row.forEach((weight, j) => row[j] = Math.abs(weight) / norm);
      }
      return weights;
    })),
});

export default relativeMagnitude;

if (import.meta.main) {
  using device = await openDevice();
  using network = initialise(device, [784, 128, 128, 10], "he", { seed: seedFrom(0) });
  const { kept } = await prune(network, relativeMagnitude, { sparsity: 0.8, seed: seedFrom(0) });
  console.log(`kept ${kept.join(", ")} weights`);
}
