import { BLOCK_COLUMNS, BLOCK_ROW } from "./shared/kept_weights";
import { packRight } from "./shared/pack";

/** Rows that a part packs. */
export const PACKED_ROWS: usize = 64;

/** Packs the right side of a product, `source` [inner, columns], by tiles: some rows. */
export function pack_right(
  part: usize,
  source: usize,
  pitch: usize,
  inner: usize,
  columns: usize,
  target: usize,
): void {
  const first = part * PACKED_ROWS;
  packRight(source, pitch, inner, columns, first, min(first + PACKED_ROWS, inner), target);
}

/** Packs `source` [inner, columns] by blocks of 32 columns, `target[block, l, j]`, zero past the last: some rows. */
export function pack_blocks(part: usize, source: usize, inner: usize, columns: usize, target: usize): void {
  const first = part * PACKED_ROWS, end = min(first + PACKED_ROWS, inner), blockBytes = inner * BLOCK_ROW;
  const last = columns & ~(BLOCK_COLUMNS - 1), rest = (columns - last) * 4;
  for (let l = first; l < end; l++) {
    let from = source + l * columns * 4, to = target + l * BLOCK_ROW;
    for (let column: usize = 0; column < last; column += BLOCK_COLUMNS, from += BLOCK_ROW, to += blockBytes) {
      for (let lane: usize = 0; lane < BLOCK_ROW; lane += 16) v128.store(to + lane, v128.load(from + lane));
    }
    if (!rest) continue;
    memory.copy(to, from, rest);
    memory.fill(to + rest, 0, BLOCK_ROW - rest);
  }
}
