import type { TensorReader } from "@graphon-limit/data";
import { type ListedRequest, NORM_EPSILON, type ParameterRequest } from "@graphon-limit/model";
import { FormatError, show } from "@graphon-limit/runtime";

/** What PyTorch keeps of batch normalisation beside its factors and offsets. */
const STATISTICS = ["running_mean", "running_var", "num_batches_tracked"];

/** The tensors of a file that are a network's normalisations and positions, under any prefix. */
export function otherTensors(file: TensorReader, requests: readonly ListedRequest[]): string[] {
  const wanted = requests.filter(({ role }) => role !== "weight" && role !== "bias").flatMap((request) => [
    request.name,
    ...(request.frozen ? STATISTICS.map((name) => `${layerOf(request)}.${name}`) : []),
  ]);
  return file.tensors.map(({ name }) => name).filter((name) =>
    wanted.some((ending) => name === ending || name.endsWith(`.${ending}`))
  );
}

/** Whether a file has the statistics of a parameter that is batch normalisation's. */
export function hasStatistics(file: TensorReader, prefix: string, request: ParameterRequest): boolean {
  if (!request.frozen) return false;
  const [mean, variance] = statisticsOf(prefix, request).map((name) => file.has(name));
  if (mean !== variance) {
    const [found, missing] = mean ? STATISTICS : STATISTICS.slice(0, 2).reverse();
    throw new FormatError(
      `${file.source}: expected ${
        show(`${prefix}${layerOf(request)}.${missing}`)
      } beside ${found} but found none`,
    );
  }
  return mean;
}

/**
 * A factor or an offset of batch normalisation in evaluation, `γ/√(v + ε)` or `β − mγ/√(v + ε)`, from what a file has of it: statistics, and
 * γ and β where it has them.
 */
export function foldedNorm(file: TensorReader, prefix: string, request: ParameterRequest): Float32Array {
  const { role, output: { size } } = request, layer = `${prefix}${layerOf(request)}`;
  const read = (part: string, otherwise: number) => {
    const name = `${layer}.${part}`;
    if (!file.has(name)) return new Float32Array(size).fill(otherwise);
    const { shape } = file.info(name);
    if (shape.length === 1 && shape[0] === size) return file.readFloat32(name);
    throw new FormatError(
      `${file.source}: expected ${show(name)} to be ${size} but found ${shape.join("×")}`,
    );
  };
  const [mean, variance] = statisticsOf(prefix, request).map((name) => file.readFloat32(name));
  const gain = read("weight", 1), shift = read("bias", 0);
  if (mean.length !== size || variance.length !== size) {
    throw new FormatError(
      `${file.source}: expected ${size} statistics of ${show(layer)} but found ${mean.length}`,
    );
  }
  return Float32Array.from(gain, (gamma, channel) => {
    const factor = gamma / Math.sqrt(variance[channel] + NORM_EPSILON);
    return role === "gain" ? factor : shift[channel] - mean[channel] * factor;
  });
}

/** What is said where statistics are folded in: a file does not tell their epsilon. */
export function foldedNotice(source: string, layers: readonly string[]): string {
  return `${source}: ${
    layers.join(", ")
  } taken as batch normalisation in evaluation, its running statistics folded in with epsilon ${NORM_EPSILON}`;
}

function statisticsOf(prefix: string, request: ParameterRequest): string[] {
  return STATISTICS.slice(0, 2).map((name) => `${prefix}${layerOf(request)}.${name}`);
}

/** The module that a parameter is of. */
export function layerOf({ name }: ParameterRequest): string {
  return name.slice(0, name.lastIndexOf("."));
}
