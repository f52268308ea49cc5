import { scratch } from "./shared/scratch";
import { LEFT_BYTES, multiplyTile, RIGHT_BYTES, TILE_BYTES, TILE_COLUMNS, TILE_ROWS } from "./shared/tile";

/** Edges, or neurons, that a part of a packing kernel takes. */
export const PACKED_ROWS: usize = 64;

/** Samples of the left side that a part of {@link add_neuron_kernels} takes: a multiple of a tile's rows. */
export const PART_ROWS: usize = 24;

/** Sample number a of a list, or of all where there is none. */
function sampleAt(samples: usize, a: usize): usize {
  return samples ? <usize> load<u32>(samples + a * 4) : a;
}

/** Row number e of a list of `h`'s rows, or of all where there is none. */
function edgeRow(h: usize, pitch: usize, edges: usize, e: usize): usize {
  return h + (edges ? <usize> load<u32>(edges + e * 4) : e) * pitch * 4;
}

/** Two numbers of a row at samples a and a + 1, as they are stored side by side. */
function pairAt(row: usize, samples: usize, a: usize): u64 {
  if (!samples) return load<u64>(row + a * 4);
  const both = load<u64>(samples + a * 4);
  const low = load<u32>(row + <usize> (both & 0xffffffff) * 4),
    high = load<u32>(row + <usize> (both >> 32) * 4);
  return <u64> low | (<u64> high << 32);
}

/**
 * Packs `h` at some edges and samples, both of them listed, as the left side by four samples and as the right one by eight; 0 for
 * neither. Past the last sample are zeros.
 */
export function pack_panel(
  part: usize,
  h: usize,
  pitch: usize,
  edges: usize,
  edgeCount: usize,
  samples: usize,
  count: usize,
  left: usize,
  right: usize,
): void {
  const first = part * PACKED_ROWS, end = min(first + PACKED_ROWS, edgeCount);
  const leftBytes = edgeCount * LEFT_BYTES, rightBytes = edgeCount * RIGHT_BYTES, even = count & ~1;
  const leftEnd = (count + 3) & ~3, rightEnd = (count + 7) & ~7;
  for (let e = first; e < end; e++) {
    const row = edgeRow(h, pitch, edges, e);
    let toLeft = left + e * LEFT_BYTES,
      toRight = right + e * RIGHT_BYTES,
      inLeft: usize = 0,
      inRight: usize = 0;
    for (let a: usize = 0; a < rightEnd || a < leftEnd; a += 2) {
      let pair: u64 = 0;
      if (a < even) pair = pairAt(row, samples, a);
      else if (a < count) pair = <u64> load<u32>(row + sampleAt(samples, a) * 4);
      if (left && a < leftEnd) {
        store<u64>(toLeft + inLeft, pair);
        inLeft += 8;
        if (inLeft == LEFT_BYTES) inLeft = 0, toLeft += leftBytes;
      }
      if (right && a < rightEnd) {
        store<u64>(toRight + inRight, pair);
        inRight += 8;
        if (inRight == RIGHT_BYTES) inRight = 0, toRight += rightBytes;
      }
    }
  }
}

/** The same side by side, as a BLAS takes it: `panel[e, a] = h[edges[e], samples[a]]`. */
export function gather_panel(
  part: usize,
  h: usize,
  pitch: usize,
  edges: usize,
  edgeCount: usize,
  samples: usize,
  count: usize,
  panel: usize,
): void {
  const first = part * PACKED_ROWS, end = min(first + PACKED_ROWS, edgeCount), even = count & ~1;
  for (let e = first; e < end; e++) {
    const row = edgeRow(h, pitch, edges, e), to = panel + e * count * 4;
    for (let a: usize = 0; a < even; a += 2) store<u64>(to + a * 4, pairAt(row, samples, a));
    if (even < count) store<u32>(to + even * 4, load<u32>(row + sampleAt(samples, even) * 4));
  }
}

/**
 * Packs what flows back to some neurons, at chosen samples, by `width` samples (four or eight): `target[c, block, i, a] =
 * delta[neuron + i, c · size + samples[block · width + a]]`, zero past the last sample.
 */
