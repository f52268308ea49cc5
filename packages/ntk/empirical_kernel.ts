import { forward, type ForwardPass, type Mlp, multiplyTransposed } from "@graphon-limit/model";
import { activation, mirrorUpper, repeatColumns } from "@graphon-limit/ops";
import { assertCount, InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import { addLayerKernel, type LayerSide } from "./layer_kernel.ts";

/**
 * Which of a network's outputs a tangent kernel is of: `sum`, their sum; `trace`, the mean of the classes' kernels; a
 * class's number, that class; `full`, all pairs of classes.
 */
export type KernelOutput = "sum" | "trace" | "full" | number;

/** Which kernel {@linkcode empiricalKernel} computes, and with how much memory. */
export interface EmpiricalKernelOptions {
  /** Default `sum`. */
  readonly output?: KernelOutput;
  /** A second set of inputs [features, N2]: the kernel between the two sets. */
  readonly inputs2?: Matrix;
  /** Bytes for working memory beside the kernel and the forward passes; default 512 MiB. */
  readonly memoryBytes?: number;
  /** Told how many of the weight matrices' parts are done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

const DEFAULT_MEMORY_BYTES = 2 ** 29;

/**
 * The empirical neural tangent kernel of a masked network (design §4): only the weights kept are parameters, and
 *
 *     Θ_cc'(x, x') = Σ_l s_l² Σ_ij M_ij^(l) δ_i^c(x) δ_i^c'(x') h_j(x) h_j(x')
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
 * import { empiricalKernel, spectralMetrics, symmetricEigen } from "@graphon-limit/ntk";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using mlp = initialise(device, [3, 64, 2], "ntk", { seed: seedFrom(0) });
 * using inputs = device.upload(Float32Array.of(1, 0, 1, 0, 1, 1, 0, 0, 1), 3, 3);
 * using kernel = await empiricalKernel(mlp, inputs, { output: "trace" });
 * const { values } = symmetricEigen(await device.read(kernel), 3);
 * assert.ok(spectralMetrics(values).effectiveRank > 1);
 * ```
 */
export async function empiricalKernel(
  mlp: Mlp,
  inputs: Matrix,
  { output = "sum", inputs2, memoryBytes = DEFAULT_MEMORY_BYTES, onProgress }: EmpiricalKernelOptions = {},
): Promise<Matrix> {
  const classes = mlp.widths[mlp.depth];
  assertOutput(output, classes);
  assertCount("memoryBytes", memoryBytes, 1);
  const { device } = mlp;
  const full = output === "full", blocks = full ? classes : 1;
  const kernel = device.matrix(blocks * inputs.cols, blocks * (inputs2 ?? inputs).cols);
  try {
    using left = forward(mlp, inputs);
    using right = inputs2 && forward(mlp, inputs2);
    device.clear(kernel);
    const elements = (inputs.cols + (inputs2?.cols ?? 0)) * Math.max(...mlp.widths);
    // A gradient, what flows back before φ' is applied and the repeated pre-activations stand side by side, in a third of the
    // memory; each is seen whole.
    const together = Math.min(
      memoryBytes / 3 / (12 * elements),
      device.info.maxBindingBytes / (4 * elements),
    );
    const groups = classGroups(output, classes, Math.max(1, Math.floor(together)));
    for (const [index, group] of groups.entries()) {
      await addClasses(mlp, left, right, group, kernel, {
        full,
        scale: output === "trace" ? 1 / classes : 1,
        memoryBytes,
        onLayer: (done) => onProgress?.(index * mlp.depth + done, groups.length * mlp.depth),
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
  readonly onLayer: (done: number) => void;
}

/** Adds the kernels of some cotangents, from the last layer back to the first. */
async function addClasses(
  mlp: Mlp,
  left: ForwardPass,
  right: ForwardPass | undefined,
  cotangents: readonly Cotangent[],
  kernel: Matrix,
  { full, scale, memoryBytes, onLayer }: GroupSettings,
): Promise<void> {
  const passes = right ? [left, right] : [left];
  let deltas = passes.map((pass) => outputGradient(mlp, pass, cotangents));
  try {
    for (let layer = mlp.depth - 1; layer >= 0; layer--) {
      const sides = passes.map((pass, side): LayerSide => ({
        h: pass.activations[layer],
        delta: deltas[side],
      }));
      await addLayerKernel(mlp.device, kernel, {
        mask: mlp.masks[layer],
        left: sides[0],
        right: sides[1],
        scale: scale * mlp.scale(layer) ** 2,
        classes: cotangents.length,
        full,
        memoryBytes: memoryBytes / 3,
      });
      onLayer(mlp.depth - layer);
      if (layer === 0) break;
      const next = passes.map((pass, side) => stepBack(mlp, layer, pass, deltas[side]));
      for (const delta of deltas) delta.dispose();
      deltas = next;
    }
  } finally {
    for (const delta of deltas) delta.dispose();
  }
}

/** `∂⟨cotangent, f⟩/∂f` [classes, cotangents · N]. */
function outputGradient(mlp: Mlp, { output }: ForwardPass, cotangents: readonly Cotangent[]): Matrix {
  const samples = output.cols, cols = cotangents.length * samples;
  const gradient = new Float32Array(output.rows * cols);
  for (let row = 0; row < output.rows; row++) {
    cotangents.forEach((cotangent, c) => {
      const start = row * cols + c * samples;
      gradient.fill(cotangent[row], start, start + samples);
    });
  }
  return mlp.device.upload(gradient, output.rows, cols);
}

/** `δ^(l) = φ'(z^(l)) ⊙ s_{l+1} (W^(l+1) ⊙ M^(l+1))ᵀ δ^(l+1)` for several cotangents side by side. */
function stepBack(mlp: Mlp, layer: number, pass: ForwardPass, delta: Matrix): Matrix {
  const { device } = mlp;
  const z = pass.preActivations[layer - 1];
  using signal = device.matrix(z.rows, delta.cols);
  multiplyTransposed(mlp, layer, delta, signal);
  using repeated = device.matrix(z.rows, delta.cols);
  device.run(repeatColumns, { x: z, out: repeated });
  const out = device.matrix(z.rows, delta.cols);
  device.run(activation, { z: repeated, g: signal, out }, { fn: mlp.activation, mode: "derivative" });
  return out;
}
