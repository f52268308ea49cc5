import { InvalidArgumentError, show } from "../errors.ts";
import type { DenseProduct } from "../kernels.ts";

/** The C interface's numbers: order of rows, and whether a matrix is taken as it lies or transposed. */
const ROW_MAJOR = 101, AS_IT_LIES = 111, TRANSPOSED = 112;

/** `cblas_sgemm`: order, two transpositions, three sizes, alpha, A and its pitch, B and its, beta, C and its. */
const SYMBOLS = {
  cblas_sgemm: {
    parameters: [
      ...["i32", "i32", "i32", "i32", "i32", "i32", "f32"],
      ...["buffer", "i32", "buffer", "i32", "f32", "buffer", "i32"],
    ],
    result: "void",
  },
};

interface Library {
  readonly symbols: { cblas_sgemm(...values: (number | Float32Array)[]): void };
  close(): void;
}

/** The part of Deno that is used here, declared so that the package's types need no Deno. */
interface Host {
  readonly Deno?: { dlopen?(path: string, symbols: typeof SYMBOLS): unknown };
}

/** An installed BLAS whose products read and write a WebAssembly memory where it is, on the library's own threads. */
export class Blas implements Disposable {
  readonly #library: Library;
  readonly #memory: WebAssembly.Memory;

  /**
   * Loads a library, which needs Deno and its permission `--allow-ffi=<library>`.
   *
   * @param library its path, or a name that the system's loader knows
   * @throws InvalidArgumentError where it cannot be loaded, or is no BLAS with a C interface
   */
  constructor(readonly library: string, memory: WebAssembly.Memory) {
    this.#library = load(library);
    this.#memory = memory;
  }

  /** The library's name without its folder. */
  get name(): string {
    return this.library.replace(/^.*[\\/]/, "");
  }

  multiply(product: DenseProduct): void {
    const { rows, cols, inner, left, leftTransposed, right, rightTransposed, out, scale, accumulate } =
      product;
    if (rows === 0 || cols === 0) return;
    const leftPitch = product.leftPitch ?? (leftTransposed ? rows : inner);
    const rightPitch = product.rightPitch ?? (rightTransposed ? inner : cols);
    const outPitch = product.outPitch ?? cols;
    const [leftRows, leftCols] = leftTransposed ? [inner, rows] : [rows, inner];
    const [rightRows, rightCols] = rightTransposed ? [cols, inner] : [inner, cols];
    this.#library.symbols.cblas_sgemm(
      ROW_MAJOR,
      leftTransposed ? TRANSPOSED : AS_IT_LIES,
      rightTransposed ? TRANSPOSED : AS_IT_LIES,
      ...[rows, cols, inner, scale],
      ...[this.#view(left, leftRows, leftCols, leftPitch), Math.max(leftPitch, 1)],
      ...[this.#view(right, rightRows, rightCols, rightPitch), Math.max(rightPitch, 1)],
      ...[accumulate ? 1 : 0, this.#view(out, rows, cols, outPitch), outPitch],
    );
  }

  /** So many rows of the memory, `pitch` numbers apart; the view throws where they reach beyond its end. */
  #view(address: number, rows: number, cols: number, pitch: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, rows === 0 ? 0 : (rows - 1) * pitch + cols);
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }
}

function load(library: string): Library {
  const { Deno: deno } = globalThis as Host;
  if (typeof library !== "string" || library === "") {
    throw new InvalidArgumentError(`Expected blas to name a library but found ${show(library)}`);
  }
  if (!deno?.dlopen) {
    throw new InvalidArgumentError(`Expected Deno, which can load the BLAS ${show(library)}, but found none`);
  }
  try {
    return deno.dlopen(library, SYMBOLS) as Library;
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "NotCapable") {
      throw new InvalidArgumentError(
        `Expected permission to load the BLAS ${show(library)}; give Deno --allow-ffi=${library}`,
      );
    }
    const reason = message.replace(/\s+/g, " ").replace(/^(?:[\w ]+: )*(?=[^:]*: [^:]*$)/, "");
    throw new InvalidArgumentError(
      `Expected blas to be a library with cblas_sgemm but found ${show(library)}: ${reason}`,
    );
  }
}
