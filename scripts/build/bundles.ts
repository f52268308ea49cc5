import { join, resolve } from "node:path";
import * as esbuild from "esbuild";
import { BROWSER_FOLDERS, EMBEDDED, type Package } from "./project.ts";

/** esbuild's namespace of files in other packages. */
const BYTES = "package-bytes";

/** What all bundles are made with. */
export const SHARED: esbuild.BuildOptions = {
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

/** What a package's bundles hold of others: modules and files that they import, and folders of the packages that went into them. */
export interface Bundled {
  readonly imported: readonly string[];
  readonly embedded: readonly string[];
}

/**
 * Bundles one package into `index.js` and a file for each of its other entries and its program, what is loaded lazily into files beside
 * them; what it imports from other packages stays an import, but for those that are embedded.
 */
export async function bundlePackage(
  { folder, entries, program }: Package,
  stage: string,
  target: string,
): Promise<Bundled> {
  const sources = [
    ...entries.map(({ source, bundle }) => [bundle, source]),
    ...(program === undefined ? [] : [[program, program]]),
  ];
  const { metafile } = await esbuild.build({
    ...SHARED,
    sourcemap: false,
    entryPoints: Object.fromEntries(
      sources.map(([bundle, source]) => [bundle, join(stage, "packages", folder, `${source}.ts`)]),
    ),
    outdir: target,
    // What is embedded is to run in browsers too. Modules of Node's are imports all the same.
    platform: "browser",
    splitting: true,
    chunkNames: "[name]-[hash]",
    plugins: [bytesFromPackages, externalPackages],
    absWorkingDir: stage,
  });
  const { inputs, outputs } = metafile!;
  await minifyEmbedded(outputs, stage);
  const modules = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external))
    .map(({ path }) => path);
  const files = Object.keys(inputs).filter((input) => input.startsWith(`${BYTES}:`));
  const imported = [...modules, ...files.map((input) => input.slice(BYTES.length + 1))];
  return { imported: [...new Set(imported)], embedded: foldersOf(inputs, stage) };
}

/** Makes files that hold nothing but embedded packages small: what is read there is read by nobody. */
async function minifyEmbedded(outputs: esbuild.Metafile["outputs"], stage: string): Promise<void> {
  for (const [path, { inputs }] of Object.entries(outputs)) {
    const sources = Object.keys(inputs);
    if (sources.length === 0 || !sources.every((source) => source.includes("node_modules/"))) continue;
    const file = join(stage, path), text = await Deno.readTextFile(file);
    const { code } = await esbuild.transform(text, { minify: true, format: "esm", target: "es2022" });
    await Deno.writeTextFile(file, code);
  }
}

/** Packages that are no part of the project but for {@linkcode EMBEDDED}, and what those import. */
const externalPackages: esbuild.Plugin = {
  name: "external-packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      if (kind === "entry-point" || importer.includes("/node_modules/.deno/")) return undefined;
      if (EMBEDDED.some((name) => path === name || path.startsWith(`${name}/`))) return undefined;
      return { path, external: true };
    });
  },
};

/** The folders of npm packages among files, but for the project's own. */
export function foldersOf(inputs: Readonly<Record<string, unknown>>, stage: string): string[] {
  const folders = Object.keys(inputs).map((path) =>
    /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? ""
  );
  return [...new Set(folders)].filter((folder) => folder !== "" && !folder.includes("/@graphon-limit/"))
    .map((folder) => join(stage, folder)).sort();
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
  return foldersOf(metafile!.inputs, stage);
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
if (!import.meta.url.startsWith("file:")) {
  const error = new Error("Cannot find module '${path}' from a module that is no file");
  throw Object.assign(error, { code: "MODULE_NOT_FOUND" });
}
export default new Uint8Array(readFileSync(createRequire(import.meta.url).resolve(${
        JSON.stringify(path)
      })));`,
      loader: "js",
    }));
  },
};
