import { type FileSet, SafetensorsWriter } from "@graphon-limit/data";
import { maskBytes, type Network, rowPieces, shapeInFile, type Weight } from "@graphon-limit/model";
import type { Session } from "./session.ts";

/** Begins a file with a tensor for every parameter, of its name and shape. */
function begin(
  parameters: readonly Pick<Weight, "name" | "shape">[],
  files: FileSet,
  path: string,
  dtype: "U8" | "F32",
): SafetensorsWriter {
  return SafetensorsWriter.create(
    path,
    parameters.map(({ name, shape }) => ({ name, dtype, shape: [...shape] })),
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
  const placed = weights.map((weight) => ({ name: weight.name, shape: shapeInFile(weight, transposed) }));
  const file = begin(placed, files, path, "U8");
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
