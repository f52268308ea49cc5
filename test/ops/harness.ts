import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AnyOp,
  BitMatrix,
  type Device,
  type DeviceArray,
  type ElementType,
  type HostArray,
  Matrix,
  openDevice,
  packBits,
  RandomSequence,
  unpackBits,
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

export interface OpTest {
  readonly cases: fc.Arbitrary<OpCase>;
  /** Largest |shader − twin| allowed: `absolute + relative · |twin|`. Integers and bits must always be equal. */
  readonly tolerance?: { readonly absolute: number; readonly relative: number };
  readonly runs?: number;
}

/** Sizes where launch geometry goes wrong: none, one, around a word, around a tile, and a few at random. */
export const dimension: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129),
  fc.integer({ min: 1, max: 150 }),
);

/** As {@linkcode dimension}, never zero. */
export const positiveDimension: fc.Arbitrary<number> = dimension.map((size) => Math.max(size, 1));

/** A seed for a matrix's elements: fast-check draws and shrinks the seed, Philox makes the elements. */
export const elementSeed: fc.Arbitrary<number> = fc.nat();

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

/**
 * Binding limits the devices are opened with: the adapter's own, and one so small that ordinary test shapes are cut into
 * several row panels. Ops that panel nothing are tested under the first only.
 */
const BINDING_LIMITS = [undefined, 8448] as const;

const devices = new Map<string, Promise<Device>>();

/** The shared device of a kind, its fresh memory poisoned. */
export function testDevice(kind: "webgpu" | "cpu", maxBindingBytes?: number): Promise<Device> {
  const key = `${kind} ${maxBindingBytes}`;
  let device = devices.get(key);
  if (!device) devices.set(key, device = openDevice({ kind, maxBindingBytes, poison: true }));
  return device;
}

/** Registers the property test of an op: its shader on WebGPU agrees with its twin on the CPU device. */
export function testOp(
  op: AnyOp,
  { cases, tolerance = { absolute: 0, relative: 0 }, runs = 60 }: OpTest,
): void {
  for (const limit of op.panelled.length > 0 ? BINDING_LIMITS : [undefined]) {
    const name = `${op.name}: the shader agrees with the twin${limit ? `, in panels of ${limit} bytes` : ""}`;
    Deno.test({
      name,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const webgpu = await testDevice("webgpu", limit), cpu = await testDevice("cpu", limit);
        const property = fc.asyncProperty(cases, async (drawn) => {
          fc.pre(!limit || fits(op, drawn, limit));
          const actual = await runCase(webgpu, op, drawn), expected = await runCase(cpu, op, drawn);
          for (const output in expected) compare(output, actual[output], expected[output], tolerance);
        });
        // A counterexample holds whole matrices; its shapes and the seed that makes it again say more.
        const verdict = await fc.check(property, { numRuns: runs, ...replay() });
        if (verdict.failed) {
          const { seed, counterexamplePath, counterexample, errorInstance } = verdict;
          const drawn = counterexample ? describeCase(counterexample[0]) : "too few cases fit";
          throw new Error(`${drawn}; replay with FC_SEED=${seed} FC_PATH=${counterexamplePath}`, {
            cause: errorInstance,
          });
        }
      },
    });
  }
}

/** The seed and path of a failure to replay, from the environment. */
function replay(): { seed?: number; path?: string } {
  const seed = Deno.env.get("FC_SEED"), path = Deno.env.get("FC_PATH");
  return { ...(seed ? { seed: Number(seed) } : {}), ...(path ? { path } : {}) };
}

function describeCase({ args, settings }: OpCase): string {
  const shapes = Object.entries(args).map(([name, arg]) =>
    `${name} ${arg ? `${arg.rows}×${arg.cols}` : "left out"}`
  );
  return `${shapes.join(", ")}, settings ${JSON.stringify(settings ?? {})}`;
}

/** Whether every argument that is seen whole, and every single row, fits a binding of `limit` bytes. */
function fits(op: AnyOp, { args }: OpCase, limit: number): boolean {
  return Object.entries(args).every(([name, arg]) => {
    if (!arg) return true;
    const bytes = arg.cols * 4 * (op.panelled.includes(name) ? 1 : Math.max(arg.rows, 1));
    return bytes <= limit;
  });
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

function compare(
  name: string,
  actual: HostArray,
  expected: HostArray,
  { absolute, relative }: { absolute: number; relative: number },
): void {
  assert.equal(actual.length, expected.length, `${name}: length`);
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i], e = expected[i];
    if (Object.is(a, e) || a === e) continue;
    const allowed = expected instanceof Float32Array ? absolute + relative * Math.abs(e) : 0;
    if (!(Math.abs(a - e) <= allowed)) {
      assert.fail(
        `${name}[${i}] of ${expected.length}: the shader gives ${a}, the twin ${e}, allowed difference ${allowed}`,
      );
    }
  }
}

/** Reads a bit matrix back as 0/1 bytes. */
export async function readMask(device: Device, mask: BitMatrix): Promise<Uint8Array> {
  return unpackBits(await device.readBits(mask), mask.rows, mask.cols);
}
