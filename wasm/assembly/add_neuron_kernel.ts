import { packRight } from "./shared/pack";
import { scratch } from "./shared/scratch";
import { multiplyTile, TILE_BYTES, TILE_COLUMNS, TILE_ROWS } from "./shared/tile";

/** Edges, or neurons, that a part of a packing kernel takes. */
export const PACKED_ROWS: usize = 64;

/** Samples of the left side that a part of {@link add_neuron_kernel} takes: a multiple of a tile's rows. */
export const PART_ROWS: usize = 24;

/** Packs some rows of a panel [inner, columns] as the left side, by six columns, and as the right one, by eight; 0 for neither. */
export function pack_panel(
  part: usize,
  source: usize,
  pitch: usize,
  inner: usize,
  columns: usize,
  left: usize,
  right: usize,
): void {
  const first = part * PACKED_ROWS, end = min(first + PACKED_ROWS, inner);
  if (right) packRight(source, pitch, inner, columns, first, end, right);
  if (!left) return;
  const whole = columns / TILE_ROWS, rest = columns % TILE_ROWS, blockBytes = inner * 24;
  for (let l = first; l < end; l++) {
    let from = source + l * pitch * 4, to = left + l * 24;
    for (let block: usize = 0; block < whole; block++, from += 24, to += blockBytes) {
      v128.store(to, v128.load(from));
      store<u64>(to, load<u64>(from, 16), 16);
    }
    for (let i: usize = 0; rest && i < TILE_ROWS; i++) {
      store<f32>(to + i * 4, i < rest ? load<f32>(from + i * 4) : 0);
    }
  }
}

/**
 * Packs what flows back to some neurons, at chosen samples, by `width` samples (six or eight): `target[c, block, i, a] =
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
          store<f32>(to + lane * 4, a < count ? load<f32>(from + <usize> load<u32>(samples + a * 4) * 4) : 0);
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
  from: usize,
  columns: usize,
): void {
  const factor = f32x4.splat(scale);
  v128.store(grams, f32x4.mul(factor, f32x4.mul(v128.load(factors), v128.load(grams))));
  v128.store(grams, f32x4.mul(factor, f32x4.mul(v128.load(factors, 16), v128.load(grams, 16))), 16);
  for (let j = from; j < columns; j++) {
    const at = row + <usize> load<u32>(samples + j * 4) * 4;
    store<f32>(at, load<f32>(at) + load<f32>(grams + j * 4));
  }
}

/**
 * Adds a neuron's part of a tangent kernel, at some samples of the left side: the sums over `edgeCount` edges of the packed
 * panels times those over `neuronCount` neurons of the packed deltas. `symmetric` keeps to samples of the right side that do
 * not come before; with `full` each pair of classes has its own block of `size` rows and `size2` columns.
 */
export function add_neuron_kernel(
  part: usize,
  left: usize,
  right: usize,
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
  const grams = scratch(), factors = grams + TILE_BYTES, products = factors + TILE_BYTES;
  const blocks = (count + TILE_ROWS - 1) / TILE_ROWS, tiles = (count2 + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const first = part * PART_ROWS, end = min(first + PART_ROWS, count);
  for (let tile: usize = symmetric ? first / TILE_COLUMNS : 0; tile < tiles; tile++) {
    const column = tile * TILE_COLUMNS, columns = min(TILE_COLUMNS, count2 - column);
    for (let row = first; row < end; row += TILE_ROWS) {
      if (symmetric && column + TILE_COLUMNS <= row) break;
      const block = row / TILE_ROWS, rows = min(TILE_ROWS, end - row);
      multiplyTile(left + block * edgeCount * 24, right + tile * edgeCount * 32, edgeCount, grams, false);
      for (let c: usize = 0; c < classes; c++) {
        const from = deltas + (c * blocks + block) * neuronCount * 24;
        const lastClass = full ? classes - 1 : c;
        for (let c2: usize = full ? 0 : c; c2 <= lastClass; c2++) {
          const to = deltas2 + (c2 * tiles + tile) * neuronCount * 32;
          multiplyTile(from, to, neuronCount, factors, !full && c > 0);
          if (!full && c + 1 < classes) continue;
          memory.copy(products, grams, TILE_BYTES);
          for (let i: usize = 0; i < rows; i++) {
            const skipped = symmetric && row + i > column ? min(row + i - column, columns) : 0;
            const sample = <usize> load<u32>(samples + (row + i) * 4);
            const target = kernel + (((full ? c * size : 0) + sample) * pitch + (full ? c2 * size2 : 0)) * 4;
            scatterRow(
              factors + i * 32,
              products + i * 32,
              scale,
              target,
              samples2 + column * 4,
              skipped,
              columns,
            );
          }
        }
      }
    }
  }
}
