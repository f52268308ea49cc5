import assert from "node:assert/strict";
import fc from "fast-check";
import { checkLayers, permittedRooms } from "../../scripts/check_layers.ts";
import { findCircles } from "../../scripts/find_circles.ts";
import { findImports } from "../../scripts/find_imports.ts";

function check(files: Record<string, string>, entries: string[] = []): string[] {
  return checkLayers(new Map(Object.entries(files)), new Set(entries));
}

Deno.test("checkLayers: a tree that keeps to the corridor has no violations", () => {
  const violations = check({
    "packages/runtime/mod.ts": `export * from "./op.ts";\n`,
    "packages/ops/degree.ts": `import { defineOp } from "@graphon-limit/runtime";\n` +
      `import shader from "../../shaders/degree.wgsl" with { type: "text" };\n`,
    "packages/data/idx.ts":
      `import { FormatError } from "@graphon-limit/runtime";\nimport { gunzip } from "fflate";\n`,
    "packages/model/mlp.ts": `import type { Dataset } from "@graphon-limit/data";\n`,
    "packages/study/report/html.ts": `import { theme } from "./theme.ts";\nimport "@graphon-limit/ntk";\n`,
    "packages/figures/svg.ts": `import { show } from "@graphon-limit/runtime";\n`,
  });
  assert.deepEqual(violations, []);
});

Deno.test("checkLayers: an import to the right, however it is written, is a violation", () => {
  const forms = [
    `import { prune } from "@graphon-limit/pruners";`,
    `import type { Pruner } from "@graphon-limit/pruners";`,
    `import {\n  prune,\n  // it's here too\n  random,\n} from "@graphon-limit/pruners";`,
    `import * as pruners from '@graphon-limit/pruners';`,
    `import whole, { prune } from "@graphon-limit/pruners";`,
    `import "@graphon-limit/pruners";`,
    `export * from "@graphon-limit/pruners";`,
    `export * as pruners from "@graphon-limit/pruners";`,
    `export { prune } from "@graphon-limit/pruners";`,
    `  const { prune } = await import("@graphon-limit/pruners");`,
    `export type Pruner = import("@graphon-limit/pruners").Pruner;`,
  ];
  for (const form of forms) {
    const violations = check({ "packages/model/mlp.ts": `// first line\n${form}\n` });
    assert.equal(violations.length, 1, form);
    assert.match(
      violations[0],
      /^packages\/model\/mlp\.ts:2: model may not import pruners, only data, ops, runtime$/,
    );
  }
});

Deno.test("checkLayers: the floors import downwards only, and data stands on the runtime alone", () => {
  const cases = [
    ["runtime", "ops"],
    ["runtime", "cli"],
    ["ops", "model"],
    ["data", "ops"],
    [
      "graphon",
      "ntk",
    ],
    ["figures", "data"],
    ["study", "cli"],
  ];
  for (const [room, other] of cases) {
    const violations = check({ [`packages/${room}/a.ts`]: `import "@graphon-limit/${other}";\n` });
    assert.equal(violations.length, 1, `${room} → ${other}`);
    assert.ok(violations[0].includes(`${room} may not import ${other}`));
  }
});

Deno.test("permittedRooms: no two rooms may import each other", () => {
  const room = fc.constantFrom(
    "runtime",
    "ops",
    "data",
    "model",
    "pruners",
    "training",
    "graphon",
    "limit",
    "ntk",
    "figures",
    "study",
    "cli",
  );
  fc.assert(fc.property(room, room, (a, b) => {
    const there = permittedRooms(a)?.includes(b), back = permittedRooms(b)?.includes(a);
    return !(there && back);
  }));
  assert.equal(permittedRooms("cellar"), undefined);
});

Deno.test("checkLayers: another room is imported by name, not by path, and never by one of its files", () => {
  const violations = check({
    "packages/ops/a.ts": `import { show } from "../runtime/errors.ts";\n`,
    "packages/ops/b.ts": `import { show } from "@graphon-limit/runtime/errors.ts";\n`,
    "packages/ops/c.ts": `import { degree } from "@graphon-limit/ops";\n`,
    "packages/study/report/d.ts": `import { theme } from "../theme.ts";\n`,
  });
  assert.deepEqual(violations, [
    `packages/ops/a.ts:1: import runtime as "@graphon-limit/runtime", not by the path ../runtime/errors.ts`,
    `packages/ops/b.ts:1: import "@graphon-limit/runtime", not its file errors.ts`,
    "packages/ops/c.ts:1: ops imports its own files by relative path, not as @graphon-limit/ops",
  ]);
});

Deno.test("checkLayers: what a room offers beside its mod.ts is imported by its name, by those who may import the room", () => {
  const files = {
    "packages/cli/a.ts": `import { runCase } from "@graphon-limit/ops/cases";\n`,
    "packages/cli/b.ts": `import { runCase } from "@graphon-limit/ops/cases/mod.ts";\n`,
    "packages/data/c.ts": `import { runCase } from "@graphon-limit/ops/cases";\n`,
    "packages/ops/d.ts": `import { runCase } from "@graphon-limit/ops/cases";\n`,
  };
  assert.deepEqual(check(files, ["@graphon-limit/ops/cases"]), [
    `packages/cli/b.ts:1: import "@graphon-limit/ops", not its file cases/mod.ts`,
    "packages/data/c.ts:1: data may not import ops, only runtime",
    "packages/ops/d.ts:1: ops imports its own files by relative path, not as @graphon-limit/ops/cases",
  ]);
  assert.equal(check(files).length, 4);
});

