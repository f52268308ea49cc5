/** A matrix of bits as the page draws it. */
export interface BitPicture {
  readonly rows: number;
  readonly cols: number;
  /** `[rows, ceil(cols / 32)]`, least significant bit first. */
  readonly words: Uint32Array;
  /** What the rows and columns are called by, in their order. */
  readonly outputOrder: Uint32Array;
  readonly inputOrder: Uint32Array;
}

/** A part of a matrix, in entries from its upper left corner; it may reach beyond. */
export interface Window {
  readonly left: number;
  readonly top: number;
  /** Entries across, and down. */
  readonly width: number;
  readonly height: number;
}

/** Whether an entry is set. */
export function bitAt(
  { cols, words }: Pick<BitPicture, "cols" | "words">,
  row: number,
  column: number,
): boolean {
  return (words[row * Math.ceil(cols / 32) + (column >>> 5)] >>> (column & 31) & 1) === 1;
}

/** Entries beyond which, for each pixel, a few are looked at in place of all. */
const MOST_PER_PIXEL = 9;

/**
 * The share of ones under each pixel of a part of a matrix: of all entries under it, or of an even sample of them where they are
 * many. Where a pixel is less than an entry it shows the one it lies in; beyond the matrix it is NaN.
 *
 * @returns `[height, width]` of the pixels
 */
export function sharesOf(
  bits: Pick<BitPicture, "rows" | "cols" | "words">,
  part: Window,
  width: number,
  height: number,
): Float32Array {
  const shares = new Float32Array(width * height).fill(NaN), wordsPerRow = Math.ceil(bits.cols / 32);
  const columns = samplesOf(part.left, part.width, width, bits.cols);
  const rows = samplesOf(part.top, part.height, height, bits.rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let ones = 0, all = 0;
      for (const row of rows[y]) {
        const start = row * wordsPerRow;
        for (const column of columns[x]) {
          ones += bits.words[start + (column >>> 5)] >>> (column & 31) & 1;
          all++;
        }
      }
      if (all > 0) shares[y * width + x] = ones / all;
    }
  }
  return shares;
}

/** Along one axis, the entries that each pixel looks at. */
function samplesOf(start: number, entries: number, pixels: number, size: number): Uint32Array[] {
  const step = entries / pixels;
  return Array.from({ length: pixels }, (_, pixel) => {
    const from = start + pixel * step;
    if (step <= 1) {
      const entry = Math.floor(from + step / 2);
      return entry >= 0 && entry < size ? Uint32Array.of(entry) : new Uint32Array();
    }
    const first = Math.max(0, Math.round(from)), last = Math.min(size, Math.round(from + step));
    const count = Math.max(0, last - first), taken = Math.min(count, MOST_PER_PIXEL);
    return Uint32Array.from({ length: taken }, (_, i) => first + Math.floor((i + 0.5) * count / taken));
  });
}

/** The rows of a matrix, each a text of zeros and ones. */
export function bitRows(bits: Pick<BitPicture, "rows" | "cols" | "words">): string[] {
  return Array.from({ length: bits.rows }, (_, row) => {
    let text = "";
    for (let column = 0; column < bits.cols; column++) text += bitAt(bits, row, column) ? "1" : "0";
    return text;
  });
}

/** A matrix as comma-separated values: a line for each output and a column for each input, headed by what neurons they are. */
export function bitsCsv(bits: BitPicture): string {
  const head = ["output", ...Array.from(bits.inputOrder, (input) => `input ${input}`)].join(",");
  const lines = bitRows(bits).map((row, at) => [bits.outputOrder[at], ...row].join(","));
  return [head, ...lines].join("\n") + "\n";
}
