import { type Activation, type Initialiser, uploadBatch } from "@graphon-limit/model";
import { limitKernel, symmetricEigenvalues } from "@graphon-limit/ntk";
import { seedFrom } from "@graphon-limit/runtime";
import type { DataRef } from "../tasks/lab.ts";
import { registerKind } from "../tasks/kind.ts";
import { kernelInputs, percent } from "./network.ts";

/** How many inputs the kernels in the limit are taken of, whose leading eigenvalues are only compared with each other. */
const SAMPLES = 64;

export type ShiftParams = {
  readonly data: DataRef;
  readonly seed: number;
  readonly width: number;
  readonly hidden: number;
  readonly sparsity: number;
  readonly initialiser: Initialiser;
  readonly activation: Activation;
};

export type ShiftResult = { readonly shifts: readonly number[] };

/**
 * What the second moments of kept weights predict of magnitude pruning's eigenvalues: their natural logarithms above those of
 * random pruning, the ten largest, of kernels in the limit (docs/mathematics.md §4; `ntk` parametrization).
 */
export const magnitudeShift = registerKind<ShiftParams, ShiftResult>({
  name: "magnitude-shift",
  version: 1,
  describe: ({ initialiser, sparsity }) =>
    `magnitude above random in the limit, ${initialiser}, ${percent(sparsity)}`,
  async compute(lab, params) {
    const { data, seed, width, hidden, sparsity, initialiser, activation } = params;
    const { dimension, classes } = lab.dataset(data);
    const network = { inputs: dimension, hidden, classes, width, initialiser, activation };
    const host = kernelInputs(lab, { ...params, trial: 0 }, SAMPLES);
    using batch = uploadBatch(lab.device, host.x, host.y);
    const logs: number[][] = [];
    for (const method of ["magnitude", "random"]) {
      const options = { sparsity, seed: seedFrom(seed), signal: lab.signal };
      using kernel = await limitKernel(method, network, batch.inputs, options);
      const values = await symmetricEigenvalues(await lab.device.read(kernel), SAMPLES, {
        signal: lab.signal,
      });
      logs.push(Array.from(values.slice(0, 10), Math.log));
    }
    return { shifts: logs[0].map((value, k) => value - logs[1][k]) };
  },
});
