import type { Kernels, View } from "@graphon-limit/runtime";
import { packedLeftBytes, packedRightBytes } from "./packed_products.ts";
import { add_neuron_kernels as assembly, shared_tile as tile } from "./wasm/signatures.ts";

type List = View<Uint32Array> | undefined;

/** The arguments of `addNeuronKernels`. */
interface Arguments {
  readonly h: View<Float32Array>;
  readonly delta: View<Float32Array>;
  readonly edges?: List;
  readonly samples?: List;
  readonly h2?: View<Float32Array> | undefined;
  readonly delta2?: View<Float32Array> | undefined;
  readonly samples2?: List;
  readonly kernels: View<Float32Array>;
}

/** Its settings. */
interface Settings {
  readonly scale: number;
  readonly classes: number;
  readonly neuron: number;
  readonly each: number;
  readonly groups: number;
  readonly listRow: number;
  readonly full: boolean;
}

/** Bytes of a group's inputs at its samples, beyond which they are taken some edges at a time. */
const PANEL_BYTES = 2 ** 26;

/** Products of fewer multiplications, or thinner than this, are the kernels': handing them to a BLAS takes longer, as measured. */
const FEWEST_MULTIPLICATIONS = 2 ** 21, THINNEST = 32;

/** Samples of the left side that go to a BLAS together: of a symmetric kernel those before them are left out. */
const BLAS_ROWS = 128;

/** A list's row: how many there are, and where they are; 0 where all are meant. */
interface Listed {
  readonly count: number;
  readonly at: number;
}

/** A group of neurons: its edges and its samples on either side. */
interface Group {
  readonly index: number;
  readonly edges: Listed;
  readonly left: Listed;
  readonly right: Listed;
}

/** Room for what a group needs, whichever it is. */
interface Room {
  /** Edges that are taken together. */
  readonly together: number;
  readonly left: number;
  readonly right: number;
  readonly deltas: number;
  readonly deltas2: number;
  /** The products that a BLAS makes; 0 without one. */
  readonly grams: number;
}

/** `addNeuronKernels` by WebAssembly kernels, and by a BLAS where there is one: one group after another. */
export function launchNeuronKernels(args: Arguments, settings: Settings, kernels: Kernels): void {
  const groups = groupsOf(args, settings, kernels);
  if (groups.length === 0) return;
  const room = roomFor(groups, settings, kernels);
  for (const group of groups) {
    packDeltas(group, args, settings, kernels, room);
    for (let done = 0; done < group.edges.count; done += room.together) {
      const edges = Math.min(room.together, group.edges.count - done);
      addGrams(group, [done, edges], args, settings, kernels, room);
    }
  }
}

/** Those that have an edge and are active at all. */
function groupsOf(
  { h, edges, samples, h2, samples2 }: Arguments,
  { groups, listRow }: Settings,
  { address }: Kernels,
): Group[] {
  const row = (list: List, index: number, all: number): Listed => {
    if (!list) return { count: all, at: 0 };
    const start = (listRow + index) * list.cols;
    return { count: list.data[start], at: address(list) + (start + 1) * 4 };
  };
  return Array.from({ length: groups }, (_, index): Group => {
    const left = row(samples, index, h.cols);
    const right = h2 ? row(samples2, index, h2.cols) : left;
    return { index, edges: row(edges, index, h.rows), left, right };
  }).filter(({ edges, left, right }) => edges.count > 0 && left.count > 0 && right.count > 0);
}

function roomFor(
  groups: readonly Group[],
  { classes, each }: Settings,
  { allocate, multiply }: Kernels,
): Room {
  const most = (count: (group: Group) => number) =>
    groups.reduce((largest, group) => Math.max(largest, count(group)), 0);
  const edges = most((group) => group.edges.count), rows = most((group) => group.left.count);
  const cols = most((group) => group.right.count);
  const together = Math.min(edges, Math.max(64, Math.floor(PANEL_BYTES / (4 * Math.max(rows, cols)))));
  const blas = multiply && groups.some((group) => suitsBlas(group, together));
  return {
    together,
    left: allocate(packedLeftBytes(together, rows)),
    right: allocate(packedRightBytes(together, cols)),
    deltas: allocate(classes * packedLeftBytes(each, rows)),
    deltas2: allocate(classes * packedRightBytes(each, cols)),
    // A tile's row may reach beyond the last number.
    grams: blas ? allocate(rows * cols * 4 + tile.TILE_BYTES) : 0,
  };
}

