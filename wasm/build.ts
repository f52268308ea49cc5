/**
 * Builds the kernels of the ops from `wasm/assembly/` into `packages/ops/wasm/`: the binaries, and their signatures and
 * constants in TypeScript.
 *
 *     deno task build:wasm            # writes them
 *     deno task build:wasm --check    # compares them with what is there
 *
 * @module
 */
import asc from "assemblyscript/asc";
import { type Declared, readSources, SOURCE, type Source } from "./sources.ts";

const TARGET = new URL("../packages/ops/wasm/", import.meta.url);

/** What the compiler is told, but for the features. The memory is the runtime's, as large as one can be. */
const FLAGS = [
  ...["-O3", "--converge", "--noAssert", "--runtime", "stub"],
  ...["--importMemory", "--sharedMemory", "--initialMemory", "2", "--maximumMemory", "65536"],
];

/** The WebAssembly features of the two binaries: engines without relaxed SIMD take the plain one. */
const FEATURES = { relaxed: "simd,threads,relaxed-simd", plain: "simd,threads" } as const;

/** Compiles a module, given the text of its entry, which stands beside the sources. */
async function compile(entry: string, features: string): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    ["entry.ts", ...FLAGS, "--enable", features, "--disableWarning", "--outFile", "kernels.wasm"],
    {
      readFile(name) {
        if (name === "entry.ts") return entry;
        try {
          return Deno.readTextFileSync(new URL(name, SOURCE));
        } catch {
          return null;
        }
      },
      writeFile(_, contents) {
        if (typeof contents !== "string") binary = new Uint8Array(contents);
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`The kernels do not compile: ${stderr.toString()}`);
  return binary;
}

/** The entry of the binaries: every kernel, and how a thread learns where its own memory is. */
function kernelsEntry(sources: readonly Source[]): string {
  const exports = sources.filter(({ kernels }) => kernels.length > 0).map(({ name, kernels }) =>
    `export { ${kernels.map((kernel) => kernel.name).join(", ")} } from "./${name}";\n`
  );
  return `export { use_scratch } from "./shared/scratch";\n${exports.join("")}`;
}

/** The constants by source and name: a module that exports them is compiled and asked. */
async function constantsOf(sources: readonly Source[]): Promise<(source: string, name: string) => number> {
  const globalName = (source: string, name: string) => `${source.replaceAll("/", "_")}_${name}`;
  const entry = sources.flatMap(({ name: source, constants }) =>
    constants.map(({ name }) => `export { ${name} as ${globalName(source, name)} } from "./${source}";\n`)
  ).join("");
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true });
  const module = new WebAssembly.Module(await compile(entry, FEATURES.plain));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return (source, name) => (exports[globalName(source, name)] as WebAssembly.Global).value;
}

const HEAD = "// Made by `deno task build:wasm` from wasm/assembly/; a test compares.\n";

/** The text of the module that holds the binaries. */
async function binaryModule(sources: readonly Source[]): Promise<string> {
  const entry = kernelsEntry(sources);
  const relaxed = await compile(entry, FEATURES.relaxed), plain = await compile(entry, FEATURES.plain);
  return [
    HEAD,
    "/** The kernels for engines with relaxed SIMD, in base64. */",
    `export const RELAXED_KERNELS =\n  "${relaxed.toBase64()}";\n`,
    "/** The same for engines with plain SIMD. */",
    `export const PLAIN_KERNELS =\n  "${plain.toBase64()}";\n`,
  ].join("\n");
}

/** The text of the module that says how the kernels are called, and what their sources' constants are. */
async function signaturesModule(sources: readonly Source[]): Promise<string> {
  const valueOf = await constantsOf(sources);
  const signatures = sources.flatMap(({ kernels }) => kernels.map(signatureOf));
  const groups = sources.filter(({ kernels, constants }) => kernels.length + constants.length > 0).map(
    ({ name, kernels, constants }) => {
      const members = [
        ...constants.map((constant) => member(constant, String(valueOf(name, constant.name)))),
        ...kernels.map((kernel) => member(kernel, `kernels.${kernel.name}`)),
      ];
      const exported = name.replaceAll("/", "_");
      return `/** \`wasm/assembly/${name}.ts\`. */\nexport const ${exported} = {\n${
        members.join("")
      }} as const;\n`;
    },
  );
  return [
    HEAD,
    `import { defineKernels, type KernelValues } from "@graphon-limit/runtime";
import { PLAIN_KERNELS, RELAXED_KERNELS } from "./binary.ts";\n`,
    `const kernels = defineKernels([RELAXED_KERNELS, PLAIN_KERNELS], {\n${signatures.join("")}});\n`,
    ...groups,
  ].join("\n");
}

/** A member of an object, under its comment. */
function member({ name, comment }: Declared, value: string): string {
  const lines = [...comment.split("\n"), `${name}: ${value},`];
  return lines.filter((line) => line !== "").map((line) => `  ${line}\n`).join("");
}

/** Columns that the formatter fills. */
const LINE = 110;

/** A kernel's name and the function that puts values in the order of its parameters, as the formatter has it. */
function signatureOf({ name, parameters }: Declared): string {
  const union = parameters.map((each) => `"${each}"`), list = parameters.map((each) => `v.${each}`);
  const inline = `  ${name}: (v: KernelValues<${union.join(" | ")}>) => [${list.join(", ")}],\n`;
  if (inline.length <= LINE) return inline;
  const type = `    v: KernelValues<${union.join(" | ")}>,\n`, values = `  ) => [${list.join(", ")}],\n`;
  const tall = union.map((each) => `      | ${each}\n`), long = list.map((each) => `    ${each},\n`);
  return [
    `  ${name}: (\n`,
    type.length <= LINE ? type : `    v: KernelValues<\n${tall.join("")}    >,\n`,
    values.length <= LINE ? values : `  ) => [\n${long.join("")}  ],\n`,
  ].join("");
}

if (import.meta.main) {
  const sources = readSources();
  const fresh = {
    "binary.ts": await binaryModule(sources),
    "signatures.ts": await signaturesModule(sources),
  };
  for (const [name, text] of Object.entries(fresh)) {
    const path = new URL(name, TARGET);
    if (!Deno.args.includes("--check")) await Deno.writeTextFile(path, text);
    else if (await Deno.readTextFile(path) !== text) {
      console.error(
        `packages/ops/wasm/${name} is not what wasm/assembly compiles to; run deno task build:wasm`,
      );
      Deno.exit(1);
    }
  }
}
