import { join } from "node:path";
import { DAWN_FOLDERS, dawnPackage, OPTIONAL, type Package, type Project } from "./project.ts";

/** Node that the packages are tested with and that has what they use; commander, of the command line, asks for a later one. */
const NODE = ">=20.16", NODE_OF_PROGRAM = ">=22.12";

/** Writes what makes a folder an npm package: `package.json`, `README.md` and the licence. */
export async function writeManifest(
  project: Project,
  own: Package,
  imported: readonly string[],
  target: string,
): Promise<void> {
  const dependencies = dependenciesOf(project, imported);
  const optional = Object.fromEntries(
    Object.entries(dependencies).filter(([name]) => OPTIONAL.includes(name)),
  );
  for (const name in optional) delete dependencies[name];
  if (DAWN_FOLDERS.includes(own.folder)) Object.assign(optional, dawnPackage());
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
    ...(own.program === undefined ? {} : { bin: { [own.name]: `${own.program}.js` } }),
    engines: { node: own.program === undefined ? NODE : NODE_OF_PROGRAM },
    dependencies,
    ...(own.program === undefined ? {} : { bundleDependencies: Object.keys(dependencies) }),
    ...(Object.keys(optional).length === 0 ? {} : {
      peerDependencies: optional,
      peerDependenciesMeta: Object.fromEntries(
        Object.keys(optional).map((name) => [name, { optional: true }]),
      ),
    }),
  };
  await Deno.mkdir(target, { recursive: true });
  await Deno.writeTextFile(join(target, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  await Deno.copyFile(`packages/${own.folder}/README.md`, join(target, "README.md"));
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
