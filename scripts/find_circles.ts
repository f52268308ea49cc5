/**
 * Finds files that import each other in a circle: none of them can be read, tested or moved without all the others.
 *
 * @module
 */
import { posix } from "node:path";
import { findImports } from "./find_imports.ts";

/** Files that are allowed to import each other, since neither is anything without the other. */
const PAIRS: readonly (readonly [string, string])[] = [
  // A matrix knows the device it is on, and a device makes matrices.
  ["packages/runtime/device.ts", "packages/runtime/matrix.ts"],
];

/**
 * The circles of a tree, one of each group of files that can be reached from one another: the shortest through the first of
 * them by name. Imports of types count. A permitted pair is none, unless others are in its group.
 *
 * @param files texts by path, relative to the repository's root
 */
export function findCircles(files: ReadonlyMap<string, string>): string[][] {
  const imports = new Map([...files].map(([path, source]) => [path, importedFiles(path, source, files)]));
  const reached = new Map([...files.keys()].map((path) => [path, reachableFrom(path, imports)]));
  const circles: string[][] = [], seen = new Set<string>();
  for (const path of [...files.keys()].sort()) {
    if (seen.has(path) || !reached.get(path)!.has(path)) continue;
    const group = [...reached.get(path)!].filter((other) => reached.get(other)!.has(path)).sort();
    for (const member of group) seen.add(member);
    const pair = PAIRS.find((pair) => pair.every((member) => group.includes(member)));
    const others = group.filter((member) => !pair?.includes(member));
    if (others.length > 0) circles.push(shortestCircle(others[0], imports));
  }
  return circles;
}

/** The files of the tree that a file imports by relative path. */
function importedFiles(path: string, source: string, files: ReadonlyMap<string, string>): string[] {
  return findImports(source).flatMap(({ specifier }) => {
    if (!specifier?.startsWith(".")) return [];
    const target = posix.join(posix.dirname(path), specifier);
    return files.has(target) ? [target] : [];
  });
}

/** All files that can be reached by imports from a file, itself only by a circle. */
function reachableFrom(path: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>(), waiting = [...imports.get(path)!];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    waiting.push(...imports.get(next)!);
  }
  return reached;
}

/** The fewest imports that lead from a file back to it. */
function shortestCircle(path: string, imports: ReadonlyMap<string, readonly string[]>): string[] {
  const waiting = [[path]], seen = new Set<string>();
  for (let way = waiting.shift(); way !== undefined; way = waiting.shift()) {
    for (const next of imports.get(way.at(-1)!)!) {
      if (next === path) return way;
      if (!seen.has(next)) waiting.push([...way, next]);
      seen.add(next);
    }
  }
  throw new Error(`Expected ${path} to be in a circle`);
}
