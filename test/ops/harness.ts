import assert from "node:assert/strict";
import fc from "fast-check";
import { catalogue } from "@graphon-limit/ops";
import {
  type HostMatrix,
  normalMatrix,
  type OpCase,
  output,
  place,
  randomBits,
  runCase,
} from "@graphon-limit/ops/cases";
import {
  type AnyOp,
  type BitMatrix,
  type Device,
  type HostArray,
  openDevice,
  unpackBits,
} from "@graphon-limit/runtime";
import { installedBlas } from "./installed_blas.ts";
import { outcomeOf, reshape, reshapings } from "./other_shapes.ts";

export { type HostMatrix, normalMatrix, type OpCase, output, place, randomBits, runCase };

/** Largest |shader or kernel − twin| allowed: `absolute + relative · |twin|`. Integers and bits must always be equal. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export interface OpTest {
  readonly cases: fc.Arbitrary<OpCase>;
  /** None unless given. */
  readonly tolerance?: Tolerance;
  readonly runs?: number;
  /** What is compared with the twin; the shader, and the kernels where the op has them, unless given. */
  readonly executions?: readonly Exclude<Execution, "twin">[];
  /** Binding limits of the devices, undefined for the device's own. */
  readonly limits?: readonly (number | undefined)[];
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

/**
 * Binding limits the devices are opened with: the adapter's own, and one so small that ordinary test shapes are cut into
 * several row panels. Ops that panel nothing are tested under the first only.
 */
const BINDING_LIMITS = [undefined, 8448] as const;

const devices = new Map<string, Promise<Device>>();

/** The module of Dawn's package, where `dawn_test.ts` or the bench started this process: then shaders run through it, and nothing else is tested. */
const dawn = Deno.args.find((word) => /^(file|npm):/.test(word));

/** What can run an op: its shader, its WebAssembly kernels (its twin where it has none), those with a BLAS, its twin. */
export type Execution = "webgpu" | "cpu" | "blas" | "twin";

const EXECUTION_NAMES = {
  webgpu: "the shader agrees",
  cpu: "the kernels agree",
  blas: "the BLAS agrees",
} as const;

/** The shared device for an execution, its fresh memory poisoned. */
export function testDevice(execution: Execution, maxBindingBytes?: number): Promise<Device> {
  const key = `${execution} ${maxBindingBytes}`;
  let device = devices.get(key);
  if (!device) {
    const kind = execution === "webgpu" ? execution : "cpu";
    const blas = execution === "blas" ? installedBlas() : undefined;
    device = openDevice({
      ...{ kind, maxBindingBytes, blas, poison: true, accelerate: execution !== "twin" },
      ...(dawn !== undefined && kind === "webgpu" ? { backend: "dawn", dawn } : {}),
    });
    devices.set(key, device);
  }
  return device;
}

/** Whether WebGPU's adapter is a program on the CPU: hardware would compile for seconds what is only run on those. */
export async function isOnSoftware(): Promise<boolean> {
  return (await testDevice("webgpu")).info.software;
}

/** Registers the property tests of an op: its shader agrees with its twin, and so do its kernels where it has them. */
export function testOp(
  op: AnyOp,
  { cases, tolerance = { absolute: 0, relative: 0 }, runs = 60, executions, limits }: OpTest,
): void {
  if (dawn !== undefined && !(catalogue.includes(op) && !executions)) return;
  const drawn = fewer(runs);
  const tried = executions ?? (op.accelerated ? ["webgpu", "cpu"] as const : ["webgpu"] as const);
  const bindings = limits ?? (op.panelled.length > 0 ? BINDING_LIMITS : [undefined]);
  for (
    const [execution, limit] of tried.flatMap((each) => bindings.map((limit) => [each, limit] as const))
  ) {
    const name = `${op.name}: ${EXECUTION_NAMES[execution]} with the twin${
      limit ? `, in panels of ${limit} bytes` : ""
    }`;
    Deno.test({
      name,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const tested = await testDevice(execution, limit), twin = await testDevice("twin", limit);
        const property = fc.asyncProperty(cases, async (drawn) => {
          fc.pre(!limit || fits(op, drawn, limit));
          const actual = await runCase(tested, op, drawn), expected = await runCase(twin, op, drawn);
          for (const output in expected) compare(output, actual[output], expected[output], tolerance);
        });
        await check(property, drawn, ([drawn]) => describeCase(drawn));
      },
    });
  }
  if (dawn === undefined && !executions && catalogue.includes(op)) testShapes(op, cases, tolerance);
}

/** Registers the tests that an op refuses an argument of another shape than it states, on either kind of device. */
function testShapes(op: AnyOp, cases: fc.Arbitrary<OpCase>, tolerance: Tolerance): void {
  for (const kind of ["webgpu", "cpu"] as const) {
    Deno.test({
      name: `${op.name}: an argument of another shape is refused, or does no harm (${kind})`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const tested = await testDevice(kind), twin = await testDevice("twin");
        const property = fc.asyncProperty(cases, reshapings, async (drawn, reshaping) => {
          const { reshaped, stated } = reshape(op, drawn, reshaping);
          const actual = await outcomeOf(tested, op, reshaped),
            expected = await outcomeOf(twin, op, reshaped);
          if (stated) assert.equal(typeof actual, "string", "it was not refused");
          if (typeof actual === "string" || typeof expected === "string") assert.equal(actual, expected);
          else for (const output in expected) compare(output, actual[output], expected[output], tolerance);
        });
        await check(
          property,
          fewer(40),
          ([drawn, reshaping]) => describeCase(reshape(op, drawn, reshaping).reshaped),
        );
      },
    });
  }
}

/** Checks a property; a counterexample holds whole matrices, so its shapes are said, and the seed that makes it again. */
async function check<T>(
  property: fc.IAsyncProperty<T>,
  numRuns: number,
  describe: (counterexample: T) => string,
): Promise<void> {
  const verdict = await fc.check(property, { numRuns, ...replay() });
  if (!verdict.failed) return;
  const { seed, counterexamplePath, counterexample, errorInstance } = verdict;
  const drawn = counterexample ? describe(counterexample) : "too few cases fit";
  throw new Error(`${drawn}; replay with FC_SEED=${seed} FC_PATH=${counterexamplePath}`, {
    cause: errorInstance,
  });
}

/** So many cases, or as few as the environment asks for. */
function fewer(runs: number): number {
  return Math.min(runs, Number(Deno.env.get("FC_RUNS") ?? runs));
}

/** The seed and path of a failure to replay, from the environment. */
export function replay(): { seed?: number; path?: string } {
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

function compare(
  name: string,
  actual: HostArray,
  expected: HostArray,
  { absolute, relative }: Tolerance,
): void {
  assert.equal(actual.length, expected.length, `${name}: length`);
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i], e = expected[i];
    if (Object.is(a, e) || a === e) continue;
    const allowed = expected instanceof Float32Array ? absolute + relative * Math.abs(e) : 0;
    if (!(Math.abs(a - e) <= allowed)) {
      assert.fail(
        `${name}[${i}] of ${expected.length}: this execution gives ${a}, the twin ${e}, allowed difference ${allowed}`,
      );
    }
  }
}

/** Reads a bit matrix back as 0/1 bytes. */
export async function readMask(device: Device, mask: BitMatrix): Promise<Uint8Array> {
  return unpackBits(await device.readBits(mask), mask.rows, mask.cols);
}
