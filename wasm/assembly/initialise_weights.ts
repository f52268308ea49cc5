import { normal0, normal1, normals } from "./shared/normal";
import { block0, block1, block2, block3, philox, storeBlocks, uniforms } from "./shared/philox";
import { scratch } from "./shared/scratch";

/** Rows that a part takes. */
export const PART_ROWS: usize = 8;

/**
 * Random weights, some rows: `scale` times standard normal numbers, or uniform ones on [−scale, scale). Where `fanIn` is
 * given, a count for each row, the row's scale is divided by its root, and is 0 where the count is.
 */
export function initialise_weights(
  part: usize,
  fanIn: usize,
  weights: usize,
  rows: usize,
  columns: usize,
  firstRow: u32,
  seedLow: u32,
  seedHigh: u32,
  layer: u32,
  scale: f32,
  uniform: bool,
): void {
  const spare = scratch();
  const two = f32x4.splat(2), one = f32x4.splat(1);
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let row = first; row < end; row++) {
    let rowScale = scale;
    if (fanIn) {
      const kept = load<u32>(fanIn + (firstRow + row) * 4);
      rowScale = kept ? scale / sqrt<f32>(<f32> kept) : 0;
    }
    const factor = f32x4.splat(rowScale);
    for (let column: usize = 0; column < columns; column += 16) {
      philox(<u32> column >> 2, firstRow + <u32> row, layer, 0, seedLow, seedHigh);
      const target = weights + (row * columns + column) * 4, width = min<usize>(16, columns - column);
      const to = width == 16 ? target : spare;
      if (uniform) {
        const a = f32x4.sub(f32x4.mul(two, uniforms(block0)), one);
        const b = f32x4.sub(f32x4.mul(two, uniforms(block1)), one);
        const c = f32x4.sub(f32x4.mul(two, uniforms(block2)), one);
        const d = f32x4.sub(f32x4.mul(two, uniforms(block3)), one);
        storeBlocks(
          to,
          f32x4.mul(factor, a),
          f32x4.mul(factor, b),
          f32x4.mul(factor, c),
          f32x4.mul(factor, d),
        );
      } else {
        normals(block0, block1, factor);
        const a = normal0, b = normal1;
        normals(block2, block3, factor);
        storeBlocks(to, a, b, normal0, normal1);
      }
      if (width < 16) memory.copy(target, spare, width * 4);
    }
  }
}
