import { forward, type Network, type Pass, Resources } from "@graphon-limit/model";
import { mirrorUpper } from "@graphon-limit/ops";
import {
  assertCount,
  type Device,
  InvalidArgumentError,
  type LongCallOptions,
  type Matrix,
  show,
} from "@graphon-limit/runtime";
import { addLayerKernel, type LayerSide } from "./layer_kernel.ts";

/**
 * Which of a network's outputs a tangent kernel is of: `sum`, their sum; `trace`, the mean of the classes' kernels; a
 * class's number, that class; `full`, all pairs of classes.
 */
export type KernelOutput = "sum" | "trace" | "full" | number;

/** Which kernel {@linkcode empiricalKernel} computes, and with how much memory. Progress counts the parameters' parts. */
export interface EmpiricalKernelOptions extends LongCallOptions {
  /** Default `sum`. */
  readonly output?: KernelOutput | undefined;
  /** A second set of inputs [features, N2]: the kernel between the two sets. */
  readonly inputs2?: Matrix | undefined;
  /** Bytes for working memory beside the kernel and the forward passes; default 512 MiB. */
  readonly memoryBytes?: number | undefined;
}

const DEFAULT_MEMORY_BYTES = 2 ** 29;

/**
 * The empirical neural tangent kernel of a masked network (docs/mathematics.md §4): the weights kept are parameters, and the biases,
 *
 *     Θ_cc'(x, x') = Σ_l s_l² Σ_ij M_ij^(l) δ_i^c(x) δ_i^c'(x') h_j(x) h_j(x') + Σ_l Σ_i δ_i^c(x) δ_i^c'(x')
 *
 * The Jacobian is never formed. Neuron by neuron, the Gram matrix of its active inputs times that of what flows back to it
 * is added to the kernel, over the samples on which the neuron is active and, of a symmetric kernel, the upper half.
 *
 * @param inputs [features, N]
 * @returns [N, N], or [N, N2] with `inputs2`; for `full` [C · N, C · N2], row `c · N + x` being class c at sample x. The
 * caller's to dispose of.
 * @throws {InvalidArgumentError} if `output` names no class of the network
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { initialise } from "@graphon-limit/model";
 * import { empiricalKernel, spectralMetrics, symmetricEigenvalues } from "@graphon-limit/ntk";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using network = initialise(device, [3, 64, 2], "ntk", { seed: seedFrom(0) });
 * using inputs = device.upload(Float32Array.of(1, 0, 1, 0, 1, 1, 0, 0, 1), 3, 3);
 * using kernel = await empiricalKernel(network, inputs, { output: "trace" });
 * const values = await symmetricEigenvalues(await device.read(kernel), 3);
 * assert.ok(spectralMetrics(values).effectiveRank > 1);
 * ```
 */
export async function empiricalKernel(
  network: Network,
  inputs: Matrix,
  options: EmpiricalKernelOptions = {},
): Promise<Matrix> {
  const { output = "sum", inputs2, memoryBytes = DEFAULT_MEMORY_BYTES, signal, onProgress } = options;
  const { device, classes } = network;
  assertOutput(output, classes);
  assertCount("memoryBytes", memoryBytes, 1);
  const full = output === "full", blocks = full ? classes : 1;
  const kernel = device.matrix(blocks * inputs.cols, blocks * (inputs2 ?? inputs).cols);
  try {
    using left = forward(network, inputs);
    using right = inputs2 && forward(network, inputs2);
    device.clear(kernel);
    const samples = inputs.cols + (inputs2?.cols ?? 0), heights = network.weights.map(({ rows }) => rows);
    // Gradients of all layers, before and after φ' is applied, have half of the memory; each is seen whole.
    const together = Math.min(
      memoryBytes / 2 / (8 * samples * heights.reduce((sum, rows) => sum + rows, 0)),
      device.info.maxBindingBytes / (4 * samples * Math.max(network.features, ...heights)),
    );
    const groups = classGroups(output, classes, Math.max(1, Math.floor(together)));
    const count = left.meetings.length;
    for (const [index, group] of groups.entries()) {
      await addClasses(left, right, group, kernel, {
        full,
        scale: output === "trace" ? 1 / classes : 1,
        memoryBytes,
        onMeeting(done) {
          signal?.throwIfAborted();
          onProgress?.(index * count + done, groups.length * count);
        },
      });
    }
    if (!inputs2) device.run(mirrorUpper, { x: kernel }, { block: Math.max(inputs.cols, 1) });
    await device.idle();
    return kernel;
  } catch (error) {
    kernel.dispose();
    throw error;
  }
}

