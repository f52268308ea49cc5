import { generateDigits, serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { initialise } from "@graphon-limit/model";
import { magnitude, prune } from "@graphon-limit/pruners";
import { openDevice, seedFrom, unpackBits } from "@graphon-limit/runtime";

/** The widths of the network in docs/pytorch.md. */
const WIDTHS = [784, 256, 256, 256, 10];

/**
 * Writes what docs/pytorch.md has PyTorch write, where there is no PyTorch: the same names, types and shapes, so that what
 * follows in the document can be run.
 */
export async function writeStandIn(folder: string): Promise<void> {
  using device = await openDevice({ kind: "cpu" });
  using network = initialise(device, WIDTHS, "torch", { seed: seedFrom(0) });
  await prune(network, magnitude, { sparsity: 0.8, seed: seedFrom(0) });
  const weights: Tensor[] = [], masks: Tensor[] = [];
  for (const [layer, { matrix, mask, shape }] of network.weights.entries()) {
    const name = `${2 * layer}.weight`;
    const data = await device.read(matrix);
    const words = await device.readBits(mask!);
    weights.push({ name, shape, data });
    masks.push({ name, shape, data: unpackBits(words, matrix.rows, matrix.cols) });
  }
  const { images, dimension } = generateDigits({ count: 64 });
  const inputs: Tensor[] = [{ name: "x", shape: [64, dimension], data: images }];
  Deno.mkdirSync(`${folder}/out`, { recursive: true });
  for (const [name, tensors] of Object.entries({ weights, masks, inputs })) {
    Deno.writeFileSync(`${folder}/out/torch_${name}.safetensors`, serialiseSafetensors(tensors));
  }
}
