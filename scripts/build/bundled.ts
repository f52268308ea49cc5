import { join, relative } from "node:path";
import { filesUnder } from "./stage.ts";
import type { Member } from "./tarball.ts";

/**
 * The packages that a package imports, and those that they import, as files of its own `node_modules/`: npm calls them bundled, and
 * then asks no registry for any. So one tarball is the whole program.
 *
 * @param folders where to look for packages, each with them by their names
 * @throws Error where two packages need different versions of a third, or one is not there
 */
export async function bundledMembers(
  names: readonly string[],
  folders: readonly string[],
): Promise<Member[]> {
  const members: Member[] = [], taken = new Map<string, string>();
  const waiting = names.map((name) => ({ name, folders }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name } = next, folder = await findPackage(name, next.folders);
    const { version, dependencies = {} } = JSON.parse(
      await Deno.readTextFile(join(folder, "package.json")),
    ) as { version: string; dependencies?: Record<string, string> };
    const before = taken.get(name);
    if (before === version) continue;
    if (before !== undefined) {
      throw new Error(`Expected one version of ${name} but found ${before} and ${version}`);
    }
    taken.set(name, version);
    members.push(...await membersOf(folder, `package/node_modules/${name}`));
    // Deno's `node_modules/` has what a package imports beside it.
    const beside = folder.slice(0, folder.lastIndexOf("node_modules") + "node_modules".length);
    for (const inner of Object.keys(dependencies)) {
      waiting.push({ name: inner, folders: [...folders, beside] });
    }
  }
  return members;
}

async function findPackage(name: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) {
    try {
      return await Deno.realPath(join(folder, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`Expected ${name} in ${folders.join(" or ")}`);
}

/** The files of a folder as a tarball has them below `root`, in order. */
export async function membersOf(folder: string, root: string, program?: string): Promise<Member[]> {
  const paths: string[] = [];
  for await (const path of filesUnder(folder)) paths.push(path);
  return await Promise.all(
    paths.sort().map(async (path) => {
      const inPackage = relative(folder, path).replaceAll("\\", "/");
      return {
        path: `${root}/${inPackage}`,
        bytes: await Deno.readFile(path),
        executable: inPackage === program,
      };
    }),
  );
}
