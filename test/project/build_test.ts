import assert from "node:assert/strict";
import { dirname, join, resolve } from "node:path";
import { npmModule } from "../../scripts/build/project.ts";

const DIST = "out/build-test", STAGE = "out/build";
const PACKAGES = [
  ...["runtime", "ops", "data", "model", "pruners", "training", "graphon", "limit", "ntk"],
  ...["figures", "study"],
];

/** The build's output, made by the task itself when it is first asked for. */
let building: Promise<void> | undefined;
const built = () => building ??= run("deno", ["task", "-q", "build", "--out", DIST]).then(() => {});

/** The standard output of a program that must succeed. */
async function run(program: string, args: readonly string[], cwd = "."): Promise<string> {
  const output = await new Deno.Command(program, { args: [...args], cwd, stdout: "piped", stderr: "piped" })
    .output();
  const stdout = new TextDecoder().decode(output.stdout), stderr = new TextDecoder().decode(output.stderr);
  assert.ok(output.success, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** Node that the program asks for; where the machine's is older, npm brings this one. */
const NODE = "22.23.3";

/** What npx is told for that. */
async function packageOfNode(): Promise<string[]> {
  const [major, minor] = (await run("node", ["--version"])).slice(1).split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 15) ? [] : ["-p", `node@${NODE}`];
}

/** The compilers that the declarations are to be clean under. */
const COMPILERS = ["npm:typescript@5.9.3/tsc", "npm:typescript@6.0.3/tsc"];

/** Runs `body` in an npm project that has the packages installed, with their dependencies but for the optional ones. */
async function withConsumer(body: (folder: string) => Promise<void>): Promise<void> {
  await built();
  const folder = await Deno.makeTempDir();
  try {
    const installed = join(folder, "node_modules");
    await copyFolder(DIST, join(installed, "@graphon-limit"));
    await Deno.rename(join(installed, "@graphon-limit/cli"), join(installed, "graphon-limit"));
    for (const name of await dependencies("dependencies")) await link(name, installed);
    await Deno.writeTextFile(join(folder, "package.json"), `{ "type": "module" }`);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Puts an npm package into a `node_modules/`. */
async function link(name: string, installed: string): Promise<void> {
  await Deno.mkdir(dirname(join(installed, name)), { recursive: true });
  await Deno.symlink(resolve(STAGE, "node_modules", name), join(installed, name));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** A package's `package.json`. */
async function manifest(
  folder: string,
): Promise<Record<string, unknown> & { dependencies: Record<string, string> }> {
  return JSON.parse(await Deno.readTextFile(join(DIST, folder, "package.json")));
}

/** What the packages and the program depend on beside each other. */
async function dependencies(kind: "dependencies" | "peerDependencies"): Promise<string[]> {
  const all = await Promise.all(
    [...PACKAGES, "cli"].map(async (folder) => Object.keys((await manifest(folder))[kind] ?? {})),
  );
  return [...new Set(all.flat())].filter((name) => !name.startsWith("@graphon-limit/"));
}

Deno.test("build: every package says what npm needs to know, its dependencies at the versions of the import map", async () => {
  await built();
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json")) as { imports: Record<string, string> };
  const pinned = new Map(Object.values(imports).map(npmModule).map(({ name, version }) => [name, version]));
  for (const folder of PACKAGES) {
    const { name, version, license, type, exports, sideEffects, dependencies } = await manifest(folder);
    const own = JSON.parse(await Deno.readTextFile(`packages/${folder}/deno.json`));
    const { exports: modules, ...rest } = own as { exports: string | Record<string, string> };
    assert.deepEqual({ name, version, license }, rest);
    assert.deepEqual({ type, sideEffects }, { type: "module", sideEffects: false });
    const sources = typeof modules === "string" ? { ".": modules } : modules;
    const expected = Object.entries(sources).map(([subpath, source]) => [subpath, {
      types: source.replace(/^\.\/(.*)\.ts$/, "./types/$1.d.ts"),
      default: subpath === "." ? "./index.js" : `${subpath}.js`,
    }]);
    assert.deepEqual(exports, Object.fromEntries(expected));
    for (const [dependency, wanted] of Object.entries(dependencies)) {
      const room = /^@graphon-limit\/(.*)$/.exec(dependency)?.[1];
      assert.equal(wanted, room ? (await manifest(room)).version : pinned.get(dependency), dependency);
    }
    const entries = Object.values(exports as Record<string, { types: string; default: string }>);
    const files = entries.flatMap((entry) => [entry.types, entry.default]);
    for (const file of [...files, "README.md", "LICENSE"]) {
      assert.ok((await Deno.stat(join(DIST, folder, file))).size > 0, `${folder}/${file}`);
    }
  }
});

Deno.test("build: the bundles compute in Node what the sources compute in Deno", () =>
  withConsumer(async (folder) => {
    const example = "test/project/bundle_example.mjs";
    await Deno.copyFile(example, join(folder, "example.mjs"));
    const [inNode, inDeno, sources] = await Promise.all([
      run("node", ["example.mjs"], folder),
      run("deno", ["run", "-q", "--no-prompt", "--allow-read", "example.mjs"], folder),
      run("deno", ["run", "-q", "--no-prompt", "--allow-read", example]),
    ]);
    const [actual, expected] = [inNode, sources].map((text) => JSON.parse(text));
    assert.deepEqual(JSON.parse(inDeno), expected);
    assert.deepEqual(Object.keys(expected), ["snip", "magnitude"]);
    for (const method in expected) {
      // Engines of different versions may differ in the last digit of a logarithm; the masks must not.
      const { effectiveRank, ...exact } = expected[method];
      const { effectiveRank: rank, ...found } = actual[method];
      assert.deepEqual(found, exact);
      assert.ok(
        Math.abs(rank - effectiveRank) < 1e-4 * effectiveRank,
        `${method}: ${rank} and ${effectiveRank}`,
      );
    }
  }));

Deno.test("build: the bundles read and write files in Node, and say in one line what they cannot", () =>
  withConsumer(async (folder) => {
    await Deno.copyFile("test/project/bundle_files.mjs", join(folder, "files.mjs"));
    const { figure, left } = JSON.parse(await run("node", ["files.mjs"], folder));
    assert.match(figure, /^NoRasterError: .*npm install @resvg\/resvg-wasm @expo-google-fonts\/inter/);
    assert.deepEqual(left, ["a.safetensors", "a.svg"]);
    for (const name of await dependencies("peerDependencies")) await link(name, join(folder, "node_modules"));
    assert.deepEqual(JSON.parse(await run("node", ["files.mjs"], folder)), {
      values: [1, 2],
      absent: "InvalidArgumentError: made/b: expected a file to read but found no such file or directory",
      folder: "InvalidArgumentError: made: expected a file to read but found a directory",
      belowFile:
        "InvalidArgumentError: made/a.svg/b: expected a file to write but found a file where a folder was to be",
      figure: "PNG",
      left: ["a.png", "a.safetensors", "a.svg"],
    });
  }));

Deno.test("build: all declarations are clean in strict projects, whatever the compiler, its libraries and its way to modules", () =>
  withConsumer(async (folder) => {
    await Deno.copyFile("test/project/bundle_types.mts", join(folder, "consumer.mts"));
    const names = [...PACKAGES, "ops/cases", "study/styles"].map((name) => `@graphon-limit/${name}`);
    const everything = [...names, "graphon-limit"].map((name, i) => `export * as m${i} from "${name}";\n`);
    await Deno.writeTextFile(join(folder, "all.mts"), everything.join(""));
    const web = ["--lib", "es2022,dom", "all.mts", "consumer.mts"];
    const ways = [
      ["--module", "esnext", "--moduleResolution", "bundler", ...web],
      ["--module", "nodenext", ...web],
      ["--module", "nodenext", "--lib", "es2022", "all.mts"],
    ];
    for (const compiler of COMPILERS) {
      const program = ["--node-modules-dir=none", "--no-config", "--no-lock", compiler];
      const strict = ["--noEmit", "--strict", "--target", "es2022", "--skipLibCheck", "false"];
      const permissions = ["--no-prompt", "--allow-read", "--allow-env", "--allow-sys"];
      for (const way of ways) {
        await run("deno", ["run", "-q", ...permissions, ...program, ...strict, ...way], folder);
      }
    }
  }));

Deno.test("build: the program's tarball is all that npx needs, pruners of one's own included", async () => {
  await built();
  const tarball = resolve(DIST, "npm", "graphon-limit-0.1.0.tgz");
  const packages = [...await packageOfNode(), "-p", tarball];
  const folder = await Deno.makeTempDir();
  const program = (...words: string[]) => run("npx", ["-y", ...packages, "graphon-limit", ...words], folder);
  try {
    await Deno.writeTextFile(
      join(folder, "last.mjs"),
      `import { definePruner } from "@graphon-limit/pruners";
export default definePruner({
  name: "last",
  score: ({ network }) =>
    network.weights.map(({ rows, cols }) => Float32Array.from({ length: rows * cols }, (_, i) => i)),
});`,
    );
    const sizes = ["--widths", "784,16,10", "--init", "he", "--quiet", "--json"];
    const pruned = await program(
      "prune",
      "--method",
      "./last.mjs",
      "--sparsity",
      "0.5",
      ...sizes,
      "--out",
      "m",
    );
    assert.deepEqual(JSON.parse(pruned).layers.map(({ kept }: { kept: number }) => kept), [6352, 0]);
    const compared = JSON.parse(
      await program(
        ...["compare", ...sizes, "--methods", "snip", "--sparsity", "0.5", "--dataset", "digits"],
        ...["--samples", "8", "--train-steps", "2", "--out", "compared"],
      ),
    );
    const { loss, training } = compared.masks[0];
    assert.ok(Number.isFinite(loss) && training.losses.length === 2);
    assert.match(await Deno.readTextFile(join(folder, "compared/report.html")), /<svg/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "build: a signal ends the program in Node, whatever it computes, and nothing half done remains",
  // Elsewhere there are other signals, and no way to send them.
  ignore: Deno.build.os === "windows",
  fn: () =>
    withConsumer(async (folder) => {
      await Deno.writeTextFile(
        join(folder, "forever.mjs"),
        `import { definePruner } from "@graphon-limit/pruners";
export default definePruner({
  name: "forever",
  score() {
    console.error("begun");
    while (true);
  },
});`,
      );
      const sizes = ["--widths", "784,16,10", "--init", "he"];
      const node = await run("npx", ["-y", ...await packageOfNode(), "node", "-p", "process.execPath"]);
      const program = "node_modules/graphon-limit/bin.js", probe = resolve("test/project/signalled.mjs");
      const before = [...Deno.readDirSync(folder)].length;
      const ended = async (words: readonly string[], begun: string, signal: string) =>
        JSON.parse(await run("node", [probe, signal, begun, node.trim(), program, ...words], folder));
      for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
        const words = [
          "prune",
          "--method",
          "./forever.mjs",
          "--sparsity",
          "0.5",
          ...sizes,
          "--out",
          "made/m",
        ];
        const { code, stderr } = await ended(words, "begun", signal);
        assert.deepEqual([code, stderr.at(-1)], [exitCode, "interrupted"]);
      }
      assert.equal([...Deno.readDirSync(folder)].length, before);
      const steps = ["--dataset", "digits", "--batch-size", "8", "--steps", "100000", "--save", "saved"];
      const { code, stderr } = await ended(["train", ...sizes, ...steps], "steps: [1-9]", "SIGINT");
      assert.equal(code, 130);
      assert.match(stderr.at(-1)!, /^interrupted after \d+ of 100000 steps; go on with --resume saved$/);
      assert.ok((await Deno.stat(join(folder, "saved"))).isFile);
    }),
});

Deno.test("build: JSR would take every library", async () => {
  await built();
  const configuration = JSON.parse(await Deno.readTextFile(join(DIST, "jsr/deno.json")));
  assert.deepEqual(configuration.workspace, PACKAGES.map((name) => `./${name}`));
  const publish = ["publish", "--dry-run", "--allow-dirty", "-q"];
  await run("deno", publish, join(DIST, "jsr"));
});

Deno.test("build: the browser bundle imports nothing, needs no host at import and runs without one", async () => {
  await built();
  const path = resolve(DIST, "graphon-limit.browser.js");
  const { modules } = JSON.parse(await run("deno", ["info", "--json", "--no-config", path]));
  assert.equal(modules.length, 1);
  assert.deepEqual(modules[0].dependencies ?? [], []);
  const found = JSON.parse(await run("node", ["test/project/browser_bundle_probe.mjs", path]));
  assert.deepEqual(found.touchedByImport, []);
  assert.equal(found.fileError, "NoFileSystemError");
  assert.deepEqual(found.kept.reduce((sum: number, count: number) => sum + count, 0), (8 * 16 + 16 * 4) / 2);
});

Deno.test("build: the explorer is static files that refer to each other alone, under a megabyte compressed", async () => {
  await built();
  const folder = `${DIST}/explorer`, names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  let compressed = 0;
  for (const name of names) {
    const bytes = await Deno.readFile(`${folder}/${name}`);
    const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    if (/\.(html|css|js)$/.test(name)) compressed += (await new Response(packed).bytes()).length;
  }
  assert.ok(compressed < 1e6, `${compressed} bytes`);
  const page = await Deno.readTextFile(`${folder}/index.html`);
  const referred = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  for (const address of referred.filter((address) => !address.startsWith("data:"))) {
    assert.ok(address.startsWith("./") && names.includes(address.slice(2)), address);
  }
  for (const name of names.filter((name) => name.endsWith(".js"))) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const imports = text.matchAll(/\bimport(?:\{[^}"]*\}|\*as [\w$]+ )from"([^"]+)"|\bimport\(?"([^"]+)"/g);
    for (const [, named, plain] of imports) {
      const module = named ?? plain;
      assert.ok(module.startsWith("./") && names.includes(module.slice(2)), `${name}: ${module}`);
    }
  }
  assert.match(await Deno.readTextFile(`${folder}/licenses.txt`), /^vega/m);
});
