import { addNeuronKernel, gatherPanel } from "@graphon-limit/ops";
import { type BitMatrix, type Device, type Matrix, wordsPerBitRow } from "@graphon-limit/runtime";

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
  readonly memoryBytes: number;
}

/** Adds a layer's part to a kernel: `scale · Σ_ij M_ij δ_i(x) δ_i(x') h_j(x) h_j(x')`. */
export async function addLayerKernel(device: Device, kernel: Matrix, part: LayerPart): Promise<void> {
  const { mask, left, right } = part;
  const neurons = left.delta.rows;
  if (!mask) {
    // Every neuron has the same edges: the sum over i and that over j part.
    const everything = (size: number) => Array.from({ length: size }, (_, i) => i);
    const sides = [left, right].map((side) => side && everything(side.h.cols));
    addNeurons(device, kernel, part, [{
      neuron: 0,
      count: neurons,
      edges: everything(left.h.rows),
      samples: sides[0] ?? [],
      samples2: sides[1],
    }]);
    return;
  }
  // A mask's row, both lists and the piece of delta that tells which samples count, for some neurons at a time.
  const wordsPerNeuron = 2 * (left.h.rows + left.delta.cols + (right?.delta.cols ?? 0)) +
    wordsPerBitRow(mask.cols);
  const memory = Math.min(part.memoryBytes / 2, device.info.maxBindingBytes);
  const together = Math.max(1, Math.floor(memory / (4 * wordsPerNeuron)));
  for (let first = 0; first < neurons; first += together) {
    const rows = [first, Math.min(first + together, neurons)] as const;
    const [words, active, active2] = await Promise.all([
      device.readBits(mask, rows),
      activeSamples(device, left, part.classes, rows),
      right && activeSamples(device, right, part.classes, rows),
    ]);
    const list: NeuronPart[] = [];
    for (let row = 0; row < rows[1] - first; row++) {
      const edges = setBits(words, row * mask.wordsPerRow, mask.cols);
      list.push({ neuron: first + row, count: 1, edges, samples: active[row], samples2: active2?.[row] });
    }
    addNeurons(device, kernel, part, list);
  }
}

/** Neurons that share their edges, and the samples on which they are active. */
interface NeuronPart {
  readonly neuron: number;
  readonly count: number;
  readonly edges: readonly number[];
  readonly samples: readonly number[];
  readonly samples2: readonly number[] | undefined;
}

function addNeurons(device: Device, kernel: Matrix, part: LayerPart, list: readonly NeuronPart[]): void {
  const { left, right, scale, classes, full } = part;
  const alive = list.filter(({ edges, samples, samples2 }) =>
    edges.length > 0 && samples.length > 0 && samples2?.length !== 0
  );
  if (alive.length === 0) return;
  const edges = concatenate(alive.map((neuron) => neuron.edges));
  const samples = concatenate(alive.map((neuron) => neuron.samples));
  const samples2 = right && concatenate(alive.map((neuron) => neuron.samples2 ?? []));
  using edgeList = device.upload(edges, 1, edges.length);
  using sampleList = device.upload(samples, 1, samples.length);
  using sampleList2 = samples2 && device.upload(samples2, 1, samples2.length);
  // The sum over edges may be taken in parts: a panel need not hold all of a neuron's.
  const pitches = [left, right].map((side) => Math.ceil((side?.h.cols ?? 0) / 8) * 8);
  const most = Math.max(...alive.map((neuron) => neuron.edges.length));
  const memory = Math.min(part.memoryBytes / 2, device.info.maxBindingBytes);
  const rows = Math.max(1, Math.min(most, Math.floor(memory / (4 * Math.max(...pitches)))));
  using panel = device.matrix(rows, pitches[0]);
  using panel2 = right && device.matrix(rows, pitches[1]);
  const lists = { edges: edgeList, samples: sampleList };
  const args = {
    panel,
    delta: left.delta,
    samples: sampleList,
    kernel,
    ...(right ? { panel2, delta2: right.delta, samples2: sampleList2 } : {}),
  };
  let edgeStart = 0, sampleStart = 0, sample2Start = 0;
  for (const neuron of alive) {
    const sampleCount = neuron.samples.length, sample2Count = neuron.samples2?.length ?? sampleCount;
    for (let done = 0; done < neuron.edges.length; done += rows) {
      const edgeCount = Math.min(rows, neuron.edges.length - done);
      const some = { edgeStart: edgeStart + done, edgeCount };
      device.run(gatherPanel, { h: left.h, ...lists, panel }, { ...some, sampleStart, sampleCount });
      if (right && panel2 && sampleList2) {
        device.run(gatherPanel, { h: right.h, edges: edgeList, samples: sampleList2, panel: panel2 }, {
          ...some,
          sampleStart: sample2Start,
          sampleCount: sample2Count,
        });
      }
      device.run(addNeuronKernel, args, {
        scale,
        classes,
        neuron: neuron.neuron,
        neuronCount: neuron.count,
        edgeCount,
        sampleStart,
        sampleCount,
        sample2Start,
        sample2Count,
        full,
      });
    }
    edgeStart += neuron.edges.length;
    sampleStart += sampleCount;
    sample2Start += sample2Count;
  }
}

/** For each of some neurons, the samples on which anything flows back to it: half of them under ReLU, none when dead. */
async function activeSamples(
  device: Device,
  { h, delta }: LayerSide,
  classes: number,
  rows: readonly [number, number],
): Promise<number[][]> {
  const values = await device.read(delta, rows);
  const size = h.cols, lists: number[][] = [];
  for (let start = 0; start < values.length; start += delta.cols) {
    const samples: number[] = [];
    for (let x = 0; x < size; x++) {
      let c = 0;
      while (c < classes && values[start + c * size + x] === 0) c++;
      if (c < classes) samples.push(x);
    }
    lists.push(samples);
  }
  return lists;
}

/** The columns of a mask's row that are kept. */
function setBits(words: Uint32Array, start: number, cols: number): number[] {
  const kept: number[] = [];
  for (let j = 0; j < cols; j++) if ((words[start + (j >>> 5)] >>> (j & 31)) & 1) kept.push(j);
  return kept;
}

function concatenate(lists: readonly (readonly number[])[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}
