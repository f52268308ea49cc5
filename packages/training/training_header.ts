import { FormatError, type Seed } from "@graphon-limit/runtime";
import {
  ACTIVATIONS,
  adam,
  type Architecture,
  momentumSgd,
  type NetworkSizes,
  type OptimiserName,
  OPTIMISERS,
  PARAMETRIZATIONS,
  sgd,
  WEIGHT_ROLES,
  type WeightRole,
} from "@graphon-limit/model";
import type { Sampling } from "./sample_order.ts";

/** What the file of a training run says of it, beside its tensors. */
export interface TrainingHeader {
  readonly optimiser: OptimiserName;
  readonly position: number;
  /** Absent before the first step. */
  readonly sampling?: Sampling | undefined;
  readonly architecture: Architecture;
  /** In the order in which a signal meets them. */
  readonly parameters: readonly { readonly name: string; readonly role: WeightRole }[];
  readonly settings: Readonly<Record<string, string>>;
}

/** The names of what an optimiser remembers of each layer. */
export function memoryOf(optimiser: OptimiserName): readonly string[] {
  return { sgd, momentum: momentumSgd, adam }[optimiser]().memory;
}

/**
 * Reads a header from a file's metadata.
 *
 * @param source what error messages call the file
 * @throws {FormatError} if there is none, or it is not what `saveTraining` writes
 */
export function parseTrainingHeader(text: string | undefined, source: string): TrainingHeader {
  if (text === undefined) {
    throw new FormatError(`${source}: expected a run of training, as train --save writes it, but found none`);
  }
  const { optimiser, position, sampling, architecture, parameters, settings } = parseObject(text) ?? {};
  const valid = isOneOf(optimiser, OPTIMISERS) && isCount(position) &&
    (sampling === undefined || isSampling(sampling)) && isArchitecture(architecture) &&
    Array.isArray(parameters) && parameters.every(isParameter) && areDistinct(parameters) &&
    isStrings(settings);
  if (!valid) throw new FormatError(`${source}: what it says of its run of training is damaged`);
  return { optimiser, position, sampling, architecture, parameters, settings };
}

function isArchitecture(value: unknown): value is Architecture {
  return isObject(value) && typeof value.kind === "string" && isOneOf(value.activation, ACTIVATIONS) &&
    isOneOf(value.parametrization, PARAMETRIZATIONS) && (value.sizes === undefined || areSizes(value.sizes));
}

function areSizes(value: unknown): value is NetworkSizes {
  return isObject(value) && Object.values(value).every((size) => [size].flat().every(isCount));
}

function isParameter(value: unknown): value is TrainingHeader["parameters"][number] {
  return isObject(value) && typeof value.name === "string" && isOneOf(value.role, WEIGHT_ROLES);
}

/** Whether no two parameters are of one tensor, which would be held as often as it is named. */
function areDistinct(parameters: TrainingHeader["parameters"]): boolean {
  return new Set(parameters.map(({ name }) => name)).size === parameters.length;
}

/** The object in a text that `JSON.stringify` wrote: in others a name may be there twice, or a number that is none. */
function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOneOf<T extends string>(value: unknown, words: readonly T[]): value is T {
  return words.some((word) => word === value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isSampling(value: unknown): value is Sampling {
  return isObject(value) && isCount(value.samples) && value.samples > 0 &&
    typeof value.shuffle === "boolean" && isSeed(value.seed);
}

function isSeed(value: unknown): value is Seed {
  return Array.isArray(value) && value.length === 2 && value.every((word) => isCount(word) && word < 2 ** 32);
}

function isStrings(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === "string");
}
