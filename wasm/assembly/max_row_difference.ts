import { scratch } from "./shared/scratch";

/** Distances that a part makes: so many rows of so many columns. */
export const PART_ROWS: usize = 32;
export const PART_COLUMNS: usize = 512;

/** Rows compared together: their counts with a reference lie side by side. */
const GROUP_ROWS: usize = 4;

/** Columns whose counts lie together, and bytes of a row of such a tile. */
const TILE_COLUMNS: usize = 64;
const TILE_BYTES: usize = 256;

/** References taken at a time, so that a tile fits the thread's own memory. */
const MOST_REFERENCES: usize = 512;

/** How far items are apart by their counts with references; see the op `max_row_difference`. */
export function max_row_difference(
  part: usize,
  counts: usize,
  references: usize,
  items: usize,
  reference: usize,
  firstItem: usize,
  distances: usize,
  rows: usize,
): void {
  const across = (items + PART_COLUMNS - 1) / PART_COLUMNS;
  const firstRow = part / across * PART_ROWS, endRow = min(firstRow + PART_ROWS, rows);
  const firstColumn = part % across * PART_COLUMNS, endColumn = min(firstColumn + PART_COLUMNS, items);
  for (let row = firstRow; row < endRow; row++) {
    memory.fill(distances + (row * items + firstColumn) * 4, 0, (endColumn - firstColumn) * 4);
  }
  const tile = scratch(), own = tile + MOST_REFERENCES * TILE_BYTES;
  const best = own + MOST_REFERENCES * PART_ROWS * 4;
  for (let from: usize = 0; from < references; from += MOST_REFERENCES) {
    const count = min(MOST_REFERENCES, references - from);
    const lines = counts + from * items * 4, named = reference + from * 4;
    packOwn(lines, items, count, firstItem + firstRow, firstItem + endRow, own);
    for (let column = firstColumn; column < endColumn; column += TILE_COLUMNS) {
      const width = min(TILE_COLUMNS, endColumn - column);
      packTile(lines + column * 4, items, count, width, tile);
      for (let row = firstRow; row < endRow; row += GROUP_ROWS) {
        const line = distances + (row * items + column) * 4, height = min(GROUP_ROWS, endRow - row);
        const group = own + (row - firstRow) * count * 4;
        for (let i: usize = 0; i < height; i++) {
          memory.copy(best + i * TILE_BYTES, line + i * items * 4, width * 4);
        }
        compareGroup(group, tile, named, count, firstItem + row, column, width, best);
        for (let i: usize = 0; i < height; i++) {
          memory.copy(line + i * items * 4, best + i * TILE_BYTES, width * 4);
        }
      }
    }
  }
}

/** The counts of a part's rows, `own[group, reference, row]`; rows past the last repeat it. */
function packOwn(lines: usize, items: usize, count: usize, first: usize, end: usize, own: usize): void {
  for (let group = first; group < end; group += GROUP_ROWS) {
    for (let r: usize = 0; r < count; r++) {
      for (let i: usize = 0; i < GROUP_ROWS; i++, own += 4) {
        store<u32>(own, load<u32>(lines + (r * items + min(group + i, end - 1)) * 4));
      }
    }
  }
}

/** The counts of a tile's columns, `tile[reference, column]`, zero past the last. */
function packTile(from: usize, items: usize, count: usize, width: usize, tile: usize): void {
  for (let r: usize = 0; r < count; r++, from += items * 4, tile += TILE_BYTES) {
    memory.copy(tile, from, width * 4);
    if (width < TILE_COLUMNS) memory.fill(tile + width * 4, 0, (TILE_COLUMNS - width) * 4);
  }
}

/** Takes all references into account: apart those that are one of the items compared, for which some pairs do not count. */
function compareGroup(
  group: usize,
  tile: usize,
  named: usize,
  count: usize,
  firstItem: usize,
  column: usize,
  width: usize,
  best: usize,
): void {
  let from: usize = 0;
  for (let r: usize = 0; r < count; r++) {
    const item = <usize> load<u32>(named + r * 4);
    if (item - firstItem >= GROUP_ROWS && item - column >= width) continue;
    compareSpan(group, tile, from, r, width, best);
    compareApart(
      group + r * GROUP_ROWS * 4,
      tile + r * TILE_BYTES,
      item - firstItem,
      item - column,
      width,
      best,
    );
    from = r + 1;
  }
  compareSpan(group, tile, from, count, width, best);
}

/** One reference, which is the row `ownRow` or the column `ownColumn` of the group and tile. */
function compareApart(
  group: usize,
  line: usize,
  ownRow: usize,
  ownColumn: usize,
  width: usize,
  best: usize,
): void {
  for (let i: usize = 0; i < GROUP_ROWS; i++) {
    if (i == ownRow) continue;
    const own = load<i32>(group + i * 4), target = best + i * TILE_BYTES;
    for (let j: usize = 0; j < width; j++) {
      if (j == ownColumn) continue;
      const difference = abs(own - load<i32>(line + j * 4));
      if (difference > load<i32>(target + j * 4)) store<i32>(target + j * 4, difference);
    }
  }
}

/** The larger of what there is and the differences to a row's count. */
function larger(most: v128, own: v128, other: v128): v128 {
  return i32x4.max_s(most, i32x4.abs(i32x4.sub(own, other)));
}

/** References from `from` to `end`, each of which counts for all pairs: four rows of eight columns at a time. */
function compareSpan(group: usize, tile: usize, from: usize, end: usize, width: usize, best: usize): void {
  if (from == end) return;
  const row1 = TILE_BYTES, row2 = 2 * TILE_BYTES, row3 = 3 * TILE_BYTES;
  for (let column: usize = 0; column < width * 4; column += 32) {
    const at = best + column;
    let a0 = v128.load(at), a1 = v128.load(at + 16);
    let b0 = v128.load(at + row1), b1 = v128.load(at + row1 + 16);
    let c0 = v128.load(at + row2), c1 = v128.load(at + row2 + 16);
    let d0 = v128.load(at + row3), d1 = v128.load(at + row3 + 16);
    let own = group + from * 16, line = tile + from * TILE_BYTES + column;
    for (const last = group + end * 16; own < last; own += 16, line += TILE_BYTES) {
      const x = v128.load(line), y = v128.load(line, 16);
      const a = v128.load32_splat(own), b = v128.load32_splat(own, 4);
      const c = v128.load32_splat(own, 8), d = v128.load32_splat(own, 12);
      a0 = larger(a0, a, x);
      a1 = larger(a1, a, y);
      b0 = larger(b0, b, x);
      b1 = larger(b1, b, y);
      c0 = larger(c0, c, x);
      c1 = larger(c1, c, y);
      d0 = larger(d0, d, x);
      d1 = larger(d1, d, y);
    }
    v128.store(at, a0);
    v128.store(at + 16, a1);
    v128.store(at + row1, b0);
    v128.store(at + row1 + 16, b1);
    v128.store(at + row2, c0);
    v128.store(at + row2 + 16, c1);
    v128.store(at + row3, d0);
    v128.store(at + row3 + 16, d1);
  }
}
