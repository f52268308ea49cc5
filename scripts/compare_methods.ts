// Prunes the same network with every method and prints what each leaves of every layer.
//   deno run --allow-read scripts/compare_methods.ts
import { balancedBatch, generateDigits } from "@graphon-limit/data";
import { initialise, uploadBatch } from "@graphon-limit/model";
import { METHODS, prune } from "@graphon-limit/pruners";
import { openDevice, seedFrom } from "@graphon-limit/runtime";

const seed = seedFrom(0), widths = [784, 256, 256, 10];
using device = await openDevice();
const samples = balancedBatch(generateDigits({ count: 2000 }), 10, seed);
using batch = uploadBatch(device, samples.x, samples.y);

for (const method of METHODS.values()) {
  using network = initialise(device, widths, "he", { seed });
  const { kept, thresholds } = await prune(network, method, { sparsity: 0.9, batch, seed });
  const densities = kept.map((count, layer) => count / network.weights[layer].count);
  const percent = densities.map((density) => `${(100 * density).toFixed(1)} %`.padStart(7)).join("  ");
  console.log(`${method.name.padEnd(10)} ${percent}   threshold ${thresholds[0]?.toPrecision(4)}`);
}
