import { openTensors } from "@graphon-limit/data";
import { StepGraphon } from "@graphon-limit/graphon";
import { FormatError, printable, shortName } from "@graphon-limit/runtime";

/** One layer's graphon in a file. */
export interface SavedGraphon {
  /** The layer's, where the file's metadata have it. */
  readonly name: string | undefined;
  /** Of a convolution those of its taps; of another layer the one. */
  readonly graphons: readonly StepGraphon[];
  /** Whether it is a convolution's, `[taps, rows, cols]`. */
  readonly tapped: boolean;
}

/** How layers' graphons are called in a file: one name for each layer, and that one alone. */
const GRAPHON_NAME = /^graphon\.(0|[1-9]\d{0,8})$/;

/**
 * The graphons of a file, `graphon.<i>` [rows, cols] or [taps, rows, cols], by layer, from the first layer on; it may hold other
 * tensors too.
 *
 * @throws {FormatError} where there is none, or one has other axes or numbers that are not finite
 */
export function readGraphons(path: string): Map<number, SavedGraphon> {
  using file = openTensors(path);
  const layers = new Map<number, SavedGraphon>();
  for (const { name, shape } of file.tensors) {
    const index = GRAPHON_NAME.exec(name)?.[1];
    if (index === undefined) continue;
    const tapped = shape.length === 3;
    if ((shape.length !== 2 && !tapped) || shape.includes(0)) {
      throw new FormatError(
        `${path}: expected ${name} to be a matrix with cells, or one for each tap, but found [${
          shape.join(", ")
        }]`,
      );
    }
    const values = Float64Array.from(file.readFloat32(name));
    const bad = values.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new FormatError(`${path}: expected ${name} to be finite but found ${bad}`);
    const [rows, cols] = shape.slice(-2), cells = rows * cols;
    const graphons = Array.from(
      { length: tapped ? shape[0] : 1 },
      (_, tap) => new StepGraphon(rows, cols, values.slice(tap * cells, (tap + 1) * cells)),
    );
    const called = file.metadata.get(name);
    layers.set(Number(index), {
      name: called === undefined ? undefined : printable(called),
      ...{ graphons, tapped },
    });
  }
  if (layers.size === 0) {
    const names = file.tensors.slice(0, 4).map(({ name }) => shortName(name)).join(", ");
    throw new FormatError(
      `${path}: expected graphon.0, graphon.1, …, as the command graphon writes them, but found ${
        names || "no tensor"
      }`,
    );
  }
  return new Map([...layers].sort(([a], [b]) => a - b));
}
