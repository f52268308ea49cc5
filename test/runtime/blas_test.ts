import assert from "node:assert/strict";
import { GraphonLimitError, InvalidArgumentError, openDevice } from "@graphon-limit/runtime";
import { installedBlas } from "../ops/installed_blas.ts";

/** What `open_blas.ts` says of a library that it may load. */
async function opened(library: string): Promise<string> {
  const args = ["run", "-q", "--no-prompt", `--allow-ffi=${library}`, "test/runtime/open_blas.ts", library];
  const { stdout, stderr } = await new Deno.Command("deno", { args }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

Deno.test("openDevice: a BLAS without the permission to load it is one line that says which", async () => {
  const library = "/nowhere/libopenblas.so.0";
  await assert.rejects(openDevice({ kind: "cpu", blas: library }), (error) => {
    assert.ok(error instanceof InvalidArgumentError);
    assert.equal(
      error.message,
      `Expected permission to load the BLAS "${library}"; give Deno --allow-ffi=${library}`,
    );
    return true;
  });
});

Deno.test("openDevice: a BLAS without a name, or for plain twins, is refused", async () => {
  await assert.rejects(openDevice({ kind: "cpu", blas: "" }), {
    name: "InvalidArgumentError",
    message: 'Expected blas to name a library but found ""',
  });
  await assert.rejects(openDevice({ kind: "cpu", blas: "/a.so", accelerate: false }), GraphonLimitError);
});

Deno.test("openDevice: a library that is missing, or is no BLAS, is one line that says so", async () => {
  for (const library of ["/nowhere/libopenblas.so.0", `${Deno.cwd()}/deno.json`]) {
    const line = await opened(library);
    assert.ok(
      line.startsWith(
        `InvalidArgumentError: Expected blas to be a library with cblas_sgemm but found "${library}": `,
      ),
      line,
    );
    assert.equal(line.split("\n").length, 2, line);
  }
});

Deno.test("openDevice: devices opened after one that had no BLAS to load compute as before", async () => {
  await assert.rejects(openDevice({ kind: "cpu", blas: "/nowhere.so" }));
  using device = await openDevice({ kind: "cpu" });
  assert.match(device.info.name, /WebAssembly SIMD$/);
  using matrix = device.upload(Float32Array.of(1, 2), 1, 2);
  assert.deepEqual([...await device.read(matrix)], [1, 2]);
});

const installed = installedBlas();
if (installed) {
  Deno.test("openDevice: the CPU device's name says which BLAS it uses, opened and closed again and again", async () => {
    const file = installed.replace(/^.*\//, "");
    for (let turn = 0; turn < 3; turn++) {
      using device = await openDevice({ kind: "cpu", blas: installed });
      assert.ok(device.info.name.endsWith(`, BLAS ${file}`), device.info.name);
    }
  });
}
