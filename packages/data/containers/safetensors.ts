import { FormatError, InvalidArgumentError, show } from "@graphon-limit/runtime";
import { type Dtype, dtypeOf, holdsDtype, type TensorArray } from "./dtype.ts";
import { hostFiles, type OpenFile } from "../files/file_system.ts";
import { cannotRead } from "../files/io_error.ts";
import { layOut } from "./safetensors_header.ts";
import { type ByteSource, SafetensorsReader } from "./safetensors_reader.ts";
import { elementCount, showShape } from "./shape.ts";

/**
 * A safetensors file on disk. Opening reads the header only; files far larger than memory are fine.
 *
 * ```ts ignore
 * using file = SafetensorsFile.open("weights.safetensors");
 * const panel = file.readFloat32("layers.1.weight", [0, 128]);
 * ```
 */
export class SafetensorsFile extends SafetensorsReader {
  /**
   * Opens `path`.
   *
   * @throws InvalidArgumentError if it cannot be read
   * @throws FormatError if it is no valid safetensors file
   * @throws NoFileSystemError in a browser
   */
  static open(path: string): SafetensorsFile {
    return new SafetensorsFile(openBytes(path));
  }
}

/**
 * Reads a safetensors file that is in memory.
 *
 * @param source what error messages call it
 * @throws FormatError if it is no valid safetensors file
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseSafetensors, serialiseSafetensors } from "@graphon-limit/data";
 *
 * const bytes = serialiseSafetensors([{ name: "mask", shape: [2, 2], data: Uint8Array.of(1, 0, 0, 1) }]);
 * using file = parseSafetensors(bytes);
 * assert.deepEqual([...file.readFloat32("mask", [1, 2])], [0, 1]);
 * ```
 */
export function parseSafetensors(bytes: Uint8Array, source = "safetensors data"): SafetensorsReader {
  return new SafetensorsReader({
    label: source,
    size: bytes.length,
    readAt: (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
    [Symbol.dispose]: () => {},
  });
}

/** A tensor to be stored. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major elements. */
  readonly data: TensorArray;
  /** The element type to store; what `data` is, unless given (`BOOL` for a Uint8Array, `BF16` for a Uint16Array). */
  readonly dtype?: Dtype;
}

/**
 * The bytes of a safetensors file, for what fits in memory twice; `SafetensorsWriter` is for the rest.
 *
 * @throws InvalidArgumentError where a tensor's data, shape and element type do not agree, or a name is used twice
 */
export function serialiseSafetensors(
  tensors: readonly Tensor[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const infos = tensors.map(({ name, shape, data, dtype }) => ({
    name,
    shape,
    dtype: dtype ?? dtypeOf(data),
  }));
  const { start, places, dataBytes } = layOut(infos, metadata);
  const file = new Uint8Array(start.length + dataBytes);
  file.set(start);
  tensors.forEach(({ name, shape, data }, index) => {
    const { dtype } = infos[index];
    if (!holdsDtype(data, dtype) || data.length !== elementCount(shape)) {
      throw new InvalidArgumentError(
        `tensor ${show(name)} of ${dtype} ${showShape(shape)} cannot be ${data.length} elements of ${
          data[Symbol.toStringTag]
        }`,
      );
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    file.set(bytes, start.length + (places.get(name)?.begin ?? 0));
  });
  return file;
}

function openBytes(path: string): ByteSource {
  const files = hostFiles();
  let file: OpenFile | undefined;
  try {
    file = files.openToRead(path);
    if (file.isFolder) throw new Error("it is a directory");
    return new FileBytes(path, file);
  } catch (error) {
    file?.close();
    throw cannotRead(path, error);
  }
}

class FileBytes implements ByteSource {
  readonly #file: OpenFile;
  #open = true;

  constructor(readonly label: string, file: OpenFile) {
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  readAt(offset: number, into: Uint8Array): void {
    let done = 0;
    try {
      for (let read = 1; read > 0 && done < into.length; done += read) {
        read = this.#file.readAt(offset + done, into.subarray(done));
      }
    } catch (error) {
      throw cannotRead(this.label, error);
    }
    if (done < into.length) throw new FormatError(`${this.label}: the file became shorter while it was read`);
  }

  [Symbol.dispose](): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}
