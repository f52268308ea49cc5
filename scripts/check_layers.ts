/**
 * Checks that the picture in CONTRIBUTING.md is true: which room of `packages/` imports which, and that no files import each
 * other in a circle. Prints one line for each import that goes the wrong way and for each circle, and exits 1 if there is
 * one.
 *
 * @module
 */
import { posix } from "node:path";
import { findCircles } from "./find_circles.ts";
import { findImports } from "./find_imports.ts";

/** Rooms of the corridor from left to right; one may import those to its left. */
const CORRIDOR = [
  "data",
  "model",
  "pruners",
  "training",
  "graphon",
  "limit",
  "ntk",
  "figures",
  "study",
];

/** What people use, at the corridor's end, side by side: neither may import the other. */
const PROGRAMS = ["cli", "explorer"];

/** Rooms beside the corridor, which stand on the lower floor alone: files in and out, and pictures. */
const ANNEXES = ["data", "figures"];

/** The floors under the corridor, upper first. */
const FLOORS = ["ops", "runtime"];

/** What nothing under `packages/` may import: whatever is about the packages and not of them. */
const OUTSIDE = ["test", "bench", "scripts"];

/** Rooms that load modules the user names: pruners of the user's own, and the package that is Dawn. */
const LOADERS = ["runtime", "pruners", "cli"];

/** The rooms that a room may import, by name. */
export function permittedRooms(room: string): readonly string[] | undefined {
  const floor = FLOORS.indexOf(room);
  if (floor >= 0) return FLOORS.slice(floor + 1);
  if (ANNEXES.includes(room)) return ["runtime"];
  if (PROGRAMS.includes(room)) return [...CORRIDOR, ...FLOORS];
  const place = CORRIDOR.indexOf(room);
  if (place < 0) return undefined;
  return [...CORRIDOR.slice(0, place), ...FLOORS];
}

/**
 * The imports that break the rules, one line each, in the order of the files.
 *
 * @param files texts by path, relative to the repository's root (`packages/ops/degree.ts`)
 * @param entries what rooms offer beside their `mod.ts`, as it is imported: `@graphon-limit/ops/cases`
 */
export function checkLayers(
  files: ReadonlyMap<string, string>,
  entries: ReadonlySet<string> = new Set(),
): string[] {
  const violations: string[] = [];
  for (const [path, source] of files) {
    const room = path.split("/")[1];
    if (!permittedRooms(room)) {
      violations.push(
        `${path}: ${room} is no room; expected ${[...CORRIDOR, ...PROGRAMS, ...FLOORS].join(", ")}`,
      );
      continue;
    }
    for (const { specifier, line } of findImports(source)) {
      const complaint = specifier === undefined
        ? complainOfComputed(room)
        : complain(path, room, specifier, entries);
      if (complaint) violations.push(`${path}:${line}: ${complaint}`);
    }
  }
  return violations;
}

/** An import whose name is computed cannot be checked, so there is none but of what the user names. */
function complainOfComputed(room: string): string | undefined {
  return LOADERS.includes(room) ? undefined : `${room} imports a computed name, which cannot be checked`;
}

function complain(
  path: string,
  room: string,
  specifier: string,
  entries: ReadonlySet<string>,
): string | undefined {
  if (specifier.startsWith(".")) {
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    const [top, other] = target.split("/");
    if (OUTSIDE.includes(top)) return `${room} may not import ${top}/ (${specifier})`;
    if (top === "packages" && other !== room) {
      return `import ${other} as "@graphon-limit/${other}", not by the path ${specifier}`;
    }
    return undefined;
  }
  if (/^(?:file:|\/)/.test(specifier)) return `expected a relative path or a name but found ${specifier}`;
  const [, other, file] = specifier.match(/^@graphon-limit\/([^/]+)(?:\/(.+))?$/) ?? [];
  if (other === undefined) return undefined;
  if (file !== undefined && !entries.has(specifier)) {
    return `import "@graphon-limit/${other}", not its file ${file}`;
  }
  if (other === room) return `${room} imports its own files by relative path, not as ${specifier}`;
  const permitted = permittedRooms(room) ?? [];
  if (permitted.includes(other)) return undefined;
  return `${room} may not import ${other}, only ${permitted.join(", ") || "nothing"}`;
}

function describeCircle(circle: readonly string[]): string {
  return `${circle.join(" → ")} → ${circle[0]}: files import each other in a circle`;
}

/** The texts of all TypeScript modules under a folder, by path. */
async function readModules(folder: string, into = new Map<string, string>()): Promise<Map<string, string>> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await readModules(path, into);
    else if (/\.(?:ts|js|mjs)$/.test(name)) into.set(path, await Deno.readTextFile(path));
  }
  return into;
}

/** What the rooms' `deno.json` export beside their `mod.ts`. */
async function readEntries(folder: string): Promise<Set<string>> {
  const entries = new Set<string>();
  for await (const room of Deno.readDir(folder)) {
    const { name, exports } = JSON.parse(await Deno.readTextFile(`${folder}/${room.name}/deno.json`));
    if (typeof exports === "string") continue;
    for (const subpath in exports) if (subpath !== ".") entries.add(name + subpath.slice(1));
  }
  return entries;
}

if (import.meta.main) {
  const files = await readModules("packages");
  const violations = checkLayers(files, await readEntries("packages"));
  violations.push(...findCircles(files).map(describeCircle));
  for (const violation of violations) console.error(violation);
  if (violations.length > 0) Deno.exit(1);
  console.error(`Layers: ${files.size} modules import only to the left and below`);
}
