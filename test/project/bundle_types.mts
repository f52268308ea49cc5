/** What a user of the npm packages writes; compiled by their TypeScript, never run. */
import { balancedBatch, generateDigits, SafetensorsFile } from "@graphon-limit/data";
import { sortAndSmooth, type StepGraphon } from "@graphon-limit/graphon";
import { initialise, type Network, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import { rowDegree } from "@graphon-limit/ops";
import { definePruner, prune, type PruneResult, snip } from "@graphon-limit/pruners";
import { type BitMatrix, type Device, type Matrix, openDevice, seedFrom } from "@graphon-limit/runtime";

export async function example(): Promise<Float32Array> {
  const device: Device = await openDevice({ kind: "cpu" });
  const network: Network = initialise(device, [784, 64, 10], "he", { seed: seedFrom(0) });
  const { x, y } = balancedBatch(generateDigits({ count: 100 }), 1, 0);
  const batch = uploadBatch(device, x, y);
  const result: PruneResult = await prune(network, snip, { sparsity: 0.5, batch, seed: seedFrom(1) });
  const first: number = result.kept[0];
  const mask: BitMatrix = network.weights[0].mask!;
  const graphon: StepGraphon = (await sortAndSmooth(mask)).graphon;
  const degrees = device.matrix(mask.rows, 1, "u32");
  device.run(rowDegree, { mask, degree: degrees });
  const counts: Uint32Array = await device.read(degrees);
  const kernel: Matrix = await empiricalKernel(network, batch.inputs, { output: "trace" });
  SafetensorsFile.open("masks.safetensors")[Symbol.dispose]();
  console.assert(first + graphon.density + counts.length > 0);
  return device.read(kernel);
}

export async function mistakes(device: Device, mask: BitMatrix, network: Network): Promise<void> {
  // @ts-expect-error: a sparsity is a number
  await prune(network, snip, { sparsity: "half", seed: seedFrom(1) });
  // @ts-expect-error: an op's arguments have names
  device.run(rowDegree, { mask, degrees: device.matrix(1, 1, "u32") });
  // @ts-expect-error: an estimate is awaited
  (await sortAndSmooth(mask)).grafon;
  // @ts-expect-error: a pruner has a name
  definePruner({});
}
