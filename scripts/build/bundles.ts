import { join, resolve } from "node:path";
import * as esbuild from "esbuild";
import { BROWSER_FOLDERS, type Package } from "./project.ts";

/** esbuild's namespace of files in other packages. */
const BYTES = "package-bytes";

const SHARED: esbuild.BuildOptions = {
  bundle: true,
  format: "esm",
  // `using` is compiled away: Node 20 and browsers of a few years ago run the result.
  target: "es2022",
  loader: { ".wgsl": "text", ".wasm": "binary", ".ttf": "binary" },
  inject: [resolve("scripts/build/shims.ts")],
  define: { "Symbol.dispose": "disposeSymbol" },
  sourcemap: true,
  metafile: true,
  logLevel: "silent",
};

/**
 * Bundles one package into `index.js` and a file for each of its other entries, what is loaded lazily into files beside them;
 * everything it imports from other packages stays an import.
 *
 * @returns the modules and files of other packages that it imports
 */
export async function bundlePackage(
  { folder, entries }: Package,
  stage: string,
  target: string,
): Promise<string[]> {
  const { metafile } = await esbuild.build({
    ...SHARED,
    entryPoints: Object.fromEntries(
      entries.map(({ source, bundle }) => [bundle, join(stage, "packages", folder, `${source}.ts`)]),
    ),
    outdir: target,
    platform: "node",
    packages: "external",
    splitting: true,
    chunkNames: "[name]-[hash]",
    plugins: [bytesFromPackages],
  });
  const { inputs, outputs } = metafile!;
  const modules = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external))
    .map(({ path }) => path);
  const files = Object.keys(inputs).filter((input) => input.startsWith(`${BYTES}:`));
  return [...new Set([...modules, ...files.map((input) => input.slice(BYTES.length + 1))])];
}

/**
 * Bundles all packages for browsers, dependencies included, as one module with a namespace for each.
 *
 * @returns folders of the npm packages that went into it
 */
export async function bundleForBrowsers(stage: string, target: string): Promise<string[]> {
  const { metafile } = await esbuild.build({
    ...SHARED,
    stdin: {
      contents: browserModule(),
      resolveDir: stage,
      sourcefile: "graphon-limit.browser.ts",
      loader: "ts",
    },
    outfile: target,
    platform: "browser",
    minifyWhitespace: true,
    legalComments: "inline",
    absWorkingDir: stage,
  });
  const folders = Object.keys(metafile!.inputs).map((path) =>
    /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? ""
  );
  return [...new Set(folders)].filter((folder) => folder !== "" && !folder.includes("/@graphon-limit/"))
    .map((folder) => join(stage, folder)).sort();
}

/** The text of the browser bundle's entry, and of its declarations. */
export function browserModule(): string {
  return BROWSER_FOLDERS.map((folder) => `export * as ${folder} from "@graphon-limit/${folder}";\n`).join("");
}

/** Ends esbuild's program. */
export async function stopBundling(): Promise<void> {
  await esbuild.stop();
}

/**
 * Files of other packages that are imported as bytes stay in those packages: the module in their place reads them, since
 * Node imports no bytes.
 */
const bytesFromPackages: esbuild.Plugin = {
  name: "bytes-from-packages",
  setup({ onResolve, onLoad }) {
    onResolve(
      { filter: /^[^./]/ },
      ({ path, with: attributes }) => attributes.type === "bytes" ? { path, namespace: BYTES } : undefined,
    );
    onLoad({ filter: /./, namespace: BYTES }, ({ path }) => ({
      contents: `import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
export default new Uint8Array(readFileSync(createRequire(import.meta.url).resolve(${
        JSON.stringify(path)
      })));`,
      loader: "js",
    }));
  },
};
