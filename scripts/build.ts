/**
 * Builds the packages for npm, JSR and browsers: `dist/<package>/` each with its bundle, declarations and `package.json`,
 * `dist/npm/` with their tarballs, `dist/jsr/` as a workspace to publish from, `dist/graphon-limit.browser.js` with all
 * that browsers can use, and `dist/explorer/`, the page that lets one see it, for any web server.
 *
 *     deno task build [--out FOLDER]
 *
 * @module
 */
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundledMembers, membersOf } from "./build/bundled.ts";
import { browserModule, bundleForBrowsers, bundlePackage, stopBundling } from "./build/bundles.ts";
import { bundleExplorer } from "./build/explorer.ts";
import { emitDeclarations } from "./build/declarations.ts";
import { layOutForJsr } from "./build/jsr.ts";
import { writeManifest } from "./build/manifest.ts";
import { type Project, readProject } from "./build/project.ts";
import { layOutProject, removeIfThere, STAGE } from "./build/stage.ts";
import { tarball } from "./build/tarball.ts";

/** Builds everything into `folder`, which is replaced. */
export async function build(folder: string): Promise<void> {
  const project = readProject(), stage = resolve(STAGE);
  await layOutProject(project, stage);
  const scope = join(stage, "node_modules/@graphon-limit");
  await removeIfThere(scope);
  try {
    for (const each of project.packages) {
      const target = join(scope, each.folder);
      const { imported, embedded } = await bundlePackage(each, stage, target);
      const declared = await emitDeclarations(each, stage, target);
      await writeManifest(project, each, [...imported, ...declared], target);
      if (embedded.length > 0) {
        await Deno.writeTextFile(join(target, "LICENSES.txt"), await licences(embedded));
      }
      console.error(`${each.name} ${each.version}`);
    }
    const bundled = await bundleForBrowsers(stage, join(scope, "graphon-limit.browser.js"));
    await Deno.writeTextFile(join(scope, "graphon-limit.browser.licenses.txt"), await licences(bundled));
    const explorer = join(scope, "explorer"), within = await bundleExplorer(stage, explorer);
    await Deno.writeTextFile(join(explorer, "licenses.txt"), await licences(within));
  } finally {
    await stopBundling();
  }
  await Deno.writeTextFile(join(scope, "graphon-limit.browser.d.ts"), browserModule());
  await packForNpm(project, stage, scope);
  await layOutForJsr(project, scope, join(scope, "jsr"));
  await removeIfThere(folder);
  await copyFolder(scope, folder);
}

/** Packs each package; the program with all that it imports. */
async function packForNpm({ packages }: Project, stage: string, scope: string): Promise<void> {
  await Deno.mkdir(join(scope, "npm"));
  for (const { folder, name, version, program } of packages) {
    const members = await membersOf(join(scope, folder), "package", program && `${program}.js`);
    if (program !== undefined) {
      const { bundleDependencies } = JSON.parse(await Deno.readTextFile(join(scope, folder, "package.json")));
      members.push(...await bundledMembers(bundleDependencies, [join(stage, "node_modules")]));
    }
    const file = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
    await Deno.writeFile(join(scope, "npm", file), tarball(members));
  }
}

/** The licences of packages whose code is in a bundle, which go where their code goes. */
async function licences(folders: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const folder of folders) {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    const file = entries.find(({ name }) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`Expected a licence in ${folder}`);
    texts.push(`${basename(folder)}\n\n${(await Deno.readTextFile(join(folder, file.name))).trim()}\n`);
  }
  return texts.join("\n");
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ args: Deno.args, options: { out: { type: "string", default: "dist" } } });
  await build(values.out);
}
