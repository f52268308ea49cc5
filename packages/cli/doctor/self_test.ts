import { catalogue } from "@graphon-limit/ops";
import { runCase, sampleCases } from "@graphon-limit/ops/cases";
import { type AnyOp, type Device, openDevice } from "@graphon-limit/runtime";

/** What a self-test found of one op. */
export interface SelfTestResult {
  readonly name: string;
  /** Largest difference from the plain twin, relative to the largest number of the output; 0 for integers and bits. */
  readonly difference: number;
  readonly passed: boolean;
  /** What went wrong, where the op did not run at all. */
  readonly error?: string;
}

/** Width of the cases: odd, so that no tile fits. */
const WIDTH = 67;

/** Largest relative difference between float32 sums in different orders at this width. */
const TOLERANCE = 1e-5;

/** Runs every op of the catalogue on a device and compares it with its plain twin on the CPU device. */
export async function selfTest(device: Device): Promise<SelfTestResult[]> {
  using cpu = await openDevice({ kind: "cpu", accelerate: false });
  const results: SelfTestResult[] = [];
  for (const op of catalogue) results.push(await testOp(op, device, cpu));
  return results;
}

async function testOp(op: AnyOp, device: Device, cpu: Device): Promise<SelfTestResult> {
  try {
    let difference = 0;
    for (const sample of sampleCases[op.name](WIDTH)) {
      const actual = await runCase(device, op, sample), expected = await runCase(cpu, op, sample);
      for (const name in expected) {
        difference = Math.max(difference, relativeDifference(actual[name], expected[name]));
      }
    }
    return { name: op.name, difference, passed: difference <= TOLERANCE };
  } catch (error) {
    return {
      name: op.name,
      difference: NaN,
      passed: false,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

type Numbers = Float32Array | Uint32Array | Int32Array;

/** Integers must be equal: any difference at all is infinite. */
function relativeDifference(actual: Numbers, expected: Numbers): number {
  let difference = 0, largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] === expected[i]) continue;
    if (!(expected instanceof Float32Array)) return Infinity;
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    if (Number.isNaN(difference)) return Infinity;
  }
  for (const value of expected) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return difference === 0 ? 0 : difference / largest;
}
