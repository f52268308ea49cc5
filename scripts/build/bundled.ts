import { join, relative } from "node:path";
import { filesUnder } from "./stage.ts";
import type { Member } from "./tarball.ts";

/** A package that another one imports: where to look for it, and the folders of a tarball where the other looks, its own first. */
interface Wanted {
  readonly name: string;
  readonly folders: readonly string[];
  readonly places: readonly string[];
}

/**
 * The packages that a package imports, and those that they import, as files of its own `node_modules/`: npm calls them bundled, and
 * then asks no registry for any. So one tarball is the whole program. A package of which there is another version already is put
 * into the `node_modules/` of the one that imports it.
 *
 * @param folders where to look for packages, each with them by their names
 * @throws Error where one is not there
 */
export async function bundledMembers(
  names: readonly string[],
  folders: readonly string[],
): Promise<Member[]> {
  const top = "package/node_modules", members: Member[] = [], taken = new Map<string, string>();
  // In the order of their depth: what a package finds above itself is there before it looks.
  const waiting: Wanted[] = names.map((name) => ({ name, folders, places: [top] }));
  for (const { name, folders, places } of waiting) {
    const folder = await findPackage(name, folders);
    const { version, dependencies = {} } = JSON.parse(
      await Deno.readTextFile(join(folder, "package.json")),
    ) as { version: string; dependencies?: Record<string, string> };
    const found = places.map((place) => taken.get(`${place}/${name}`)).find((other) => other !== undefined);
    if (found === version) continue;
    const place = `${found === undefined ? top : places[0]}/${name}`;
    taken.set(place, version);
    members.push(...await membersOf(folder, place));
    // Deno's `node_modules/` has what a package imports beside it.
    const beside = folder.slice(0, folder.lastIndexOf("node_modules") + "node_modules".length);
    const above = found === undefined ? [top] : places;
    for (const inner of Object.keys(dependencies)) {
      waiting.push({
        name: inner,
        folders: [beside, ...folders],
        places: [`${place}/node_modules`, ...above],
      });
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
