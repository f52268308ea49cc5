import { memoryBytes, openBytes } from "../files/byte_source.ts";
import { argumentFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { type Dtype, dtypeOf, holdsDtype, type TensorArray } from "./dtype.ts";
import { layOut } from "./safetensors_header.ts";
import { SafetensorsReader } from "./safetensors_reader.ts";
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
  return new SafetensorsReader(memoryBytes(bytes, source));
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
  const infos = tensors.map(({ name, shape, data, dtype = dtypeOf(data) }) => ({ name, shape, dtype }));
  const { start, places, dataBytes } = layOut(infos, metadata);
  const file = new Uint8Array(start.length + dataBytes);
  file.set(start);
  tensors.forEach(({ name, shape, data }, index) => {
    const { dtype } = infos[index];
    if (!holdsDtype(data, dtype) || data.length !== elementCount(shape)) {
      throw argumentFault(
        `elements of ${quoted(name)} for ${dtype} ${showShape(shape)}`,
        `${data.length} in a ${data[Symbol.toStringTag]}`,
      );
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    file.set(bytes, start.length + (places.get(name)?.begin ?? 0));
  });
  return file;
}
