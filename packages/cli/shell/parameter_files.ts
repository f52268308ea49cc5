import { type FileSet, SafetensorsWriter } from "@graphon-limit/data";
import { maskBytes, type Network, rowPieces, type Weight } from "@graphon-limit/model";
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
  { weights }: Network,
  files: FileSet,
  path: string,
  transposed: boolean,
): Promise<void> {
  const file = begin(weights, files, path, "U8", transposed);
  for (const weight of weights) {
    for await (const bits of maskBytes(weight, transposed)) {
      file.write(weight.name, bits);
      await session.heed();
    }
  }
  file.close();
}

export async function writeParameters(
  session: Session,
  { device, parameters }: Network,
  files: FileSet,
  path: string,
): Promise<void> {
  const file = begin(parameters, files, path, "F32");
  for (const { name, matrix, rows, cols } of parameters) {
    for (const range of rowPieces(rows, cols)) {
      file.write(name, await device.read(matrix, range));
      await session.heed();
    }
  }
  file.close();
}
