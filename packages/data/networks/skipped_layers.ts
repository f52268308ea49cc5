import type { FormatError } from "@graphon-limit/runtime";
import { showShape } from "../containers/shape.ts";
import type { TensorReader } from "../containers/tensor_reader.ts";
import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { parseTensorName } from "./tensor_name.ts";

/**
 * The error of a matrix that is no layer, as whole numbers are none, though its name has a number between those of two layers and its
 * shape joins them: signals would run past it. Undefined where there is none; whatever else there is beside layers is left alone.
 */
export function skippedLayerFault(
  file: TensorReader,
  layers: readonly { readonly name: string; readonly shape: readonly number[] }[],
): FormatError | undefined {
  const used = new Set(layers.map(({ name }) => name));
  const numbered = layers.map(({ name, shape }) => ({ parts: partsOf(name), shape }));
  for (const { name, dtype, shape } of file.tensors) {
    const { base, isMask } = parseTensorName(name);
    if (isMask || used.has(base) || shape.length !== 2 || shape.includes(0)) continue;
    if (!isBetween({ parts: partsOf(base), shape }, numbered)) continue;
    return formatFault(
      file.source,
      `${quoted(name)} to hold weights, as the layers before and after it do,`,
      `${dtype} ${showShape(shape)}; --order leaves it out`,
    );
  }
  return undefined;
}

/** A name cut into text, at even places, and numbers, and the shape of what is called so. */
interface Numbered {
  readonly parts: readonly string[];
  readonly shape: readonly number[];
}

function partsOf(name: string): readonly string[] {
  return name.split(/(\d+)/);
}

/** Whether one stands between the nearest two layers whose names differ from its own in one number alone, and joins them. */
function isBetween({ parts, shape }: Numbered, layers: readonly Numbered[]): boolean {
  return parts.some((part, place) => {
    if (place % 2 === 0) return false;
    const others = layers.filter((layer) =>
      layer.parts.length === parts.length && layer.parts.every((own, at) => at === place || own === parts[at])
    ).map((layer) => ({ number: Number(layer.parts[place]), shape: layer.shape }))
      .sort((one, other) => one.number - other.number);
    const before = others.findLast(({ number }) => number < Number(part));
    const after = others.find(({ number }) => number > Number(part));
    return before !== undefined && after !== undefined && joins(shape, before.shape, after.shape);
  });
}

/** Whether a matrix takes what one gives and gives what another takes, all of them stored `[out, in]` or all `[in, out]`. */
function joins(
  [rows, columns]: readonly number[],
  before: readonly number[],
  after: readonly number[],
): boolean {
  return (columns === before[0] && rows === after[1]) || (rows === before[1] && columns === after[0]);
}
