/** Receives an entry's row and column, and the place of its element in `data`. */
export type Visit = (row: number, column: number, place: number) => void;

/**
 * The entries of a sparse matrix, each place once, in the order of rows and in each of columns: those of the `i`-th row that
 * has any are `starts[i]` to `starts[i + 1]`.
 */
export interface SparseRows {
  /** The rows that have entries, where these are few among all; else all rows, and this is undefined. */
  readonly rows: Float64Array | undefined;
  readonly starts: Uint32Array;
  readonly columns: Float64Array;
  readonly values: Float64Array;
}

/** A place is kept for each row, unless there are more than so many for each entry. */
const ROWS_PER_ENTRY = 4, FEW_ROWS = 1024;

/**
 * Sorts entries: counts those of each row, puts each in its place, and adds up those of one place, as SciPy does.
 *
 * @param visitAll goes through all of them, in any order, the same each time
 */
export function sortEntries(
  rowCount: number,
  data: Float64Array,
  visitAll: (visit: Visit) => void,
): SparseRows {
  const rows = rowCount > FEW_ROWS + ROWS_PER_ENTRY * data.length ? rowsWithEntries(visitAll) : undefined;
  const placeOf = rows === undefined
    ? (row: number) => row
    : (row: number) => firstFrom(rows, row, 0, rows.length);
  const starts = new Uint32Array((rows?.length ?? rowCount) + 1);
  visitAll((row) => starts[placeOf(row) + 1]++);
  for (let row = 0; row + 1 < starts.length; row++) starts[row + 1] += starts[row];
  const next = starts.slice(), count = starts[starts.length - 1];
  const columns = new Float64Array(count), values = new Float64Array(count);
  visitAll((row, column, place) => {
    const at = next[placeOf(row)]++;
    columns[at] = column;
    values[at] = data[place];
  });
  return withoutRepeats({ rows, starts, columns, values });
}

function rowsWithEntries(visitAll: (visit: Visit) => void): Float64Array {
  const found = new Set<number>();
  visitAll((row) => found.add(row));
  return Float64Array.from(found).sort();
}

/** The first place of `from` to `to` whose number is not below `value`; `to` where there is none. */
export function firstFrom(sorted: Float64Array, value: number, from: number, to: number): number {
  let low = from, high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Sorts each row by columns where it is not, and adds up what is in one place. */
function withoutRepeats(entries: SparseRows): SparseRows {
  const { starts, columns, values } = entries;
  let to = 0;
  for (let row = 0; row + 1 < starts.length; row++) {
    const from = starts[row], end = starts[row + 1];
    sortRow(columns, values, from, end);
    starts[row] = to;
    for (let at = from; at < end; at++) {
      if (to > starts[row] && columns[to - 1] === columns[at]) values[to - 1] += values[at];
      else {
        columns[to] = columns[at];
        values[to++] = values[at];
      }
    }
  }
  starts[starts.length - 1] = to;
  return { ...entries, columns: columns.subarray(0, to), values: values.subarray(0, to) };
}

function sortRow(columns: Float64Array, values: Float64Array, from: number, to: number): void {
  let isSorted = true;
  for (let at = from + 1; at < to && isSorted; at++) isSorted = columns[at - 1] <= columns[at];
  if (isSorted) return;
  const order = Uint32Array.from({ length: to - from }, (_, i) => from + i)
    .sort((a, b) => columns[a] - columns[b] || a - b);
  const sortedColumns = Float64Array.from(order, (at) => columns[at]);
  const sortedValues = Float64Array.from(order, (at) => values[at]);
  columns.set(sortedColumns, from);
  values.set(sortedValues, from);
}

/** Writes elements from `first` on, row-major: zeros, and the entries among them. */
export function fillDense(
  out: Float64Array | Int32Array | Uint8Array,
  first: number,
  columnCount: number,
  { rows, starts, columns, values }: SparseRows,
): void {
  out.fill(0);
  const end = first + out.length, firstRow = Math.floor(first / columnCount);
  let place = rows === undefined ? firstRow : firstFrom(rows, firstRow, 0, rows.length);
  for (; place + 1 < starts.length; place++) {
    const start = (rows === undefined ? place : rows[place]) * columnCount;
    if (start >= end) return;
    const to = starts[place + 1];
    for (let at = firstFrom(columns, first - start, starts[place], to); at < to; at++) {
      if (start + columns[at] >= end) break;
      out[start + columns[at] - first] = values[at];
    }
  }
}