function assertOutput(output: KernelOutput, classes: number): void {
  const known = typeof output === "number"
    ? Number.isInteger(output) && output >= 0 && output < classes
    : ["sum", "trace", "full"].includes(output);
  if (!known) {
    throw new InvalidArgumentError(
      `Expected the output to be sum, trace, full or a class below ${classes} but found ${show(output)}`,
    );
  }
}

/** A direction of the outputs, as one number per class. */
type Cotangent = readonly number[];

/** The cotangents to go back along, at most `together` at a time; those of `full` all together. */
function classGroups(output: KernelOutput, classes: number, together: number): Cotangent[][] {
  if (output === "sum") return [[new Array(classes).fill(1)]];
  const identity = Array.from(
    { length: classes },
    (_, c) => Array.from({ length: classes }, (_, k) => (k === c ? 1 : 0)),
  );
  if (output === "full") return [identity];
  if (output !== "trace") return [[identity[output]]];
  return Array.from(
    { length: Math.ceil(classes / together) },
    (_, group) => identity.slice(group * together, (group + 1) * together),
  );
}

interface GroupSettings {
  readonly full: boolean;
  readonly scale: number;
  readonly memoryBytes: number;
  readonly onMeeting: (done: number) => void;
}

/** Adds the kernels of some cotangents, from the last parameter back to the first. */
async function addClasses(
  left: Pass,
  right: Pass | undefined,
  cotangents: readonly Cotangent[],
  kernel: Matrix,
  { full, scale, memoryBytes, onMeeting }: GroupSettings,
): Promise<void> {
  const { device } = kernel, passes = right ? [left, right] : [left];
  using gradients = new Resources();
  for (const pass of passes) pass.pullback(gradients.add(outputGradient(pass, cotangents)), false);
  // A bias meets a one in every column.
  const ones = passes.map(({ out }) => gradients.add(onesOn(device, out.cols)));
  const count = left.meetings.length;
  for (let index = count - 1; index >= 0; index--) {
    const { weight } = left.meetings[index];
    const sides = passes.map(({ meetings }, side): LayerSide => ({
      h: meetings[index].input ?? ones[side],
      delta: meetings[index].delta!,
    }));
    await addLayerKernel(device, kernel, {
      mask: weight.mask,
      left: sides[0],
      right: sides[1],
      scale: scale * weight.scale ** 2,
      classes: cotangents.length,
      full,
      memoryBytes: memoryBytes / 3,
    });
    onMeeting(count - index);
  }
}

/** `∂⟨cotangent, f⟩/∂f` [classes, cotangents · N]. */
function outputGradient({ out }: Pass, cotangents: readonly Cotangent[]): Matrix {
  const samples = out.cols, cols = cotangents.length * samples;
  const gradient = new Float32Array(out.rows * cols);
  for (let row = 0; row < out.rows; row++) {
    cotangents.forEach((cotangent, c) => {
      const start = row * cols + c * samples;
      gradient.fill(cotangent[row], start, start + samples);
    });
  }
  return out.device.upload(gradient, out.rows, cols);
}

function onesOn(device: Device, cols: number): Matrix {
  return device.upload(new Float32Array(cols).fill(1), 1, cols);
}
