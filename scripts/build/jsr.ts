import { join, relative } from "node:path";
import type { Package, Project } from "./project.ts";
import { filesUnder } from "./stage.ts";

/**
 * Lays out the libraries as JSR takes them, as one workspace: the bundles, since JSR has neither shaders nor WebAssembly as modules, each
 * beside its declarations. The command line is npm's alone.
 */
export async function layOutForJsr({ packages }: Project, scope: string, target: string): Promise<void> {
  const libraries = packages.filter(({ program }) => program === undefined);
  for (const each of libraries) {
    const from = join(scope, each.folder), to = join(target, each.folder);
    const types = new Map(
      each.entries.map(({ source, bundle }) => [`${bundle}.js`, `./types/${source}.d.ts`]),
    );
    for await (const path of filesUnder(from)) {
      const name = relative(from, path).replaceAll("\\", "/");
      if (name === "package.json") continue;
      const file = join(to, name);
      await Deno.mkdir(join(file, ".."), { recursive: true });
      if (name.endsWith(".d.ts")) await Deno.writeTextFile(file, forJsr(await Deno.readTextFile(path)));
      else if (!types.has(name)) await Deno.copyFile(path, file);
      else {
        const code = await Deno.readTextFile(path);
        await Deno.writeTextFile(file, `/* @ts-self-types="${types.get(name)}" */\n${code}`);
      }
    }
    await Deno.writeTextFile(
      join(to, "jsr.json"),
      JSON.stringify(await configuration(each, from), null, 2) + "\n",
    );
  }
  const workspace = libraries.map(({ folder }) => `./${folder}`);
  await Deno.writeTextFile(join(target, "deno.json"), JSON.stringify({ workspace }, null, 2) + "\n");
}

/** What JSR is told of a package, from what npm is. */
async function configuration({ name, version, license, entries }: Package, folder: string): Promise<object> {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    await Deno.readTextFile(join(folder, "package.json")),
  ) as { dependencies?: Record<string, string>; peerDependencies?: Record<string, string> };
  return {
    ...{ name, version, license },
    exports: Object.fromEntries(entries.map(({ subpath, bundle }) => [subpath, `./${bundle}.js`])),
    imports: Object.fromEntries(
      Object.entries({ ...dependencies, ...peerDependencies }).map(([module, wanted]) => [
        module,
        `${module.startsWith("@graphon-limit/") ? "jsr" : "npm"}:${module}@${wanted}`,
      ]),
    ),
  };
}

/** Declarations as Deno reads them: it has WebGPU's interfaces and all libraries, and follows no import to a file of another name. */
function forJsr(text: string): string {
  return text
    .replaceAll(/^\/\/\/ <reference lib=.*\n/gm, "")
    .replace(/\ndeclare global \{\n(?: {4}interface \w+ \{\}\n)+\}\n/, "\n")
    .replaceAll(/(\bfrom |\bimport\(|\bimport )"(\.{1,2}\/[^"]+)\.js"/g, '$1"$2.d.ts"');
}
