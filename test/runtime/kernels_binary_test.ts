import assert from "node:assert/strict";
import { PLAIN_KERNELS, RELAXED_KERNELS } from "../../packages/runtime/wasm/kernels.ts";

Deno.test("kernels: the binaries checked in are what deno task build:wasm makes of wasm/assembly", async () => {
  // The compiler looks at the environment, which tests may not.
  const { code, stderr } = await new Deno.Command("deno", { args: ["task", "-q", "build:wasm", "--check"] })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});

Deno.test("kernels: the binary for relaxed SIMD and the plain one export the same kernels", () => {
  const [relaxed, plain] = [RELAXED_KERNELS, PLAIN_KERNELS].map((text) =>
    WebAssembly.Module.exports(new WebAssembly.Module(Uint8Array.fromBase64(text))).map(({ name }) => name)
  );
  assert.deepEqual(relaxed, plain);
});
