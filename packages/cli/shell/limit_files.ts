import { createHash } from "node:crypto";
import { openTensors } from "@graphon-limit/data";
import type { StepGraphon } from "@graphon-limit/graphon";
import type { DrawnLayer } from "@graphon-limit/limit";
import { FormatError, printable } from "@graphon-limit/runtime";
import type { NamedCells } from "./graphon_files.ts";

/** How a layer's kept weights are called in a file of second moments. */
const KEPT_NAME = /^kept_weight\.(0|[1-9]\d{0,8})$/;

/** What the files that `limit` writes say of themselves, as strings of their metadata. */
const METADATA = {
  /** Of graphons: of which weights and activation they are the limit. */
  weightVariance: "weight_variance",
  activation: "activation",
  /** Of second moments: of which graphons they are. */
  graphons: "graphons_sha256",
  /** Of second moments of weights whose signs the neurons know: the method that keeps them. */
  signsOf: "signs_of",
} as const;

/** Of which networks a file of graphons is the limit. */
export interface SavedLaw {
  readonly weightVariance: number;
  readonly activation: string;
}

/** The metadata of a limit's graphons, as {@linkcode readLaw} finds them. */
export function lawMetadata({ weightVariance, activation }: SavedLaw): Record<string, string> {
  return { [METADATA.weightVariance]: String(weightVariance), [METADATA.activation]: activation };
}

/** Of which networks a file's graphons are the limit, where it says so. */
export function readLaw(path: string): SavedLaw | undefined {
  using file = openTensors(path);
  const weightVariance = Number(file.metadata.get(METADATA.weightVariance) ?? NaN);
  const activation = file.metadata.get(METADATA.activation);
  return weightVariance > 0 && activation !== undefined
    ? { weightVariance, activation: printable(activation) }
    : undefined;
}

/**
 * The metadata of second moments, as {@linkcode readKeptSigns} finds them.
 *
 * @param signsOf the method, where neurons know the signs of the weights that it keeps
 */
export function momentsMetadata(
  graphons: readonly StepGraphon[],
  signsOf: string | undefined,
): Record<string, string> {
  const digest = { [METADATA.graphons]: digestOf(graphons) };
  return signsOf === undefined ? digest : { ...digest, [METADATA.signsOf]: signsOf };
}

/** A layer's kept weights for a file, in units of their deviation, and 0 where a weight is removed. */
export function keptCells(index: number, { rows, cols, weights, kept }: DrawnLayer): NamedCells {
  // A weight that is kept and exactly 0 has a gradient all the same: the least number of float32 stands for it.
  const values = Float64Array.from(weights, (weight, at) => kept[at] === 0 ? 0 : weight || 2 ** -149);
  return { name: `kept_weight.${index}`, rows, cols, values };
}

/** What a file of second moments says of the signs of the weights that are kept. */
export interface KeptSigns {
  /** Which method's neurons know them. */
  readonly method: string;
  /** One draw of the weights that are kept, of all layers; undefined where the file has the moments alone. */
  readonly layers: readonly DrawnLayer[] | undefined;
}

/**
 * What a file of second moments says of the signs of kept weights; undefined where neurons know nothing of them.
 *
 * @param source where the network's graphons are from
 * @throws {FormatError} where the file says that it is of other graphons; where weights are of other layers, or not finite
 */
export function readKeptSigns(
  path: string,
  graphons: readonly StepGraphon[],
  source: string,
): KeptSigns | undefined {
  using file = openTensors(path);
  const digest = file.metadata.get(METADATA.graphons);
  if (digest !== undefined && digest !== digestOf(graphons)) {
    throw new FormatError(
      `${path}: expected second moments of the graphons in ${source}, as limit writes the two together, but found ` +
        "those of others",
    );
  }
  const method = file.metadata.get(METADATA.signsOf);
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

/** SHA-256 of graphons' shapes and cells, as files have them. */
function digestOf(graphons: readonly StepGraphon[]): string {
  const hash = createHash("sha256");
  for (const { rows, cols, values } of graphons) {
    const cells = Float32Array.from(values);
    hash.update(`${rows}×${cols};`).update(new Uint8Array(cells.buffer));
  }
  return hash.digest("hex");
}
