/**
 * Builds the kernels of the accelerated CPU device from `wasm/assembly/` into `packages/runtime/wasm/kernels.ts`.
 *
 *     deno task build:wasm            # writes it
 *     deno task build:wasm --check    # compares it with what is there
 *
 * @module
 */
import asc from "assemblyscript/asc";

const SOURCE = new URL("./assembly/", import.meta.url);
const TARGET = new URL("../packages/runtime/wasm/kernels.ts", import.meta.url);

/** What the compiler is told, but for the features. Data lies above the runtime's control block (see `threads.ts`). */
const FLAGS = [
  ...["-O3", "--converge", "--noAssert", "--runtime", "stub", "--memoryBase", "8192"],
  ...["--importMemory", "--sharedMemory", "--initialMemory", "2", "--maximumMemory", "65536"],
];

/** The WebAssembly features of the two binaries: engines without relaxed SIMD take the plain one. */
export const FEATURES = { relaxed: "simd,threads,relaxed-simd", plain: "simd,threads" } as const;

/** Compiles the kernels with the given WebAssembly features. */
export async function compileKernels(features: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ["index.ts", ...FLAGS, "--enable", features, "--disableWarning", "--outFile", "kernels.wasm"],
    {
      readFile(name) {
        try {
          return Deno.readTextFileSync(new URL(name, SOURCE));
        } catch {
          return null;
        }
      },
      writeFile(_, contents) {
        if (typeof contents !== "string") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`The kernels do not compile: ${stderr.toString()}`);
  return binary;
}

/** The text of the module that holds the compiled kernels. */
export async function kernelsModule(): Promise<string> {
  const relaxed = await compileKernels("simd,threads,relaxed-simd"),
    plain = await compileKernels("simd,threads");
  return [
    "// Made by `deno task build:wasm` from wasm/assembly/; a test compares.\n",
    "/** The kernels for engines with relaxed SIMD, in base64. */",
    `export const RELAXED_KERNELS =\n  "${relaxed.toBase64()}";\n`,
    "/** The same for engines with plain SIMD. */",
    `export const PLAIN_KERNELS =\n  "${plain.toBase64()}";\n`,
  ].join("\n");
}

if (import.meta.main) {
  const fresh = await kernelsModule();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(TARGET, fresh);
  else if (await Deno.readTextFile(TARGET) !== fresh) {
    console.error(
      "packages/runtime/wasm/kernels.ts is not what wasm/assembly compiles to; run deno task build:wasm",
    );
    Deno.exit(1);
  }
}