Deno.test("checkLayers: packages import nothing of test/, bench/ and scripts/", () => {
  for (const top of ["test", "bench", "scripts"]) {
    const violations = check({ "packages/cli/cli.ts": `import { a } from "../../${top}/a.ts";\n` });
    assert.deepEqual(violations, [`packages/cli/cli.ts:1: cli may not import ${top}/ (../../${top}/a.ts)`]);
  }
});

Deno.test("checkLayers: an unknown room, an absolute path and a computed import where no module of the user's is loaded are violations", () => {
  const violations = check({
    "packages/attic/a.ts": "",
    "packages/study/b.ts": `import "/somewhere/else.ts";\n`,
    "packages/model/c.ts": "const page = await import(name);\n",
    "packages/pruners/d.ts": "const pruner = await import(theUsersFile);\n",
  });
  assert.equal(violations.length, 3);
  assert.match(violations[0], /^packages\/attic\/a\.ts: attic is no room; expected data, model/);
  assert.match(violations[1], /expected a relative path or a name but found \/somewhere/);
  assert.match(violations[2], /c\.ts:1: model imports a computed name/);
});

Deno.test("findImports: comments, strings and exported values are no imports", () => {
  const source = [
    "/**",
    " * ```ts",
    ` * import { cli } from "@graphon-limit/cli";`,
    ` * await import("@graphon-limit/cli");`,
    " * ```",
    " */",
    `// import("@graphon-limit/cli")`,
    `export const from = "@graphon-limit/cli";`,
    `const text = 'import "@graphon-limit/cli"';`,
    `export function f(from: "@graphon-limit/cli") {}`,
    "export { f as g };",
    `const url = "http://example.org/"; // import(x)`,
    "import.meta.main;",
  ].join("\n");
  assert.deepEqual(findImports(source), []);
});

Deno.test("findImports: lines are those of the import, whatever stands before it", () => {
  fc.assert(fc.property(fc.nat(40), (blank) => {
    const source = `${"\n".repeat(blank)}import {\n  a,\n} from "./a.ts";\nexport * from "./b.ts";\n`;
    assert.deepEqual(findImports(source), [
      { specifier: "./a.ts", line: blank + 1 },
      { specifier: "./b.ts", line: blank + 4 },
    ]);
  }));
});

/** Files of one line for each path they import. */
function tree(imports: Record<string, string[]>): Map<string, string> {
  return new Map(
    Object.entries(imports).map((
      [path, targets],
    ) => [path, targets.map((target) => `import type { A } from "${target}";\n`).join("")]),
  );
}

Deno.test("findCircles: files that import each other, by types too, however long the way round", () => {
  const files = tree({
    "packages/data/a.ts": ["./b.ts"],
    "packages/data/b.ts": ["../data/deep/c.ts", "./d.ts"],
    "packages/data/deep/c.ts": ["../a.ts"],
    "packages/data/d.ts": ["@graphon-limit/runtime", "./missing.ts"],
    "packages/data/self.ts": ["./self.ts"],
    "packages/data/e.ts": ["./a.ts", "./f.ts"],
    "packages/data/f.ts": ["./d.ts"],
  });
  assert.deepEqual(findCircles(files), [
    ["packages/data/a.ts", "packages/data/b.ts", "packages/data/deep/c.ts"],
    ["packages/data/self.ts"],
  ]);
});

Deno.test("findCircles: one circle of each group, the shortest through its first file", () => {
  const files = tree({
    "packages/data/a.ts": ["./b.ts", "./c.ts"],
    "packages/data/b.ts": ["./c.ts"],
    "packages/data/c.ts": ["./a.ts", "./b.ts"],
  });
  assert.deepEqual(findCircles(files), [["packages/data/a.ts", "packages/data/c.ts"]]);
});

Deno.test("findCircles: device and matrix may import each other, and nothing may stand between them", () => {
  const pair = {
    "packages/runtime/device.ts": ["./matrix.ts", "./op.ts"],
    "packages/runtime/matrix.ts": ["./device.ts"],
  };
  assert.deepEqual(findCircles(tree({ ...pair, "packages/runtime/op.ts": [] })), []);
  assert.deepEqual(findCircles(tree({ ...pair, "packages/runtime/op.ts": ["./matrix.ts"] })), [
    ["packages/runtime/op.ts", "packages/runtime/matrix.ts", "packages/runtime/device.ts"],
  ]);
});

Deno.test("findCircles: a tree whose files import only those before them has none", () => {
  const drawn = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(drawn, (targets) => {
    const files = tree(Object.fromEntries(targets.map((list, i) => [
      `packages/data/f${i}.ts`,
      i === 0 ? [] : list.map((target) => `./f${target % i}.ts`),
    ])));
    assert.deepEqual(findCircles(files), []);
  }));
});
