import {
  type AnyOp,
  BitMatrix,
  type Device,
  type DeviceArray,
  type ElementType,
  type HostArray,
  type Matrix,
  packBits,
  RandomSequence,
} from "@graphon-limit/runtime";

/** A matrix on the host: `data` for an input, `bits` (0/1 bytes) for a mask, `type` alone for an output. */
export interface HostMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly data?: HostArray;
  readonly bits?: Uint8Array;
  readonly type?: ElementType | "bits";
}

/** One draw: the op's arguments by name and its settings. */
export interface OpCase {
  readonly args: Readonly<Record<string, HostMatrix | undefined>>;
  readonly settings?: Readonly<Record<string, number | string | boolean>>;
}

/** Normal numbers times `scale`, with some exact zeros. */
export function normalMatrix(
  seed: number,
  rows: number,
  cols: number,
  scale = 1,
): HostMatrix & { data: Float32Array } {
  const random = new RandomSequence(seed);
  const data = Float32Array.from(
    { length: rows * cols },
    () => random.integer(20) === 0 ? 0 : scale * random.normal(),
  );
  return { rows, cols, data };
}

/** Ones with probability `density`. */
export function randomBits(
  seed: number,
  rows: number,
  cols: number,
  density = 0.5,
): HostMatrix & { bits: Uint8Array } {
  const random = new RandomSequence(seed);
  const bits = Uint8Array.from({ length: rows * cols }, () => random.uniform() < density ? 1 : 0);
  return { rows, cols, bits };
}

/** An output: its shape and type. */
export function output(rows: number, cols: number, type: ElementType | "bits" = "f32"): HostMatrix {
  return { rows, cols, type };
}

/** Runs one case on a device; the written arguments by name. */
export async function runCase(
  device: Device,
  op: AnyOp,
  { args, settings }: OpCase,
): Promise<Record<string, HostArray>> {
  const live: Record<string, DeviceArray> = {};
  try {
    for (const name in args) {
      const argument = args[name];
      if (argument) live[name] = place(device, argument);
    }
    // The op's types are erased here; the runtime checks arguments and settings again.
    const run = device.run.bind(device) as (
      op: AnyOp,
      args: Record<string, DeviceArray>,
      settings: unknown,
    ) => void;
    run(op, live, settings ?? {});
    const results: Record<string, HostArray> = {};
    for (const name in live) {
      if (!op.bindings[name].includes("out")) continue;
      const array = live[name];
      results[name] = array instanceof BitMatrix
        ? await device.readBits(array)
        : await device.read(array as Matrix);
    }
    return results;
  } finally {
    for (const name in live) live[name].dispose();
  }
}

/** Puts a host matrix on a device. */
export function place(device: Device, { rows, cols, data, bits, type }: HostMatrix): DeviceArray {
  if (bits) return device.uploadBits(packBits(bits, rows, cols), rows, cols);
  if (data instanceof Float32Array) return device.upload(data, rows, cols);
  if (data instanceof Uint32Array) return device.upload(data, rows, cols);
  if (data) return device.upload(data, rows, cols);
  return type === "bits" ? device.bits(rows, cols) : device.matrix(rows, cols, type ?? "f32");
}
