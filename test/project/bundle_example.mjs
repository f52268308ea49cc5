/**
 * A network made, pruned, looked at and its kernel computed, on the CPU, by the packages' own names: run in Deno it uses
 * the sources, copied beside installed packages it uses the bundles. Prints its results as JSON.
 */
import { balancedBatch, generateDigits, parseSafetensors, serialiseSafetensors } from "@graphon-limit/data";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { initialise, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel, spectralMetrics, symmetricEigenvalues } from "@graphon-limit/ntk";
import { magnitude, prune, snip } from "@graphon-limit/pruners";
import { openDevice, seedFrom, unpackBits } from "@graphon-limit/runtime";

const device = await openDevice({ kind: "cpu", accelerate: false });
const samples = balancedBatch(generateDigits({ count: 200 }), 2, 1);
const batch = uploadBatch(device, samples.x, samples.y);
const results = {};
for (const method of [snip, magnitude]) {
  const network = initialise(device, [samples.dimension, 40, 33, 10], "he", { seed: seedFrom(5) });
  const { kept } = await prune(network, method, { sparsity: 0.7, batch, seed: seedFrom(6) });
  const { mask } = network.weights[1];
  const bits = unpackBits(await device.readBits(mask), mask.rows, mask.cols);
  const { graphon, deadInputs, deadOutputs } = await sortAndSmooth(mask, 8);
  const kernel = await empiricalKernel(network, batch.inputs);
  const values = await symmetricEigenvalues(await device.read(kernel), samples.count);
  const file = parseSafetensors(
    serialiseSafetensors([{ name: "mask", shape: [mask.rows, mask.cols], data: bits }]),
  );
  results[method.name] = {
    kept,
    mask: [...file.readUint8("mask")].join(""),
    graphon: [...graphon.values],
    deadInputs,
    deadOutputs,
    effectiveRank: spectralMetrics(values).effectiveRank,
  };
}
console.log(JSON.stringify(results));
