import {
  forward,
  type Meeting,
  type Network,
  type Pass,
  Resources,
  type WeightRole,
} from "@graphon-limit/model";
import { mirrorUpper, sumBlocks } from "@graphon-limit/ops";
import {
  assertCount,
  type Device,
  heedSignal,
  InvalidArgumentError,
  type LongCallOptions,
  type Matrix,
  show,
} from "@graphon-limit/runtime";
import { addSharedKernel } from "./shared_kernel.ts";
import { addLayerKernel, type LayerSide } from "./layer_kernel.ts";

/**
 * Which of a network's outputs a tangent kernel is of: `sum`, their sum; `trace`, the mean of the classes' kernels; a
 * class's number, that class; `full`, all pairs of classes.
 */
export type KernelOutput = "sum" | "trace" | "full" | number;

/** Which kernel {@linkcode empiricalKernel} computes, and with how much memory. Progress counts neurons. */
export interface EmpiricalKernelOptions extends LongCallOptions {
  /** Default `sum`. */
  readonly output?: KernelOutput | undefined;
  /** A second set of inputs [features, N2]: the kernel between the two sets. */
  readonly inputs2?: Matrix | undefined;
  /** Parameters that do not train, by their roles: they have no part in the kernel. None unless given. */
  readonly fixed?: readonly WeightRole[] | undefined;
  /** Bytes for working memory beside the kernel and the forward passes; default 512 MiB. */
  readonly memoryBytes?: number | undefined;
}

const DEFAULT_MEMORY_BYTES = 2 ** 29;

/** Neurons whose parts a GPU makes at the same time, at most: each of them in a kernel of its own. */
const MOST_TOGETHER = 64;

/** Multiplications, of a layer without masks, that are asked for before what was asked is waited for: on a GPU, and elsewhere. */
const GPU_WORK = 2 ** 43, HOST_WORK = 2 ** 33;

/** A signal is listened for, which takes a moment, where neurons have taken so many milliseconds since it last was. */
const HEED_MS = 50;

