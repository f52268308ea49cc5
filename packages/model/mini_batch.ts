import { gatherColumns } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Batch, OwnedBatch } from "./batch.ts";
import { assertInputs, type Network } from "./network.ts";

/**
 * Some samples of a data set that is on the device, brought together there.
 *
 * @param columns numbers of samples [1, …]; those from `start` on are taken
 * @param size how many
 */
export function gatherBatch(data: Batch, columns: Matrix<"u32">, start: number, size: number): OwnedBatch {
  const { device, rows } = data.inputs;
  const inputs = device.matrix(rows, size), labels = device.matrix(1, size, "u32");
  const targets = data.targets && device.matrix(data.targets.rows, size);
  const args = { x: data.inputs, columns, out: inputs, labels: data.labels, outLabels: labels };
  device.run(gatherColumns, args, { start });
  if (data.targets && targets) {
    device.run(gatherColumns, { x: data.targets, columns, out: targets }, { start });
  }
  return {
    inputs,
    labels,
    ...(targets ? { targets } : {}),
    [Symbol.dispose]() {
      inputs.dispose();
      labels.dispose();
      targets?.dispose();
    },
  };
}

/** Throws unless a data set has samples, a label for each, and the features and targets that go with a network. */
export function assertData(network: Network, { inputs, labels, targets }: Batch): void {
  assertInputs(network, inputs);
  if (inputs.cols === 0) throw new InvalidArgumentError("Expected at least one sample but found none");
  if (labels.rows !== 1 || labels.cols !== inputs.cols) {
    throw new InvalidArgumentError(
      `Expected labels of ${inputs.cols} samples, 1×${inputs.cols}, but found ${labels.describe()}`,
    );
  }
  const outputs = network.classes;
  if (targets && (targets.rows !== outputs || targets.cols !== inputs.cols)) {
    throw new InvalidArgumentError(
      `Expected targets of ${outputs} outputs and ${inputs.cols} samples but found ${targets.describe()}`,
    );
  }
}
