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
  using made = initialise(device, WIDTHS, "torch", { seed: seedFrom(0), bias: "torch" });
  await prune(made, magnitude, { sparsity: 0.8, seed: seedFrom(0) });
  const network: Tensor[] = [];
  for (const { name, role, matrix, mask, shape } of made.parameters) {
    // A layer of a Sequential has an activation after it.
    const [, layer] = name.split("."), data = await device.read(matrix);
    network.push({ name: `${2 * Number(layer)}.${role === "bias" ? "bias" : "weight_orig"}`, shape, data });
    if (!mask) continue;
    const bits = Float32Array.from(unpackBits(await device.readBits(mask), matrix.rows, matrix.cols));
    network.push({ name: `${2 * Number(layer)}.weight_mask`, shape, data: bits });
  }
  const { images, dimension } = generateDigits({ count: 64 });
  const inputs: Tensor[] = [{ name: "x", shape: [64, dimension], data: images }];
  Deno.mkdirSync(`${folder}/out`, { recursive: true });
  for (const [name, tensors] of Object.entries({ network, inputs })) {
    Deno.writeFileSync(`${folder}/out/torch_${name}.safetensors`, serialiseSafetensors(tensors));
  }
}