/**
 * The empirical neural tangent kernel of a masked network (docs/mathematics.md §4): the weights kept are parameters, and the biases,
 *
 *     Θ_cc'(x, x') = Σ_l s_l² Σ_ij M_ij^(l) δ_i^c(x) δ_i^c'(x') h_j(x) h_j(x') + Σ_l Σ_i δ_i^c(x) δ_i^c'(x')
 *
 * A weight that is used at several positions of a sample has one gradient, the sum over them, `Σ_p δ_i(x, p) h_j(x, p)`; gains, shifts
 * and positions are parameters too, unless they are `fixed` or frozen.
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
  const { output = "sum", inputs2, memoryBytes = DEFAULT_MEMORY_BYTES, fixed = [] } = options;
  const { device, classes } = network;
  assertOutput(output, classes);
  assertCount("memoryBytes", memoryBytes, 1);
  options.signal?.throwIfAborted();
  const full = output === "full", blocks = full ? classes : 1;
  const kernel = device.matrix(blocks * inputs.cols, blocks * (inputs2 ?? inputs).cols);
  try {
    using left = forward(network, inputs);
    using right = inputs2 && forward(network, inputs2);
    // Gradients of all layers, before and after φ' is applied, have half of the memory; each is seen whole.
    const flows = [left, right].flatMap((pass) => pass?.meetings ?? [])
      .flatMap(({ weight, input }) => input ? [{ rows: weight.rows, input }] : []);
    const together = Math.min(
      memoryBytes / 2 / (8 * flows.reduce((sum, { rows, input }) => sum + rows * input.cols, 0)),
      device.info.maxBindingBytes /
        (4 * Math.max(...flows.map(({ rows, input }) => Math.max(rows, input.rows) * input.cols))),
    );
    const groups = classGroups(output, classes, Math.max(1, Math.floor(together)));
    const parts = kernelsTogether(kernel, memoryBytes / 4);
    using several = parts > 1 ? device.matrix(parts * kernel.rows, kernel.cols) : undefined;
    const kernels = several ?? kernel;
    device.clear(kernels);
    const scale = output === "trace" ? 1 / classes : 1, settings = { full, scale, memoryBytes, parts, fixed };
    const work = groups.map((group) => addClasses(left, right, group, kernels, settings));
    await watched(work, device, options, heightsOf(left));
    if (several) device.run(sumBlocks, { x: several, out: kernel });
    if (!inputs2) device.run(mirrorUpper, { x: kernel }, { block: Math.max(inputs.cols, 1) });
    return kernel;
  } catch (error) {
    kernel.dispose();
    throw error;
  }
}

/** Kernels to add to in turn: one on the CPU device, which takes one neuron after another. */
function kernelsTogether({ device: { info }, rows, cols }: Matrix, memoryBytes: number): number {
  if (info.kind === "cpu") return 1;
  const bytes = Math.max(4 * rows * cols, 1);
  const room = Math.floor(Math.min(memoryBytes, info.maxBindingBytes) / bytes);
  return Math.max(1, Math.min(MOST_TOGETHER, room));
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

/** Some of the work: neurons whose parts were added, and multiplications that they take at most. */
interface Done {
  readonly neurons: number;
  readonly work: number;
}

/** Does the work of all groups, of so many neurons each, telling how far it is, and waits now and then: for the signal, and for a GPU that is behind. */
async function watched(
  groups: readonly AsyncGenerator<Done>[],
  device: Device,
  options: EmpiricalKernelOptions,
  each: number,
): Promise<void> {
  const { kind, software } = device.info, most = kind === "webgpu" && !software ? GPU_WORK : HOST_WORK;
  let asked = 0, heard = performance.now();
  for (const [index, group] of groups.entries()) {
    for await (const { neurons, work } of group) {
      asked += work;
      if (asked >= most) {
        asked = 0;
        await device.idle();
        heard = -Infinity;
      }
      if (performance.now() - heard >= HEED_MS) {
        await heedSignal(options);
        heard = performance.now();
      }
      options.signal?.throwIfAborted();
      options.onProgress?.(index * each + neurons, groups.length * each);
    }
  }
}

/** Neurons, each parameter's counted anew. */
function heightsOf({ meetings }: Pass): number {
  return meetings.reduce((sum, { weight }) => sum + weight.rows, 0);
}

interface GroupSettings {
  readonly full: boolean;
  readonly scale: number;
  readonly memoryBytes: number;
  readonly parts: number;
  readonly fixed: readonly WeightRole[];
}

/** Adds the kernels of some cotangents, from the last parameter back to the first. */
async function* addClasses(
  left: Pass,
  right: Pass | undefined,
  cotangents: readonly Cotangent[],
  kernels: Matrix,
  { full, scale, memoryBytes, parts, fixed }: GroupSettings,
): AsyncGenerator<Done> {
  const { device } = kernels, passes = right ? [left, right] : [left];
  using gradients = new Resources();
  for (const pass of passes) pass.pullback(gradients.add(outputGradient(pass, cotangents)), false);
  // A bias meets a one in every column.
  const ones = passes.map(({ out }) => gradients.add(onesOn(device, out.cols)));
  let neurons = 0;
  const samples = [left.out.cols, (right ?? left).out.cols] as const, pairs = samples[0] * samples[1];
  for (const [index, { weight }] of [...left.meetings.entries()].reverse()) {
    const met = passes.map(({ meetings }) => meetings[index]);
    if (weight.frozen || fixed.includes(weight.role)) {
      neurons += weight.rows;
      yield { neurons, work: 0 };
      continue;
    }
    const settings = {
      ...{ scale: scale * weight.scale ** 2, classes: cotangents.length, full },
      memoryBytes: memoryBytes / 4,
    };
    if (isShared(met[0], left.out.cols * cotangents.length)) {
      const part = { left: met[0], right: met[1], samples, ...settings };
      for await (const work of addSharedKernel(device, kernels, part)) yield { neurons, work };
      neurons += weight.rows;
      yield { neurons, work: 0 };
      continue;
    }
    const sides = met.map(({ input, delta }, side): LayerSide => ({ h: input ?? ones[side], delta: delta! }));
    const part = { mask: weight.mask, left: sides[0], right: sides[1], together: parts, ...settings };
    for (const some of addLayerKernel(device, kernels, part)) {
      neurons += some;
      yield { neurons, work: some * weight.cols * pairs };
    }
  }
}

/** Whether a parameter's gradient is not a product of two numbers of each sample. */
function isShared({ weight: { role }, delta }: Meeting, columns: number): boolean {
  return delta!.cols > columns || role === "gain" || role === "position";
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
