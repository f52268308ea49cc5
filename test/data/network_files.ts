import {
  type NetworkFiles,
  type NetworkOptions,
  parseTensors,
  readNetwork,
  serialiseSafetensors,
  type Tensor,
} from "@graphon-limit/data";

export function file(source: string, ...tensors: Tensor[]) {
  return parseTensors(serialiseSafetensors(tensors), source);
}

export function product(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/** Weights that tell their place: `seed + index / 8`. */
export function weight(name: string, shape: number[], seed = 2): Tensor {
  return { name, shape, data: Float32Array.from({ length: product(shape) }, (_, i) => seed + i / 8) };
}

/** A mask that keeps every `step`-th weight. */
export function mask(name: string, shape: number[], step = 2): Tensor {
  return { name, shape, data: Uint8Array.from({ length: product(shape) }, (_, i) => i % step === 0 ? 1 : 0) };
}

/** Each layer as text: its name and shape, and the densities of what it has. */
export function outline(files: NetworkFiles, options?: NetworkOptions) {
  const { layers, transposed, notices } = readNetwork(files, options);
  return {
    layers: layers.map(({ name, shape, weight, mask, bias, biasMask }) => {
      const kept = mask?.read().reduce((sum, value) => sum + value, 0);
      const parts = [
        weight && "weight",
        mask && `kept ${kept}`,
        bias && `bias ${bias.length}`,
        biasMask && "bias mask",
      ];
      return [`${name} [${shape}]`, ...parts.filter((part) => part !== undefined)].join(", ");
    }),
    transposed,
    notices,
  };
}
