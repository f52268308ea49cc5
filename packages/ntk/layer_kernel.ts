import { activeSamples, addNeuronKernels, keptColumns } from "@graphon-limit/ops";
import type { BitMatrix, Device, Matrix } from "@graphon-limit/runtime";

/** What one set of samples brings to a layer: its inputs `h` [in, N], what flows back to it `delta` [out, classes · N]. */
export interface LayerSide {
  readonly h: Matrix;
  readonly delta: Matrix;
}

/** A layer's part of a tangent kernel. */
export interface LayerPart {
  /** Without one every weight is a parameter. */
  readonly mask: BitMatrix | undefined;
  readonly left: LayerSide;
  /** Left out where the kernel is that of `left` with itself. */
  readonly right: LayerSide | undefined;
  readonly scale: number;
  readonly classes: number;
  readonly full: boolean;
  /** Bytes for lists of what neurons keep, and where they are active. */
  readonly memoryBytes: number;
  /** Kernels that lie one under another in what it is added to: so many neurons go together. */
  readonly together: number;
}

/**
 * Adds a layer's part to kernels, each of which gets that of some neurons: `scale · Σ_ij M_ij δ_i(x) δ_i(x') h_j(x) h_j(x')`.
 *
 * @returns after some neurons each time how many there were
 */
export function* addLayerKernel(device: Device, kernels: Matrix, part: LayerPart): Generator<number> {
  const { mask, left, right, scale, classes, full, together } = part, neurons = left.delta.rows;
  const args = { h: left.h, delta: left.delta, h2: right?.h, delta2: right?.delta, kernels };
  if (!mask) {
    // Every neuron has the same edges: the sum over i and that over j part.
    const all = { neuron: 0, each: neurons, groups: 1, listRow: 0 };
    device.run(addNeuronKernels, args, { ...all, scale, classes, full });
    yield neurons;
    return;
  }
  const rowWords = left.h.rows + left.h.cols + (right?.h.cols ?? 0) + 3;
  const widest = Math.max(left.h.rows, left.h.cols, right?.h.cols ?? 0) + 1;
  const listed = Math.min(part.memoryBytes / (4 * rowWords), device.info.maxBindingBytes / (4 * widest));
  for (let first = 0, rows; first < neurons; first += rows) {
    rows = Math.min(Math.max(1, Math.floor(listed)), neurons - first);
    using edges = device.matrix(rows, mask.cols + 1, "u32");
    device.run(keptColumns, { mask, list: edges }, { first });
    using samples = activeOf(device, left, classes, [first, rows]);
    using samples2 = right && activeOf(device, right, classes, [first, rows]);
    for (let listRow = 0; listRow < rows; listRow += together) {
      const groups = Math.min(together, rows - listRow);
      const some = { neuron: first + listRow, each: 1, groups, listRow };
      device.run(addNeuronKernels, { ...args, edges, samples, samples2 }, { ...some, scale, classes, full });
      yield groups;
    }
  }
}

/** The samples on which some neurons are active, listed. */
function activeOf(
  device: Device,
  { h, delta }: LayerSide,
  classes: number,
  [first, rows]: readonly [number, number],
): Matrix<"u32"> {
  const list = device.matrix(rows, h.cols + 1, "u32");
  device.run(activeSamples, { delta, list }, { first, classes });
  return list;
}
