import { createHash } from "node:crypto";
import { openTensors, type TensorReader } from "@graphon-limit/data";
import { SORTED_BY_LAYER, type StepGraphon } from "@graphon-limit/graphon";
import type { DrawnLayer } from "@graphon-limit/limit";
import { FormatError, printable } from "@graphon-limit/runtime";
import { assertDensities, type NamedCells } from "./graphon_files.ts";
import { readGraphons } from "./saved_graphons.ts";

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

/** The metadata of a limit's graphons, as {@linkcode readLimitGraphons} finds them. */
export function lawMetadata({ weightVariance, activation }: SavedLaw): Record<string, string> {
  return { [METADATA.weightVariance]: String(weightVariance), [METADATA.activation]: activation };
}

function lawIn({ metadata }: TensorReader): SavedLaw | undefined {
  const weightVariance = Number(metadata.get(METADATA.weightVariance) ?? NaN);
  const activation = metadata.get(METADATA.activation);
  return weightVariance > 0 && activation !== undefined
    ? { weightVariance, activation: printable(activation) }
    : undefined;
}

/**
 * The metadata of second moments, as {@linkcode readMoments} finds them.
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

/** What second moments say nothing of, as a predicate: of a method whose neurons know the signs of the weights that it keeps. */
export function leaveOutSigns(method: string): string {
  return `leave out what neurons know of the signs of the weights that ${method} keeps: kernels of them are those of weights ` +
    "without it, smaller than the kept ones', by a third to a thousandfold; of a --width in the order finite, with all its " +
    "neurons for --types and --layers network, limit writes the kept weights beside them";
}

/** A layer's kept weights for a file, in units of their deviation, and 0 where a weight is removed. */
export function keptCells(index: number, { rows, cols, weights, kept }: DrawnLayer): NamedCells {
  // A weight that is kept and exactly 0 has a gradient all the same: the least number of float32 stands for it.
  const values = Float64Array.from(weights, (weight, at) => kept[at] === 0 ? 0 : weight || 2 ** -149);
  return { name: `kept_weight.${index}`, rows, cols, values };
}

/** What a file of second moments holds. */
export interface SavedMoments {
  readonly moments: readonly StepGraphon[];
  /** One draw of the weights that are kept, of all layers, where neurons know their signs. */
  readonly drawn: readonly DrawnLayer[] | undefined;
  /** The method whose neurons know the signs of the weights that it keeps, as far as the file says so. */
  readonly signsOf: string | undefined;
}

/**
 * The second moments of a network whose graphons are given.
 *
 * @param source where the graphons are from
 * @throws {FormatError} where the file holds no second moments, or those of other graphons; where its weights are of other layers, or
 * not finite
 */
export function readMoments(path: string, graphons: readonly StepGraphon[], source: string): SavedMoments {
  const moments = readChain(path);
  using file = openTensors(path);
  if (file.metadata.has(METADATA.weightVariance)) {
    throw new FormatError(
      `${path}: expected second moments, as limit --second-moments writes them, but found graphons`,
    );
  }
  const digest = file.metadata.get(METADATA.graphons);
  const same = moments.length === graphons.length &&
    moments.every(({ rows, cols }, at) => rows === graphons[at].rows && cols === graphons[at].cols);
  if (!same || (digest !== undefined && digest !== digestOf(graphons))) {
    throw new FormatError(
      `${path}: expected second moments of the graphons in ${source}, as limit writes the two together, but found ` +
        `those of others${same ? "" : `: ${shapesOf(moments)} in place of ${shapesOf(graphons)}`}`,
    );
  }
  const named = file.metadata.get(METADATA.signsOf);
  // The tensors tell: metadata are easily lost.
  const drawn = readKept(file, graphons);
  const signsOf = named === undefined ? undefined : METHOD.test(named) ? named : "a method";
  return { moments, drawn, signsOf: signsOf ?? (drawn && "a method") };
}

/** Names of methods; a file may say anything. */
const METHOD = /^[a-z][\w-]{0,40}$/;

/** The kept weights of a file that holds some: those of all layers, and of no others. */
function readKept(file: TensorReader, graphons: readonly StepGraphon[]): readonly DrawnLayer[] | undefined {
  const { source: path } = file, found = file.tensors.filter(({ name }) => KEPT_NAME.test(name));
  if (found.length === 0) return undefined;
  if (found.length > graphons.length) {
    throw new FormatError(
      `${path}: expected kept weights of ${graphons.length} layers, as there are graphons, but found ${found.length}`,
    );
  }
  return graphons.map(({ rows, cols }, index): DrawnLayer => {
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
}

/** What a kernel of graphons is made from. */
export interface LimitGraphons {
  readonly graphons: readonly StepGraphon[];
  /** Of which networks they are the limit, where the file says so. */
  readonly law: SavedLaw | undefined;
  /** Whether each layer's neurons are sorted by themselves. */
  readonly sortedByLayer: boolean;
}

/**
 * The graphons of a network, from the inputs on.
 *
 * @throws {FormatError} where the file holds none, lacks a layer's, or holds second moments
 */
export function readLimitGraphons(path: string): LimitGraphons {
  const graphons = readChain(path);
  using file = openTensors(path);
  if (file.metadata.has(METADATA.graphons) || file.tensors.some(({ name }) => KEPT_NAME.test(name))) {
    throw new FormatError(
      `${path}: expected graphons but found second moments, as limit --second-moments writes them`,
    );
  }
  graphons.forEach((graphon, index) => assertDensities(path, index, graphon));
  return {
    graphons,
    law: lawIn(file),
    sortedByLayer: file.metadata.get("positions") === SORTED_BY_LAYER.positions,
  };
}

/** `graphon.0 … graphon.L` of a file: probabilities or moments, none below 0. */
function readChain(path: string): StepGraphon[] {
  const layers = [...readGraphons(path)], found = layers.map(([index]) => `graphon.${index}`).join(", ");
  return layers.map(([index, { graphons, tapped }], layer) => {
    if (index !== layer) {
      throw new FormatError(
        `${path}: expected graphon.${layer}, as of every layer from the inputs on, but found ${found} ` +
          "(the command graphon writes them with --layers network)",
      );
    }
    if (tapped) {
      throw new FormatError(
        `${path}: expected graphon.${index} to be a matrix, as of a fully connected layer, but found ` +
          `a convolution's ${graphons.length} taps`,
      );
    }
    const [graphon] = graphons, bad = graphon.values.find((value) => value < 0);
    if (bad === undefined) return graphon;
    throw new FormatError(
      `${path}: expected graphon.${index} to hold numbers of at least 0 but found ${bad}`,
    );
  });
}

function shapesOf(graphons: readonly StepGraphon[]): string {
  return graphons.map(({ rows, cols }) => `${rows}×${cols}`).join(", ");
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
