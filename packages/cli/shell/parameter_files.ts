import { type FileSet, SafetensorsWriter } from "@graphon-limit/data";
import type { Network, Weight } from "@graphon-limit/model";
import { unpackBits } from "@graphon-limit/runtime";
import { pieces } from "./network_files.ts";
import type { Session } from "./session.ts";

/** Begins a file with a tensor for every parameter, of its name and shape; of matrices [in, out] where `transposed`. */
function begin(
  parameters: readonly Weight[],
  files: FileSet,
  path: string,
  dtype: "U8" | "F32",
  transposed = false,
): SafetensorsWriter {
  return SafetensorsWriter.create(
    path,
    parameters.map(({ name, shape }) => ({
      name,
      dtype,
      shape: transposed ? shape.toReversed() : [...shape],
    })),
    undefined,
    files,
  );
}

export async function writeMasks(
  session: Session,
  { device, weights }: Network,
  files: FileSet,
  path: string,
  transposed: boolean,
): Promise<void> {
  const file = begin(weights, files, path, "U8", transposed);
  for (const { name, mask, rows, cols } of weights) {
    // A mask that is written the other way round is seen whole.
    for (const [from, to] of transposed ? [[0, rows] as const] : pieces(rows, cols)) {
      const words = mask && await device.readBits(mask, [from, to]);
      const bits = words ? unpackBits(words, to - from, cols) : new Uint8Array((to - from) * cols).fill(1);
      file.write(name, transposed ? transpose(bits, rows, cols) : bits);
      await session.heed();
    }
  }
  file.close();
}

function transpose(bits: Uint8Array, rows: number, cols: number): Uint8Array<ArrayBuffer> {
  const turned = new Uint8Array(bits.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) turned[j * rows + i] = bits[i * cols + j];
  }
  return turned;
}

export async function writeParameters(
  session: Session,
  { device, parameters }: Network,
  files: FileSet,
  path: string,
): Promise<void> {
  const file = begin(parameters, files, path, "F32");
  for (const { name, matrix, rows, cols } of parameters) {
    for (const range of pieces(rows, cols)) {
      file.write(name, await device.read(matrix, range));
      await session.heed();
    }
  }
  file.close();
}
