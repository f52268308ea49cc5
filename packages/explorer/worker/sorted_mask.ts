import { orderByDegree } from "@graphon-limit/graphon";
import { packBits } from "@graphon-limit/runtime";

/** A mask in the order of descending degrees, as pages draw it. */
export interface SortedMask {
  /** `[rows, ceil(cols / 32)]` words, least significant bit first. */
  readonly words: Uint32Array;
  /** The neuron at each place of the order. */
  readonly outputOrder: Uint32Array;
  readonly inputOrder: Uint32Array;
  /** The share of its weights that each neuron keeps, in descending order. */
  readonly outputDegrees: Float32Array<ArrayBuffer>;
  readonly inputDegrees: Float32Array<ArrayBuffer>;
}

/** Sorts a mask `[rows, cols]` of bytes 0 and 1. */
export function sortMask(bits: Uint8Array, rows: number, cols: number): SortedMask {
  const outputs = new Float64Array(rows), inputs = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      if (bits[i * cols + j] === 0) continue;
      outputs[i]++;
      inputs[j]++;
    }
  }
  const outputOrder = orderByDegree(outputs), inputOrder = orderByDegree(inputs);
  const sorted = new Uint8Array(rows * cols);
  outputOrder.forEach((row, i) => {
    const from = row * cols, to = i * cols;
    for (let j = 0; j < cols; j++) sorted[to + j] = bits[from + inputOrder[j]];
  });
  return {
    words: packBits(sorted, rows, cols),
    ...{ outputOrder, inputOrder },
    outputDegrees: Float32Array.from(outputOrder, (row) => outputs[row] / cols),
    inputDegrees: Float32Array.from(inputOrder, (column) => inputs[column] / rows),
  };
}
