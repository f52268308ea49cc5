import assert from "node:assert/strict";
import { DAWN_PACKAGE } from "../../packages/cli/shell/native_libraries.ts";

const NPM = /npm:[^\s"'`]+/g;
const PINNED = /^npm:\/?(?:@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(?:-[\w.]+)?(?:\/[\w./-]*)?$/;

/** Every `npm:` specifier of the repository's configurations and modules, with the file that names it. */
async function npmSpecifiers(folder: string, into: [string, string][] = []): Promise<[string, string][]> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory && !/^(?:\.|out$|node_modules$|dist$)/.test(name)) await npmSpecifiers(path, into);
    else if (isFile && (name === "deno.json" || name.endsWith(".ts")) && name !== "pinned_test.ts") {
      for (const [specifier] of (await Deno.readTextFile(path)).matchAll(NPM)) into.push([path, specifier]);
    }
  }
  return into;
}

Deno.test("dependencies: every npm: specifier names one exact version", async () => {
  const specifiers = await npmSpecifiers(".");
  const loose = specifiers.filter(([, specifier]) => !PINNED.test(specifier));
  assert.deepEqual(loose, []);
});

Deno.test("dependencies: everything deno.json imports is an npm: specifier of the lock file", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json")) as { imports: Record<string, string> };
  const { specifiers } = JSON.parse(await Deno.readTextFile("deno.lock")) as {
    specifiers: Record<string, string>;
  };
  assert.ok(Object.keys(imports).length > 0);
  for (const name in imports) {
    const locked = Object.keys(specifiers).some((specifier) =>
      imports[name] === specifier || imports[name].startsWith(`${specifier}/`)
    );
    assert.ok(locked, `Expected deno.lock to hold ${imports[name]}`);
  }
});

Deno.test("dependencies: Dawn is at one exact version, in a lock file of its own and in no other", async () => {
  const { dependencies } = JSON.parse(await Deno.readTextFile("dawn/package.json"));
  assert.deepEqual(Object.entries(dependencies).map((pair) => pair.join("@")), [DAWN_PACKAGE]);
  assert.match(`npm:${DAWN_PACKAGE}`, PINNED);
  const locks = await Promise.all(["dawn/deno.lock", "deno.lock"].map((path) => Deno.readTextFile(path)));
  const cached = await Deno.readTextFile("dawn/every_module.ts");
  assert.deepEqual(cached.match(/"npm:.*"/g), [`"npm:${DAWN_PACKAGE}"`]);
  // Whatever the other one holds, Deno downloads for whoever runs a command.
  assert.deepEqual(locks.map((lock) => lock.includes(`"npm:${DAWN_PACKAGE}"`)), [true, false]);
});

Deno.test("dependencies: the pattern of an exact version refuses ranges, tags and bare names", () => {
  for (const exact of ["npm:a@1.2.3", "npm:@s/a@1.2.3", "npm:a@1.2.3/b.js", "npm:a@1.0.0-rc.1"]) {
    assert.match(exact, PINNED);
  }
  for (
    const loose of [
      "npm:a",
      "npm:a@^1.2.3",
      "npm:a@~1.2.3",
      "npm:a@1",
      "npm:a@latest",
      "npm:@s/a",
      "npm:a@1.2.x",
    ]
  ) {
    assert.doesNotMatch(loose, PINNED);
  }
});