export function pack_deltas(
  part: usize,
  delta: usize,
  pitch: usize,
  neuron: usize,
  neuronCount: usize,
  classes: usize,
  samples: usize,
  count: usize,
  width: usize,
  target: usize,
): void {
  const first = part * PACKED_ROWS, end = min(first + PACKED_ROWS, neuronCount);
  const size = pitch / classes, blocks = (count + width - 1) / width;
  for (let c: usize = 0; c < classes; c++) {
    for (let i = first; i < end; i++) {
      const from = delta + ((neuron + i) * pitch + c * size) * 4;
      for (let block: usize = 0; block < blocks; block++) {
        const to = target + (((c * blocks + block) * neuronCount + i) * width) * 4;
        for (let lane: usize = 0; lane < width; lane++) {
          const a = block * width + lane;
          store<f32>(to + lane * 4, a < count ? load<f32>(from + sampleAt(samples, a) * 4) : 0);
        }
      }
    }
  }
}

/** Adds `scale · factors · grams` to the kernel's entries of the samples given; in columns before `from` nothing. */
function scatterRow(
  factors: usize,
  grams: usize,
  scale: f32,
  row: usize,
  samples: usize,
  first: usize,
  from: usize,
  columns: usize,
): void {
  const factor = f32x4.splat(scale);
  v128.store(grams, f32x4.mul(factor, f32x4.mul(v128.load(factors), v128.load(grams))));
  v128.store(grams, f32x4.mul(factor, f32x4.mul(v128.load(factors, 16), v128.load(grams, 16))), 16);
  for (let j = from; j < columns; j++) {
    const at = row + sampleAt(samples, first + j) * 4;
    store<f32>(at, load<f32>(at) + load<f32>(grams + j * 4));
  }
}

/** Copies a tile from products of `pitch` numbers a row; past the last column stand numbers that are not used. */
function copyTile(from: usize, pitch: usize, rows: usize, tile: usize): void {
  for (let i: usize = 0; i < rows; i++, from += pitch * 4, tile += 32) {
    v128.store(tile, v128.load(from));
    v128.store(tile, v128.load(from, 16), 16);
  }
}

/**
 * Adds a group of neurons' part of a tangent kernel, at some samples of the left side: the sums over `edgeCount` edges of the
 * packed panels, or what `products` [count, count2] has of them, times those over `neuronCount` neurons of the packed deltas.
 * `symmetric` keeps to samples of the right side that do not come before; with `full` each pair of classes has its own block
 * of `size` rows and `size2` columns.
 */
export function add_neuron_kernels(
  part: usize,
  left: usize,
  right: usize,
  products: usize,
  edgeCount: usize,
  deltas: usize,
  deltas2: usize,
  neuronCount: usize,
  classes: usize,
  samples: usize,
  count: usize,
  samples2: usize,
  count2: usize,
  kernel: usize,
  pitch: usize,
  size: usize,
  size2: usize,
  scale: f32,
  symmetric: bool,
  full: bool,
): void {
  const grams = scratch(), factors = grams + TILE_BYTES, scaled = factors + TILE_BYTES;
  const blocks = (count + TILE_ROWS - 1) / TILE_ROWS, tiles = (count2 + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const first = part * PART_ROWS, end = min(first + PART_ROWS, count);
  for (let tile: usize = symmetric ? first / TILE_COLUMNS : 0; tile < tiles; tile++) {
    const column = tile * TILE_COLUMNS, columns = min(TILE_COLUMNS, count2 - column);
    for (let row = first; row < end; row += TILE_ROWS) {
      if (symmetric && column + TILE_COLUMNS <= row) break;
      const block = row / TILE_ROWS, rows = min(TILE_ROWS, end - row);
      if (products) copyTile(products + (row * count2 + column) * 4, count2, rows, grams);
      else {multiplyTile(
          left + block * edgeCount * LEFT_BYTES,
          right + tile * edgeCount * RIGHT_BYTES,
          edgeCount,
          grams,
          false,
        );}
      for (let c: usize = 0; c < classes; c++) {
        const from = deltas + (c * blocks + block) * neuronCount * LEFT_BYTES;
        const lastClass = full ? classes - 1 : c;
        for (let c2: usize = full ? 0 : c; c2 <= lastClass; c2++) {
          const to = deltas2 + (c2 * tiles + tile) * neuronCount * RIGHT_BYTES;
          multiplyTile(from, to, neuronCount, factors, !full && c > 0);
          if (!full && c + 1 < classes) continue;
          memory.copy(scaled, grams, TILE_BYTES);
          for (let i: usize = 0; i < rows; i++) {
            const skipped = symmetric && row + i > column ? min(row + i - column, columns) : 0;
            const line = kernel + ((full ? c * size : 0) + sampleAt(samples, row + i)) * pitch * 4;
            const target = line + (full ? c2 * size2 : 0) * 4;
            scatterRow(factors + i * 32, scaled + i * 32, scale, target, samples2, column, skipped, columns);
          }
        }
      }
    }
  }
}
