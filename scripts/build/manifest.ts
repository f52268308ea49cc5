import { join } from "node:path";
import type { Package, Project } from "./project.ts";

/** Writes what makes a folder an npm package: `package.json`, `README.md` and the licence. */
export async function writeManifest(
  project: Project,
  own: Package,
  imported: readonly string[],
  target: string,
): Promise<void> {
  const manifest = {
    name: own.name,
    version: own.version,
    description: own.summary,
    license: own.license,
    type: "module",
    exports: Object.fromEntries(
      own.entries.map(({ subpath, source, bundle }) => [
        subpath,
        { types: `./types/${source}.d.ts`, default: `./${bundle}.js` },
      ]),
    ),
    types: "./types/mod.d.ts",
    sideEffects: false,
    engines: { node: ">=20.16" },
    dependencies: dependenciesOf(project, imported),
  };
  await Deno.mkdir(target, { recursive: true });
  await Deno.writeTextFile(join(target, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  await Deno.writeTextFile(join(target, "README.md"), `# ${own.name}\n\n${own.summary}\n`);
  await Deno.copyFile("LICENSE", join(target, "LICENSE"));
}

/** The packages of the modules imported, each at the one version it is tested with. */
function dependenciesOf(project: Project, imported: readonly string[]): Record<string, string> {
  const versions = new Map<string, string>();
  for (const { name, version } of [...project.packages, ...project.dependencies.values()]) {
    versions.set(name, version);
  }
  const found: Record<string, string> = {};
  for (const module of imported) {
    if (module.startsWith("node:")) continue;
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? module;
    const version = versions.get(name);
    if (version === undefined) throw new Error(`Expected deno.json to import ${name}, which the bundle does`);
    found[name] = version;
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => a < b ? -1 : 1));
}
