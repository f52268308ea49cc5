import type { FormatError } from "@graphon-limit/runtime";
import { showShape } from "../containers/shape.ts";
import type { TensorReader } from "../containers/tensor_reader.ts";
import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { parseTensorName } from "./tensor_name.ts";

/**
 * The error of a matrix that is no layer, as whole numbers are none, though its name has a number between those of layers: signals would
 * run past it, and nobody would know. Undefined where there is none.
 *
 * @param names of the layers
 */
export function skippedLayerFault(file: TensorReader, names: readonly string[]): FormatError | undefined {
  const used = new Set(names), layers = names.map(partsOf);
  const matrices = [
    ...file.tensors.filter(({ shape }) => shape.length > 1)
      .map(({ name, dtype, shape }) => ({ name, what: `${dtype} ${showShape(shape)}` })),
    ...file.unread.filter(({ what }) => /\[\d+, \d/.test(what)),
  ];
  for (const { name, what } of matrices) {
    const { base, isMask } = parseTensorName(name);
    if (isMask || used.has(base) || !isBetween(partsOf(base), layers)) continue;
    return formatFault(
      file.source,
      `${quoted(name)} to hold weights, as the layers before and after it do,`,
      `${what}; --order leaves it out`,
    );
  }
  return undefined;
}

/** A name cut into text, at even places, and numbers. */
function partsOf(name: string): readonly string[] {
  return name.split(/(\d+)/);
}

/** Whether a name differs from those of a layer before and of one after in one number alone. */
function isBetween(parts: readonly string[], layers: readonly (readonly string[])[]): boolean {
  return parts.some((part, place) => {
    if (place % 2 === 0) return false;
    const others = layers.filter((layer) =>
      layer.length === parts.length && layer.every((own, at) => at === place || own === parts[at])
    ).map((layer) => Number(layer[place]));
    return others.some((number) => number < Number(part)) && others.some((number) => number > Number(part));
  });
}
