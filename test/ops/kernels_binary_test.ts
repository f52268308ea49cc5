import assert from "node:assert/strict";
import { PLAIN_KERNELS, RELAXED_KERNELS } from "../../packages/ops/wasm/binary.ts";
import * as signatures from "../../packages/ops/wasm/signatures.ts";
import { readSource } from "../../wasm/sources.ts";

Deno.test("kernels: binaries and signatures are what deno task build:wasm makes of wasm/assembly", async () => {
  // The compiler looks at the environment, which tests may not.
  const { code, stderr } = await new Deno.Command("deno", { args: ["task", "-q", "build:wasm", "--check"] })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});

Deno.test("kernels: both binaries export the kernels that the signatures name, and how a thread finds its memory", () => {
  const named = Object.values(signatures).flatMap((source) =>
    Object.entries(source).filter(([, value]) => typeof value !== "number").map(([name]) => name)
  );
  for (const binary of [RELAXED_KERNELS, PLAIN_KERNELS]) {
    const module = new WebAssembly.Module(Uint8Array.fromBase64(binary));
    const functions = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
    assert.deepEqual(functions.map(({ name }) => name).sort(), ["use_scratch", ...named].sort());
  }
});

Deno.test("readSource: finds kernels with their parameters, constants, and their comments", () => {
  const text = `import { helper } from "./shared/helper";

/** Rows of a part. */
export const PART_ROWS: usize = 1 << 5;

const OWN: usize = 2;

/** Does a part. */
export function scale_rows(part: usize, x: usize, factor: f32): void {
  helper(x);
}

function own(x: usize): void {}
`;
  assert.deepEqual(readSource("scale_rows", text), {
    name: "scale_rows",
    kernels: [{ name: "scale_rows", comment: "/** Does a part. */", parameters: ["x", "factor"] }],
    constants: [{ name: "PART_ROWS", comment: "/** Rows of a part. */", parameters: [] }],
  });
});

Deno.test("readSource: what an op's source exports is a kernel or a constant; helpers are in shared/", () => {
  const helper = "export function helper(x: usize): void {}\n";
  assert.deepEqual(readSource("shared/helper", helper).kernels, []);
  for (const text of [helper, "export let state: usize = 0;\n", "export class A {}\n"]) {
    assert.throws(
      () => readSource("scale_rows", text),
      (error: Error) =>
        error.message.includes(`scale_rows.ts to export kernels`) && !error.message.includes("\n"),
    );
  }
});
