import { type AtomicFile, openAtomicFile } from "../files/atomic_write.ts";
import type { FileSet } from "../files/file_set.ts";
import { argumentFault, fileFault } from "../messages/faults.ts";
import { listed, quoted } from "../messages/printable.ts";
import { DTYPE_BYTES, holdsDtype, type TensorArray } from "./dtype.ts";
import { layOut, type TensorPlace } from "./safetensors_header.ts";
import type { TensorInfo } from "./tensor_reader.ts";

/**
 * Writes a safetensors file piece by piece, so that it may be larger than memory. The tensors are named up front; then
 * each is filled from its first element to its last, in pieces of any size, tensors in any order. The file appears on
 * {@linkcode close}, complete; a writer disposed of before leaves nothing behind.
 *
 * ```ts ignore
 * using writer = SafetensorsWriter.create("masks.safetensors", [{ name: "layers.0", dtype: "U8", shape: [2, 3] }]);
 * writer.write("layers.0", new Uint8Array([1, 0, 1]));
 * writer.write("layers.0", new Uint8Array([0, 0, 1]));
 * writer.close();
 * ```
 */
export class SafetensorsWriter implements Disposable {
  readonly #file: AtomicFile;
  readonly #dataStart: number;
  readonly #places: ReadonlyMap<string, TensorPlace>;
  readonly #written = new Map<string, number>();

  private constructor(file: AtomicFile, dataStart: number, places: ReadonlyMap<string, TensorPlace>) {
    this.#file = file;
    this.#dataStart = dataStart;
    this.#places = places;
  }

  /**
   * Starts a file.
   *
   * @param tensors name, element type and shape of everything the file will hold
   * @param metadata strings to store beside them
   * @param files puts the file in its place with others, once it is closed; {@linkcode close} does it alone otherwise
   * @throws InvalidArgumentError if the path cannot be written, or two tensors have one name, or a shape is no shape
   */
  static create(
    path: string,
    tensors: readonly TensorInfo[],
    metadata?: Readonly<Record<string, string>>,
    files?: FileSet,
  ): SafetensorsWriter {
    const { start, places } = layOut(tensors, metadata);
    const file = files ? files.begin(path) : openAtomicFile(path);
    file.write(start);
    return new SafetensorsWriter(file, start.length, places);
  }

  /**
   * The next elements of a tensor.
   *
   * @param elements an array of the tensor's element type (`F16` and `BF16` also as bits in a Uint16Array)
   * @throws InvalidArgumentError for an unknown tensor, another type or more elements than it has left
   */
  write(name: string, elements: TensorArray): void {
    const place = this.#places.get(name);
    if (place === undefined) {
      throw fileFault(
        this.#file.path,
        `one of its tensors, ${listed([...this.#places.keys()])},`,
        quoted(name),
      );
    }
    if (!holdsDtype(elements, place.dtype)) {
      throw argumentFault(
        `elements of ${place.dtype} for tensor ${quoted(name)}`,
        `${elements[Symbol.toStringTag]}`,
      );
    }
    const offset = place.begin + (this.#written.get(name) ?? 0);
    const left = (place.end - offset) / DTYPE_BYTES[place.dtype];
    if (elements.length > left) {
      throw argumentFault(`at most ${left} elements more for tensor ${quoted(name)}`, `${elements.length}`);
    }
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    this.#file.writeAt(this.#dataStart + offset, bytes);
    this.#written.set(name, offset + bytes.length - place.begin);
  }

  /** Puts the file in its place, or leaves that to the set it is of. @throws InvalidArgumentError if a tensor is not full; nothing is left behind then */
  close(): void {
    for (const { name, begin, end } of this.#places.values()) {
      const written = this.#written.get(name) ?? 0;
      if (written < end - begin) {
        this.#file.abort();
        throw fileFault(this.#file.path, `${end - begin} bytes of tensor ${quoted(name)}`, `${written}`);
      }
    }
    this.#file.close();
  }

  /** Gives up and removes what was written so far. */
  abort(): void {
    this.#file.abort();
  }

  /** The same as {@linkcode abort}, unless closed. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
