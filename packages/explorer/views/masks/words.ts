import { methodLabel } from "../methods.ts";
import type { LimitPicture, MaskParams, MaskPicture } from "./requests.ts";

/** `0.8` as `80 %`, with as many digits as are not zero, three at the most. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** A whole number with its thousands told apart. */
export function count(value: number): string {
  return value.toLocaleString("en-GB");
}

/** A layer by its place: what it joins. */
export function layerName(layer: number, hidden: number): string {
  if (layer === 0) return "the input layer";
  return layer === hidden ? "the output layer" : `hidden layer ${layer}`;
}

/** What the limit says of a mask, in a sentence. */
export function finding(params: MaskParams, { distance, noiseFloor }: LimitPicture): string {
  const name = `${methodLabel(params.method)} at ${percent(params.sparsity)}`;
  const floors = noiseFloor > 0 ? (distance / noiseFloor).toFixed(2) : "0";
  return `${name}: ${
    layerName(params.layer, params.hidden)
  }, ${params.width} wide, is ${floors} noise floors from its limit.`;
}

/** What the mask itself says. */
export function maskInWords(params: MaskParams, { layers, deadOutputs, deadInputs }: MaskPicture): string {
  const { kept, outputs, inputs } = layers[params.layer], name = layerName(params.layer, params.hidden);
  const none = (dead: number, all: number, what: string) =>
    `${dead === 0 ? "none" : count(dead)} of its ${count(all)} ${what}`;
  return `${name[0].toUpperCase()}${name.slice(1)} keeps ${percent(kept / (outputs * inputs))} of its ${
    count(outputs * inputs)
  } weights; ${none(deadOutputs, outputs, "outputs")} and ${
    none(deadInputs, inputs, "inputs")
  } keep no weight at all.`;
}

/** What a graphon shows, for those who cannot see it. */
export function graphonInWords(what: string, values: ArrayLike<number>, grid: number): string {
  const at = (row: number, column: number) => percent(values[row * grid + column]), last = grid - 1;
  return `${what}, ${grid} by ${grid} cells, rows outputs and columns inputs by descending degree: ${
    at(0, 0)
  } kept in the corner of the largest degrees, ${at(grid >> 1, grid >> 1)} in the middle, ${
    at(last, last)
  } in the corner of the least`;
}
