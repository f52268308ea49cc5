import { dirname, join } from "node:path";
import { NPM, type Project } from "./project.ts";

/** Where the sources are laid out; its `node_modules/` is kept between builds. */
export const STAGE = "out/build";

/** Types of what the sources import that is no TypeScript, and of packages that have none. */
const ASSETS = `declare module "*.wgsl" {
  const text: string;
  export default text;
}
declare module "*.wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
declare module "*.ttf" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
declare module "cli-progress" {
  export interface Bar {
    start(total: number, value: number, payload: object): void;
    update(value: number, payload: object): void;
    stop(): void;
  }
  const progress: { readonly SingleBar: new (options: object) => Bar };
  export default progress;
}
declare module "wgsl-preprocessor/wgsl-preprocessor.js" {
  export function wgsl(strings: TemplateStringsArray, ...values: unknown[]): string;
}
`;

/** Packages that only the compiler reads, beside those the sources import. */
const TYPES = ["@types/node", "@webgpu/types", "typescript"];

/**
 * Lays the sources out as an ordinary npm project, where esbuild and the TypeScript compiler find everything by their own
 * rules: `packages/`, `shaders/`, and `node_modules/` with the dependencies at the versions of `deno.json` and, for those
 * they bring, of `deno.lock`.
 */
export async function layOutProject(project: Project, stage: string): Promise<void> {
  await Deno.mkdir(stage, { recursive: true });
  for (const folder of ["packages", "shaders"]) {
    await removeIfThere(join(stage, folder));
  }
  const imported = new Set<string>();
  for await (const path of filesUnder("packages", "shaders")) {
    const target = join(stage, path);
    await Deno.mkdir(dirname(target), { recursive: true });
    if (path.endsWith(".ts")) {
      await Deno.writeTextFile(target, renameImports(await Deno.readTextFile(path), project, imported));
    } else if (!path.endsWith(".json")) {
      await Deno.copyFile(path, target);
    }
  }
  await Deno.writeTextFile(join(stage, "assets.d.ts"), ASSETS);
  await install(project, [...imported, ...TYPES], stage);
}

/** Writes module names as npm knows them: `wgsl-preprocessor` has no entry of its own, only a module. */
function renameImports(source: string, { dependencies }: Project, imported: Set<string>): string {
  return source.replaceAll(
    /(\bfrom\s+|\bimport\(\s*|^import\s+)(["'])([^"'.][^"']*)\2/gm,
    (whole, before: string, quote: string, specifier: string) => {
      const name = [...dependencies.keys()].find((key) =>
        specifier === key || specifier.startsWith(`${key}/`)
      );
      if (name === undefined) return whole;
      const module = dependencies.get(name)!;
      imported.add(name);
      return `${before}${quote}${module.name}${module.path}${specifier.slice(name.length)}${quote}`;
    },
  );
}

async function install({ dependencies }: Project, names: readonly string[], stage: string): Promise<void> {
  const imports = names.map((name) => {
    const module = dependencies.get(name);
    if (module === undefined) throw new Error(`Expected deno.json to import ${name}`);
    return [module.name, `${NPM}${module.name}@${module.version}`];
  });
  const configuration = { workspace: [], nodeModulesDir: "auto", imports: Object.fromEntries(imports) };
  await Deno.writeTextFile(join(stage, "deno.json"), JSON.stringify(configuration, null, 2) + "\n");
  await Deno.copyFile("deno.lock", join(stage, "deno.lock"));
  const { success, stderr } = await new Deno.Command("deno", {
    args: ["install", "--quiet"],
    cwd: stage,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`deno install failed: ${new TextDecoder().decode(stderr).trim()}`);
}

/** The files of folders, and of those in them. */
export async function* filesUnder(...folders: readonly string[]): AsyncGenerator<string> {
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) yield* filesUnder(path);
      else yield path;
    }
  }
}

/** Removes a folder and what is in it. */
export async function removeIfThere(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
