import type { Device } from "./device.ts";
import { assertRange, cutIntoSlices } from "./panels.ts";
import { Matrix } from "./matrix.ts";

/**
 * A matrix whose elements are made when an op reads them, a panel of rows at a time, and not kept: it has rows and columns
 * but takes no memory. Ops read it where they take their argument in row panels (`panelled`); none writes it.
 */
export class GeneratedMatrix extends Matrix<"f32"> {
  /**
   * @param fill records what fills the rows that `panel` holds. `panel` has the rows and columns of the whole matrix, and ops
   * that take it in panels run over the rows it holds; each row must come out the same whatever the panel
   * @param released called when the matrix is disposed of, for what `fill` reads
   */
  constructor(
    device: Device,
    rows: number,
    cols: number,
    readonly fill: (panel: Matrix) => void,
    released: () => void = () => {},
  ) {
    super(device, rows, cols, "f32", [], released);
  }

  override describe(): string {
    return `${this.rows}×${this.cols} f32 (regenerated)`;
  }

  /** Some rows, made, as a matrix of their own. Few enough for one binding. */
  make(firstRow: number, rows: number): Matrix {
    // Asks whether the matrix is still alive.
    void this.panels;
    const made = this.device.matrix(rows, this.cols);
    try {
      const [{ storage }] = made.panels;
      const held = { rowOffset: firstRow, rows, storage };
      this.fill(new Matrix(this.device, this.rows, this.cols, "f32", [held], () => {}));
      return made;
    } catch (error) {
      made.dispose();
      throw error;
    }
  }

  /** The elements of rows `[from, to)`. */
  async read([from, to]: readonly [number, number] = [0, this.rows]): Promise<Float32Array> {
    assertRange(this, from, to - from);
    const result = new Float32Array((to - from) * this.cols);
    for (const [first, rows] of cutIntoSlices(this, this.device.info)) {
      const start = Math.max(first, from), end = Math.min(first + rows, to);
      if (start >= end) continue;
      using made = this.make(first, rows);
      result.set(await this.device.read(made, [start - first, end - first]), (start - from) * this.cols);
    }
    return result;
  }
}
