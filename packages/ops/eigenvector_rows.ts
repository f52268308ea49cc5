import type { HostKernels } from "@graphon-limit/runtime";
import type { Turned } from "./tridiagonal_eigenvalues.ts";
import type { TridiagonalForm } from "./tridiagonal_form.ts";
import { eigenvector_rows as assembly } from "./wasm/signatures.ts";

/** The rows that make a matrix tridiagonal, to be turned into its eigenvectors. */
export interface EigenvectorRows extends Turned {
  /** The rows in an order, one after another. */
  rows(order: readonly number[]): Float64Array;
}

/** The rows of H_2 H_3 …, from the reflections that made a matrix tridiagonal. */
export function eigenvectorRows(form: TridiagonalForm): EigenvectorRows {
  return form.at ? new RowStrips(form, form.at) : new PlainRows(form);
}

/** Numbers of rotations that are gathered before rows are turned. */
const TURNS = 2 ** 17;

/** In the kernels' memory, by strips of columns. */
class RowStrips implements EigenvectorRows {
  readonly #size: number;
  readonly #kernels: HostKernels;
  readonly #strips: number;
  readonly #turns: number;
  readonly #room: number;
  #used = 0;

  constructor(
    { size, pitch }: TridiagonalForm,
    { kernels, matrix, factors }: NonNullable<TridiagonalForm["at"]>,
  ) {
    this.#size = size;
    this.#kernels = kernels;
    this.#room = Math.max(TURNS, 2 * size + 2);
    this.#turns = kernels.allocate(this.#room * 8);
    const strips = this.#strips = kernels.allocate(this.#parts * size * assembly.STRIP_COLUMNS * 8);
    kernels.launch(assembly.form_rows, this.#parts, {
      ...{ matrix, pitch: pitch * 8, size, factors, strips },
    });
  }

  get #parts(): number {
    return Math.ceil(this.#size / assembly.STRIP_COLUMNS);
  }

  turn(last: number, rotations: Float64Array): void {
    if (this.#used + rotations.length + 2 > this.#room) this.#flush();
    const turns = this.#kernels.float64(this.#turns, this.#room);
    turns.set([last, rotations.length / 2], this.#used);
    turns.set(rotations, this.#used + 2);
    this.#used += rotations.length + 2;
  }

  #flush(): void {
    const turns = this.#turns, end = turns + this.#used * 8;
    const launched = { size: this.#size, strips: this.#strips, turns, end };
    this.#kernels.launch(assembly.turn_rows, this.#parts, launched);
    this.#used = 0;
  }

  rows(order: readonly number[]): Float64Array {
    this.#flush();
    const size = this.#size, width = assembly.STRIP_COLUMNS, result = new Float64Array(size * size);
    const strips = this.#kernels.float64(this.#strips, this.#parts * size * width);
    for (let column = 0; column < size; column += width) {
      const strip = strips.subarray(column * size, (column + width) * size),
        columns = Math.min(width, size - column);
      order.forEach((row, k) => {
        for (let j = 0; j < columns; j++) result[k * size + column + j] = strip[row * width + j];
      });
    }
    return result;
  }
}

/** The twin. */
class PlainRows implements EigenvectorRows {
  readonly #rows: Float64Array[];

  constructor({ size, pitch, triangle, factors }: TridiagonalForm) {
    this.#rows = Array.from({ length: size }, (_, i) => {
      const row = new Float64Array(size);
      row[i] = 1;
      for (let m = i + 1; m < size; m++) {
        const u = triangle.subarray(m * pitch, m * pitch + m);
        const share = factors[m] * u.reduce((sum, x, j) => sum + x * row[j], 0);
        for (let j = 0; j < m; j++) row[j] -= share * u[j];
      }
      return row;
    });
  }

  turn(last: number, rotations: Float64Array): void {
    for (let k = 0, i = last - 1; k < rotations.length; k += 2, i--) {
      const c = rotations[k], s = rotations[k + 1], row = this.#rows[i], next = this.#rows[i + 1];
      for (let j = 0; j < row.length; j++) {
        const x = row[j], y = next[j];
        next[j] = s * x + c * y;
        row[j] = c * x - s * y;
      }
    }
  }

  rows(order: readonly number[]): Float64Array {
    const size = this.#rows.length, result = new Float64Array(size * size);
    order.forEach((from, k) => result.set(this.#rows[from], k * size));
    return result;
  }
}
