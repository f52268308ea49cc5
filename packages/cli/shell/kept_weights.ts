import { openTensors } from "@graphon-limit/data";
import type { StepGraphon } from "@graphon-limit/graphon";
import type { DrawnLayer } from "@graphon-limit/limit";
import { FormatError, printable } from "@graphon-limit/runtime";
import type { NamedCells } from "./graphon_files.ts";

/** How a layer's kept weights are called in a file of second moments. */
const KEPT_NAME = /^kept_weight\.(0|[1-9]\d{0,8})$/;

/** The file's metadata where its moments are of weights whose signs the neurons know: the method that keeps them. */
const SIGNS_OF = "signs_of";

/** What a file of second moments says of the signs of the weights that are kept. */
export interface KeptSigns {
  /** Which method's neurons know them. */
  readonly method: string;
  /** One draw of the weights that are kept, of all layers; undefined where the file has the moments alone. */
  readonly layers: readonly DrawnLayer[] | undefined;
}

/** The metadata of a file of a method's second moments, as {@linkcode readKeptSigns} finds them. */
export function signsMetadata(method: string): Record<string, string> {
  return { [SIGNS_OF]: method };
}

/** A layer's kept weights for a file, in units of their deviation, and 0 where a weight is removed. */
export function keptCells(index: number, { rows, cols, weights, kept }: DrawnLayer): NamedCells {
  // A weight that is kept and exactly 0 has a gradient all the same: the least number of float32 stands for it.
  const values = Float64Array.from(weights, (weight, at) => kept[at] === 0 ? 0 : weight || 2 ** -149);
  return { name: `kept_weight.${index}`, rows, cols, values };
}

/**
 * What a file of second moments says of the signs of kept weights; undefined where neurons know nothing of them.
 *
 * @param graphons those of the network, whose layers the weights are
 * @throws {FormatError} where weights are of other layers, or not finite
 */
export function readKeptSigns(path: string, graphons: readonly StepGraphon[]): KeptSigns | undefined {
  using file = openTensors(path);
  const method = file.metadata.get(SIGNS_OF);
  if (method === undefined) return undefined;
  const found = file.tensors.filter(({ name }) => KEPT_NAME.test(name));
  if (found.length === 0) return { method: printable(method), layers: undefined };
  const layers = graphons.map(({ rows, cols }, index): DrawnLayer => {
    const name = `kept_weight.${index}`, tensor = found.find((tensor) => tensor.name === name);
    const shape = tensor ? `[${tensor.shape.join(", ")}]` : "none";
    if (shape !== `[${rows}, ${cols}]`) {
      throw new FormatError(
        `${path}: expected ${name} of [${rows}, ${cols}], as its graphon, but found ${shape}`,
      );
    }
    const weights = file.readFloat32(name), bad = weights.find((weight) => !Number.isFinite(weight));
    if (bad !== undefined) throw new FormatError(`${path}: expected ${name} to be finite but found ${bad}`);
    return { rows, cols, weights, kept: Uint8Array.from(weights, (weight) => Number(weight !== 0)) };
  });
  return { method: printable(method), layers };
}
