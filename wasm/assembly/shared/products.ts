import { multiplyTile, TILE_COLUMNS } from "./tile";

/** Terms of the sums taken at a time: four packed rows of so many stay in the first cache. */
export const INNER_BLOCK: usize = 512;

/** Columns of the right side taken at a time: so many, packed, stay in the second cache. */
export const COLUMN_BLOCK: usize = 128;

/** Writes `scale` times a tile, or adds it, to the rows and columns of `out` there are. */
function addTile(
  tile: usize,
  out: usize,
  pitch: usize,
  rows: usize,
  columns: usize,
  scale: f32,
  add: bool,
): void {
  if (columns == TILE_COLUMNS) {
    const factor = f32x4.splat(scale);
    for (let i: usize = 0; i < rows; i++, tile += 32, out += pitch) {
      let low = f32x4.mul(factor, v128.load(tile)), high = f32x4.mul(factor, v128.load(tile, 16));
      if (add) {
        low = f32x4.add(low, v128.load(out));
        high = f32x4.add(high, v128.load(out, 16));
      }
      v128.store(out, low);
      v128.store(out, high, 16);
    }
    return;
  }
  for (let i: usize = 0; i < rows; i++, tile += 32, out += pitch) {
    for (let j: usize = 0; j < columns; j++) {
      const value = scale * load<f32>(tile + j * 4);
      store<f32>(out + j * 4, add ? load<f32>(out + j * 4) + value : value);
    }
  }
}

/** Multiplies one packed block of four rows with the packed tiles of some columns. */
export function multiplyBlock(
  left: usize,
  right: usize,
  rightTileBytes: usize,
  inner: usize,
  out: usize,
  pitch: usize,
  rows: usize,
  firstColumn: usize,
  endColumn: usize,
  scale: f32,
  add: bool,
  tile: usize,
): void {
  for (let column = firstColumn; column < endColumn; column += TILE_COLUMNS) {
    multiplyTile(left, right + (column / TILE_COLUMNS) * rightTileBytes, inner, tile, false);
    const columns = min(TILE_COLUMNS, endColumn - column);
    addTile(tile, out + column * 4, pitch, rows, columns, scale, add);
  }
}
