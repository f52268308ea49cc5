import assert from "node:assert/strict";
import { parseSafetensors } from "@graphon-limit/data";
import { runCli } from "./run_cli.ts";

export const cpu = ["--device", "cpu", "--quiet"];
export const digits = ["--dataset", "digits", "--samples-per-class", "2"];

/** What `limit --json` says of a layer. */
export interface Layer {
  readonly index: number;
  readonly shape: [number, number];
  readonly density: number;
  readonly min: number;
  readonly max: number;
  readonly deadInputs?: number;
  readonly deadOutputs?: number;
  readonly standardError?: number | null;
}

/** What a command prints with `--json`, after it went well. */
export async function json(
  args: readonly string[],
  device = cpu,
): Promise<{ layers: Layer[]; notices: string[] } & Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(...args, ...device, "--json");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: [] });
  assert.equal(stdout.length, 1);
  return JSON.parse(stdout[0]);
}

/** The tensors of a file, all of them float32. */
export function tensors(path: string): Map<string, { shape: number[]; values: Float32Array }> {
  using file = parseSafetensors(Deno.readFileSync(path), path);
  return new Map(
    file.tensors.map(({ name, shape, dtype }) => {
      assert.equal(dtype, "F32");
      return [name, { shape: [...shape], values: file.readFloat32(name) }];
    }),
  );
}

/** Throws unless numbers are others to a tolerance, of those above 1 relative to them. */
export function near(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++) {
    const error = Math.abs(found[i] - expected[i]);
    assert.ok(
      error <= tolerance * Math.max(1, Math.abs(expected[i])),
      `${what} ${i}: ${found[i]}, ${expected[i]}`,
    );
  }
}
