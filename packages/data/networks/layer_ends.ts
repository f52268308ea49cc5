import type { FormatError } from "@graphon-limit/runtime";
import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";

/** A layer as a file has it: its shape is `[out, in, …]` or, where it is stored transposed, `[…, in, out]`. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its outputs as its bias has them, where it has one. */
  readonly outputs?: number;
}

/** Outputs and inputs of a layer; of a convolution, its channels. */
export function endsOf({ shape }: NamedShape, transposed: boolean): { out: number; inputs: number } {
  return transposed
    ? { out: shape[shape.length - 1], inputs: shape[shape.length - 2] }
    : { out: shape[0], inputs: shape[1] };
}

export function isConvolution({ shape }: NamedShape): boolean {
  return shape.length > 2;
}

/**
 * The error of a convolution among layers through which a network of fully connected ones is to run: what stands between convolutions,
 * such as strides and pooling, no shape tells. Undefined where all layers are matrices.
 *
 * @param source the file, as messages call it
 */
export function convolutionFault(layers: readonly NamedShape[], source: string): FormatError | undefined {
  const convolution = layers.find(isConvolution);
  return convolution && formatFault(
    source,
    "matrices, through which a network of fully connected layers runs,",
    `the convolution ${quoted(convolution.name)}`,
  );
}

function follows(before: NamedShape, after: NamedShape, transposed: boolean): boolean {
  const { out } = endsOf(before, transposed), { inputs } = endsOf(after, transposed);
  return out === inputs || (isConvolution(before) && !isConvolution(after) && inputs % out === 0);
}

/** The first place in an order whose layer cannot follow the one before; undefined where there is none. */
export function firstGap(
  layers: readonly NamedShape[],
  order: readonly number[],
  transposed: boolean,
): number | undefined {
  const gap = order.findIndex((index, place) =>
    place > 0 && !follows(layers[order[place - 1]], layers[index], transposed)
  );
  return gap < 0 ? undefined : gap;
}

/** Whether biases are of the outputs of [in, out], of some layers that are not square, and of none those of [out, in]. */
export function areTurnedByBiases(layers: readonly NamedShape[]): boolean {
  const told = layers.flatMap((layer) => {
    const [straight, turned] = [false, true].map((transposed) =>
      endsOf(layer, transposed).out === layer.outputs
    );
    return straight === turned ? [] : [turned];
  });
  return told.length > 0 && told.every((turned) => turned);
}
