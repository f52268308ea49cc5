import {
  assignRoles,
  parseTensors,
  serialiseSafetensors,
  type Tensor,
  type Wanted,
} from "@graphon-limit/data";

/** A tensor of weights, none of them 0 or 1. */
export function weight(name: string, ...shape: number[]): Tensor {
  return { name, shape, data: Float32Array.from({ length: product(shape) }, (_, i) => i / 7 - 3.5) };
}

/** A tensor of zeros and ones. */
export function mask(name: string, ...shape: number[]): Tensor {
  return { name, shape, data: Uint8Array.from({ length: product(shape) }, (_, i) => (i + 1) % 2) };
}

/** The same in floats. */
export function floatMask(name: string, ...shape: number[]): Tensor {
  return { name, shape, data: Float32Array.from(mask(name, ...shape).data as Uint8Array) };
}

export function product(shape: readonly number[]): number {
  return shape.reduce((sum, size) => sum * size, 1);
}

/** The roles as text: a line for each layer, the strangers, the notices. */
export function roles(wanted: Wanted, tensors: Tensor[], only?: string[]) {
  const { layers, strangers, notices } = assignRoles(
    parseTensors(serialiseSafetensors(tensors), "f"),
    wanted,
    only,
  );
  return {
    layers: layers.map(({ name, ...parts }) =>
      [name, ...Object.entries(parts).map(([role, tensor]) => `${role} ${tensor.name}`)].join(": ")
    ).sort(),
    strangers: strangers.map(({ name, what }) => `${name}: ${what}`).sort(),
    notices,
  };
}