/** Whether a BLAS is the fastest for a group's products, so many edges at a time. */
function suitsBlas({ edges, left, right }: Group, together: number): boolean {
  const inner = Math.min(edges.count, together);
  return left.count * right.count * inner >= FEWEST_MULTIPLICATIONS &&
    Math.min(left.count, right.count, inner) >= THINNEST;
}

/** Packs what flows back to a group's neurons at its samples. */
function packDeltas(
  { index, left, right }: Group,
  { delta, delta2 }: Arguments,
  { classes, neuron, each }: Settings,
  { address, launch }: Kernels,
  room: Room,
): void {
  const pack = (from: View, samples: Listed, width: number, target: number) =>
    launch(assembly.pack_deltas, Math.ceil(each / assembly.PACKED_ROWS), {
      ...{
        delta: address(from),
        pitch: from.cols,
        neuron: neuron + index * each,
        neuronCount: each,
        classes,
      },
      ...{ samples: samples.at, count: samples.count, width, target },
    });
  pack(delta, left, tile.TILE_ROWS, room.deltas);
  pack(delta2 ?? delta, right, tile.TILE_COLUMNS, room.deltas2);
}

/** Adds a group's part by some of its edges. */
function addGrams(
  group: Group,
  [done, edgeCount]: readonly [number, number],
  { h, h2, delta, delta2, kernels: target }: Arguments,
  { scale, classes, each, full }: Settings,
  kernels: Kernels,
  room: Room,
): void {
  const { address, launch } = kernels, { index, left, right } = group, symmetric = !h2;
  const byBlas = room.grams > 0 && suitsBlas(group, edgeCount);
  const edges = group.edges.at && group.edges.at + done * 4;
  const source = (from: View, samples: Listed) => ({
    h: address(from) + (edges ? 0 : done * from.cols * 4),
    ...{ pitch: from.cols, edges, edgeCount, samples: samples.at, count: samples.count },
  });
  const parts = Math.ceil(edgeCount / assembly.PACKED_ROWS);
  if (byBlas) {
    launch(assembly.gather_panel, parts, { ...source(h, left), panel: room.left });
    if (h2) launch(assembly.gather_panel, parts, { ...source(h2, right), panel: room.right });
    multiplyPanels(kernels, room, [left.count, right.count, edgeCount], symmetric);
  } else {
    launch(assembly.pack_panel, parts, {
      ...source(h, left),
      left: room.left,
      right: symmetric ? room.right : 0,
    });
    if (h2) launch(assembly.pack_panel, parts, { ...source(h2, right), left: 0, right: room.right });
  }
  const size = delta.cols / classes, size2 = (delta2 ?? delta).cols / classes;
  launch(assembly.add_neuron_kernels, Math.ceil(left.count / assembly.PART_ROWS), {
    ...{ left: room.left, right: room.right, products: byBlas ? room.grams : 0, edgeCount },
    ...{ deltas: room.deltas, deltas2: room.deltas2, neuronCount: each, classes },
    ...{ samples: left.at, count: left.count, samples2: right.at, count2: right.count },
    kernel: address(target) + index * (full ? classes : 1) * size * target.cols * 4,
    ...{ pitch: target.cols, size, size2, scale, symmetric: Number(symmetric), full: Number(full) },
  });
}

/** `grams = leftᵀ right` of gathered panels by the BLAS; of a panel with itself no more than touches the upper half. */
function multiplyPanels(
  { multiply }: Kernels,
  { left, right, grams }: Room,
  [rows, cols, inner]: readonly [number, number, number],
  symmetric: boolean,
): void {
  const together = symmetric ? BLAS_ROWS : rows;
  for (let first = 0; first < rows; first += together) {
    const from = symmetric ? first : 0;
    multiply!({
      ...{ rows: Math.min(together, rows - first), cols: cols - from, inner },
      ...{ left: left + first * 4, leftTransposed: true, leftPitch: rows },
      ...{ right: (symmetric ? left : right) + from * 4, rightPitch: cols },
      ...{ out: grams + (first * cols + from) * 4, outPitch: cols, scale: 1, accumulate: false },
    });
  }
}
