import type { Meeting } from "@graphon-limit/model";
import { addNeuronKernels, fill, gradientPanel, transposeBlocks } from "@graphon-limit/ops";
import { type BitMatrix, type Device, type Matrix, unpackBits } from "@graphon-limit/runtime";

/** What met in a parameter that is used at several positions of a sample, or meets signals entry by entry. */
export interface SharedPart {
  readonly left: Meeting;
  /** Left out where the kernel is that of `left` with itself. */
  readonly right: Meeting | undefined;
  /** Samples on the left and on the right. */
  readonly samples: readonly [left: number, right: number];
  readonly scale: number;
  readonly classes: number;
  readonly full: boolean;
  readonly memoryBytes: number;
}

/** Gradients of entries of a parameter at each sample, as `gradientPanel` makes them. */
interface Side extends Disposable {
  readonly h: Matrix;
  readonly delta: Matrix;
  readonly positions: number;
  readonly samples: number;
}

/** The same on the device, of some entries [1, …]. */
interface Lists {
  readonly outputs: Matrix<"u32">;
  readonly inputs: Matrix<"u32">;
}

/** Which rows of δ and of the signal an entry's gradient is made of. */
interface Entries {
  readonly outputs: Uint32Array;
  readonly inputs: Uint32Array;
}

/**
 * Adds a parameter's part to a kernel, the first of `kernels`, where its gradient is a sum over the positions of a sample, which is taken
 * before the product: `scale · Σ_e J_e(x) J_e(x')`, `J_e(x) = Σ_p δ_i(x, p) h_j(x, p)`, a panel of entries at a time.
 *
 * @returns after each panel how many multiplications it took
 */
export async function* addSharedKernel(
  device: Device,
  kernels: Matrix,
  part: SharedPart,
): AsyncGenerator<number> {
  const { left, right, classes, full, scale, memoryBytes } = part, columns = full ? classes : 1;
  using first = sideOf(left, part.samples[0], classes);
  using second = right && sideOf(right, part.samples[1], classes);
  const entries = await entriesOf(left.weight, first), total = entries.outputs.length;
  const widths = [first, second ?? first].map(({ samples }) => columns * samples);
  const memory = Math.min(memoryBytes / 2, device.info.maxBindingBytes);
  const together = Math.max(1, Math.floor(memory / (4 * Math.max(...widths))));
  using ones = onesOn(device, widths[0]);
  using ones2 = onesOn(device, widths[1]);
  const panelOf = (side: Side, lists: Lists, group: number) => {
    const count = lists.outputs.cols, panel = device.matrix(count, columns * side.samples);
    device.run(gradientPanel, { h: side.h, delta: side.delta, ...lists, panel }, {
      ...{ positions: side.positions, start: 0, count },
      ...{ sampleStart: group * side.samples, sampleCount: panel.cols },
    });
    return panel;
  };
  for (let start = 0; start < total; start += together) {
    const end = Math.min(start + together, total);
    using outputs = device.upload(entries.outputs.slice(start, end), 1, end - start);
    using inputs = device.upload(entries.inputs.slice(start, end), 1, end - start);
    for (let group = 0; group < classes / columns; group++) {
      using panel = panelOf(first, { outputs, inputs }, group);
      using panel2 = second && panelOf(second, { outputs, inputs }, group);
      // Blocks of two classes have no half that tells the other: all of them are added.
      const other = panel2 ?? (full ? panel : undefined);
      const both = other ? { h2: other, delta2: ones2 } : {};
      const settings = { scale, classes: 1, neuron: 0, each: 1, groups: 1, listRow: 0, full: false };
      device.run(addNeuronKernels, { h: panel, delta: ones, kernels, ...both }, settings);
      yield (end - start) * (widths[0] * widths[1] + first.positions * (widths[0] + widths[1]));
    }
  }
}

/** What a parameter's gradient at a sample is a sum of, by its role. */
function sideOf({ weight, input, delta }: Meeting, samples: number, classes: number): Side {
  const { device } = weight.matrix, made = new DisposableStack();
  const held = { [Symbol.dispose]: () => made.dispose() };
  if (weight.role === "position") {
    // A place's gradient is what flows back to it: places become rows.
    const columns = delta!.cols / weight.rows;
    const flat = made.use(device.matrix(delta!.rows * weight.rows, columns));
    device.run(transposeBlocks, { x: delta!, out: flat }, { blockRows: columns, blockCols: weight.rows });
    return { h: made.use(onesOn(device, samples)), delta: flat, positions: 1, samples, ...held };
  }
  const positions = delta!.cols / (classes * samples);
  const h = input ?? made.use(onesOn(device, samples * positions));
  return { h, delta: delta!, positions, samples, ...held };
}

async function entriesOf(weight: Meeting["weight"], { delta }: Side): Promise<Entries> {
  const { role, rows, cols, mask } = weight;
  if (role === "weight") return await keptEntries(mask, rows, cols);
  const outputs = Uint32Array.from({ length: delta.rows }, (_, i) => i);
  return { outputs, inputs: role === "gain" ? outputs : new Uint32Array(delta.rows) };
}

async function keptEntries(mask: BitMatrix | undefined, rows: number, cols: number): Promise<Entries> {
  const bits = mask && unpackBits(await mask.device.readBits(mask), rows, cols);
  const kept: number[] = [];
  for (let at = 0; at < rows * cols; at++) if (!bits || bits[at]) kept.push(at);
  return {
    outputs: Uint32Array.from(kept, (at) => Math.floor(at / cols)),
    inputs: Uint32Array.from(kept, (at) => at % cols),
  };
}

function onesOn(device: Device, cols: number): Matrix {
  const x = device.matrix(1, cols);
  device.run(fill, { x }, { value: 1 });
  return x;
}
