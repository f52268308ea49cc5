import assert from "node:assert/strict";
import { catalogue } from "@graphon-limit/ops";
import { sampleCases } from "@graphon-limit/ops/cases";

/** The names of the files in a folder with an ending, without it. */
function namesIn(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length)).sort();
}

const names = catalogue.map(({ name }) => name).sort();

Deno.test("catalogue: every op states the shape of each of its arguments, one for all that are cut into panels", () => {
  for (const { name, bindings, shapes, panelled } of catalogue) {
    assert.ok(shapes, `${name} states no shapes`);
    assert.deepEqual(Object.keys(shapes), Object.keys(bindings), name);
    for (const each of panelled) assert.deepEqual(shapes[each], shapes[panelled[0]], `${name}'s ${each}`);
  }
});

Deno.test("catalogue: an op's sources are those of its name: shader, twin, and kernels where it is accelerated", () => {
  assert.deepEqual(namesIn("shaders", ".wgsl"), names);
  const twins = namesIn("packages/ops", ".ts"), kernels = namesIn("wasm/assembly", ".ts");
  for (const { name, accelerated } of catalogue) {
    assert.ok(twins.includes(name), `packages/ops/${name}.ts`);
    assert.equal(kernels.includes(name), accelerated !== undefined, `wasm/assembly/${name}.ts`);
  }
  // Kernels that several ops launch have the name of the file that launches them.
  for (const name of kernels) assert.ok(twins.includes(name), `packages/ops/${name}.ts`);
});

Deno.test("catalogue: every op is property-tested, and has a case for the bench", async () => {
  const files = [...Deno.readDirSync("test/ops")].map(({ name }) => `test/ops/${name}`);
  const tests = (await Promise.all(files.map((path) => Deno.readTextFile(path)))).filter((text) =>
    text.includes("testOp(")
  );
  for (const name of names) {
    const camelCase = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    assert.ok(
      tests.some((text) => new RegExp(`(testOp\\(|of \\[)${camelCase}\\b`).test(text)),
      `no test of ${name}`,
    );
    assert.ok(Object.hasOwn(sampleCases, name), `no case of ${name}`);
  }
});
