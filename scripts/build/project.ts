/** A package as npm is to have it. */
export interface Package {
  /** `runtime`: its folder under `packages/`. */
  readonly folder: string;
  /** `@graphon-limit/runtime`; of the command line, which npm runs by its name, `graphon-limit`. */
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The modules that others may import, the package's own first. */
  readonly entries: readonly Entry[];
  /** What it is in a sentence, the first of its module's comment. */
  readonly summary: string;
  /** The program it brings, by its file in the folder, without the ending; none for most. */
  readonly program: string | undefined;
}

/** A module that others may import. */
export interface Entry {
  /** What stands after the package's name: `.` for nothing, `./cases`. */
  readonly subpath: string;
  /** Its file in the package's folder, without the ending: `mod`, `cases/mod`. */
  readonly source: string;
  /** The name of its bundle: `index`, `cases`. */
  readonly bundle: string;
}

/** What the build reads of the repository. */
export interface Project {
  /** In an order in which each comes after those it imports. */
  readonly packages: readonly Package[];
  /** Dependencies by the name modules import, with the npm package, its version and the module in it. */
  readonly dependencies: ReadonlyMap<string, NpmModule>;
}

/** A module of an npm package at an exact version. */
export interface NpmModule {
  readonly name: string;
  readonly version: string;
  /** The path of the module in the package, with its slash; empty for the package's own entry. */
  readonly path: string;
}

/** Packages from the ground up; each may import those before it. */
const FOLDERS = [
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
];

/** The package that is a program, with its name in npm and the file that npm runs. */
const PROGRAM = { folder: "cli", name: "graphon-limit", source: "bin" };

/**
 * Packages whose code goes into the bundles of those that import them, into files of their own that are loaded when they are wanted: Vega
 * is some sixty packages and 25 MB to install, of which a megabyte is used, by figures alone.
 */
export const EMBEDDED: readonly string[] = ["vega", "vega-lite"];

/** Packages that are not installed unless the user wants what they do: raster images. */
export const OPTIONAL: readonly string[] = ["@resvg/resvg-wasm", "@expo-google-fonts/inter"];

/** The packages that import Dawn where the user has installed it: they name it, at the version that the task `cli:dawn` installs. */
export const DAWN_FOLDERS: readonly string[] = ["runtime", "cli"];

/** The npm package that is Dawn, with its version. */
export function dawnPackage(): Record<string, string> {
  return (readJson("dawn/package.json") as { dependencies: Record<string, string> }).dependencies;
}

/** Packages that browsers can use: what renders files is left out. */
export const BROWSER_FOLDERS = FOLDERS.filter((folder) => !["figures", "study", "cli"].includes(folder));

/** Reads the packages and the import map of the repository in the working folder. */
export function readProject(): Project {
  const { imports } = readJson("deno.json") as { imports: Record<string, string> };
  const dependencies = Object.entries(imports).map(([name, specifier]) =>
    [name, npmModule(specifier)] as const
  );
  return { packages: FOLDERS.map(readPackage), dependencies: new Map(dependencies) };
}

/** How specifiers of npm packages begin. */
export const NPM = "npm:";

/** Takes `npm:name@1.2.3/module.js` apart. */
export function npmModule(specifier: string): NpmModule {
  const rest = specifier.startsWith(NPM) ? specifier.slice(NPM.length) : "";
  const [, name, version, path = ""] = /^\/?((?:@[^/@]+\/)?[^/@]+)@(\d+\.\d+\.\d+[^/]*)(\/.*)?$/.exec(rest) ??
    [];
  if (name === undefined) throw new Error(`Expected ${NPM}name@version but found ${specifier}`);
  return { name, version, path };
}

function readPackage(folder: string): Package {
  const { name, version, license, exports } = readJson(`packages/${folder}/deno.json`) as
    & Pick<Package, "name" | "version" | "license">
    & { exports: string | Record<string, string> };
  const modules = typeof exports === "string" ? { ".": exports } : exports;
  const entries = Object.entries(modules).map(([subpath, path]) => ({
    subpath,
    source: path.replace(/^\.\/|\.ts$/g, ""),
    bundle: subpath === "." ? "index" : subpath.slice(2),
  }));
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(Deno.readTextFileSync(`packages/${folder}/mod.ts`))?.[1] ?? "";
  const text = comment.replaceAll(/^\s*\* ?/gm, "").replace(/@module[\s\S]*/, "").trim().replaceAll(
    /\s+/g,
    " ",
  );
  const program = folder === PROGRAM.folder ? PROGRAM.source : undefined;
  return {
    ...{ folder, version, license, entries, program },
    name: program === undefined ? name : PROGRAM.name,
    summary: /^.*?\.(?= |$)/.exec(text)?.[0] ?? text,
  };
}

function readJson(path: string): unknown {
  return JSON.parse(Deno.readTextFileSync(path));
}
