import { basename, dirname, join, resolve, sep } from "node:path";
import { show } from "@graphon-limit/runtime";
import { linksFrom, readText, realPath } from "../host.ts";
import type { AnyCommand } from "./command.ts";
import { type Access, flagName, type ParsedLine } from "./flags.ts";
import { UsageError } from "./usage.ts";

/** A path that a command line names, and how messages call where it does. */
interface NamedPath {
  readonly flag: string;
  readonly path: string;
  readonly isFolder: boolean;
  /** The input whose file may be replaced by it. */
  readonly over?: string | undefined;
}

/** Flags whose values may be modules of the user's own. */
const MODULE_FLAGS: readonly string[] = ["method", "methods", "network"];
const MODULE = /\.(ts|js|mjs)$/;

/** What data sets' files are called, as no result is (packages/data/datasets). */
const IMAGE_FILE = /(idx\d-(ubyte|int)(\.gz)?|_batch(_\d)?\.bin|(mnist[^/]*|train|test)\.(csv|npz)(\.gz)?)$/;

/** What folders of results are given. */
const RESULT_FILE =
  /^(report\.(html|md)|(compare|convergence|table|[FR]\d+)\.json|[^.]+\.(csv|svg|png)|histograms\.npz)$/;

/**
 * Throws where a command would write over a file that it reads: a mistyped line must not cost anybody a network. Links are followed.
 *
 * @throws UsageError before anything is begun
 */
export function assertInputsStay(command: AnyCommand, line: ParsedLine): void {
  const inputs = pathsOf(command, line, "read");
  for (const output of pathsOf(command, line, "write")) {
    const input = inputs.find((each) => each.flag !== output.over && replaces(output, each));
    if (input === undefined) continue;
    throw new UsageError(
      `Expected ${output.flag} not to write over what ${input.flag} reads, ${show(input.path)}, but found ${
        show(output.path)
      }`,
    );
  }
}

/**
 * Throws where two results of a command would be one file, which would hold but the last. Links are followed, to what is not there yet,
 * too.
 *
 * @throws UsageError before anything is begun
 */
export function assertOutputsDiffer(command: AnyCommand, line: ParsedLine): void {
  const places = new Map<string, NamedPath>();
  for (const output of pathsOf(command, line, "write")) {
    if (output.isFolder) continue;
    const place = placeOf(output.path), other = places.get(place);
    if (other) {
      throw new UsageError(
        `Expected ${other.flag} and ${output.flag} to be different files but found ${show(other.path)} and ${
          show(output.path)
        }`,
      );
    }
    places.set(place, output);
  }
}

/** Where what is written to a path comes to lie. */
function placeOf(path: string): string {
  const end = linksFrom(resolve(path)).at(-1)!;
  return realPath(end) ?? join(realPath(dirname(end)) ?? dirname(end), basename(end));
}

function pathsOf({ flags, words }: AnyCommand, line: ParsedLine, access: Access): NamedPath[] {
  const flagged = Object.entries(flags).flatMap(([name, flag]) =>
    flag.access !== access ? [] : pathsIn(line.values[name]).map((path): NamedPath => ({
      ...{ flag: flagName(name), path, isFolder: flag.placeholder === "<folder>" },
      over: flag.over === undefined ? undefined : flagName(flag.over),
    }))
  );
  const modules = access === "write"
    ? []
    : MODULE_FLAGS.flatMap((name) =>
      pathsIn(line.values[name]).filter((value) => MODULE.test(value)).map((path) => ({
        ...{ flag: flagName(name), path, isFolder: false },
      }))
    );
  const given = words?.access !== access
    ? []
    : line.words.map((path) => ({ flag: words.placeholder, path, isFolder: false }));
  return [...flagged, ...modules, ...given];
}

/** The paths in a flag's value: one as it is, or several with names. */
function pathsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(pathsIn);
  return typeof value === "object" && value !== null && "path" in value ? pathsIn(value.path) : [];
}

/** Whether writing to one path replaces what is read at another. */
function replaces(output: NamedPath, input: NamedPath): boolean {
  const written = realPath(resolve(output.path));
  // Where there is nothing yet nothing is lost.
  if (written === undefined) return false;
  if (input.isFolder) {
    const folder = realPath(resolve(input.path));
    return !output.isFolder && folder !== undefined && written.startsWith(`${folder}${sep}`) &&
      IMAGE_FILE.test(written);
  }
  return filesAt(input.path).some((read) =>
    output.isFolder ? dirname(read) === written && RESULT_FILE.test(basename(read)) : read === written
  );
}

/** The files that are read at a path: itself and, where it is the index of a model in several, those beside it. */
function filesAt(path: string): string[] {
  const names = /\.index\.json$/.test(path) ? shardsOf(path) : [];
  return [path, ...names.map((name) => join(dirname(path), name))].flatMap((each) =>
    realPath(resolve(each)) ?? []
  );
}

/** What is wrong with an index is said by who reads it. */
function shardsOf(path: string): string[] {
  try {
    const index: { weight_map?: unknown } | null = JSON.parse(readText(path));
    return Object.values(Object(index?.weight_map)).filter((name) => typeof name === "string");
  } catch {
    return [];
  }
}
