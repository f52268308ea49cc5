import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { commandOf, DEFAULT_FOLDERS, FILE_WORDS, pathFlagsOf, PROGRAMS } from "./path_flags.ts";
import { moduleAddress } from "./module_address.ts";

/** What a command line may do: paths to read and to write, programs to start, and whether it may reach the hosts of the data sets. */
export interface Grants {
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly run: readonly string[];
  readonly net: boolean;
}

/** What of the file system the launcher looks at. */
export interface Surroundings {
  /** Whether there is something at a path. */
  exists(path: string): boolean;
  /** Where a path leads, symbolic links followed; the path itself where there is nothing. */
  real(path: string): string;
  /** The symbolic links from a path on, one after another, and what the last one leads to, be it there or not. */
  links(path: string): readonly string[];
  /** The folder that downloads and measurements are kept in; undefined where there is none. */
  readonly cache: string | undefined;
}

/** Flags whose values may be modules of the user's own. */
const MODULE_FLAGS = ["--method", "--methods", "--network"];

/** A data set that needs no files. */
const GENERATED = "digits";

/**
 * What a command line needs: the files it names to be read, the folders of those it names to be written, the folders of the
 * user's modules, the cache, and the network where images may have to be downloaded. It says nothing of whether the line is right.
 */
export function grantsOf(args: readonly string[], surroundings: Surroundings): Grants {
  const { exists, real, links, cache } = surroundings, command = commandOf(args);
  const flags = pathFlagsOf(command), read = new Set<string>(), write = new Set<string>();
  const given = valuesOf(args);
  const reading = (path: string) => {
    read.add(resolve(path));
    read.add(real(resolve(path)));
  };
  const writing = (folder: string) => {
    // A folder that is not there is made, and those above it, and removed again where nothing comes of it.
    let made = resolve(folder);
    while (!exists(made) && !exists(dirname(made))) made = dirname(made);
    for (const path of [made, real(made)]) {
      read.add(path);
      write.add(path);
    }
  };
  // Writing through links begins with looking at each and where it is.
  const endOf = (path: string) => {
    const leading = links(resolve(path)), end = leading.at(-1)!;
    for (const link of leading.slice(0, -1)) read.add(dirname(link));
    return end;
  };
  for (const [flag, value] of given) {
    const { access, kind } = flags[flag] ?? {};
    // `name=path`, as some flags take it.
    for (const path of access ? [value, value.slice(value.indexOf("=") + 1)] : []) {
      if (access === "write") writing(kind === "folder" ? path : dirname(endOf(path)));
      // The index of a model in several files names those beside it.
      else reading(/\.index\.json$/.test(path) ? dirname(path) : path);
    }
    if (MODULE_FLAGS.includes(flag)) {
      for (const module of value.split(",").map((part) => moduleAddress(part.trim()))) {
        if (/^file:.*\.(ts|js|mjs)$/.test(module)) reading(dirname(fileURLToPath(module)));
      }
    }
  }
  if (FILE_WORDS.includes(command)) {
    for (const word of args.slice(command.split(" ").length)) {
      // The launcher does not know which flags take a value: what stands after one may be a file all the same.
      if (!word.startsWith("-")) reading(word);
    }
  }
  const folder = DEFAULT_FOLDERS[command];
  if (folder !== undefined && !given.some(([flag]) => flag === "--out")) writing(folder);
  if (cache !== undefined) writing(cache);
  const dataset = given.find(([flag]) => flag === "--dataset")?.[1];
  const local = given.some(([flag]) => flag === "--data-dir");
  return {
    read: [...read].map(withoutComma),
    write: [...write].map(withoutComma),
    run: PROGRAMS[command] ?? [],
    net: dataset !== undefined && dataset !== GENERATED && !local,
  };
}

/** `--flag value` and `--flag=value`. */
function valuesOf(args: readonly string[]): [flag: string, value: string][] {
  return args.flatMap((word, at): [string, string][] => {
    const [, flag, value] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    if (flag !== undefined) return [[flag, value]];
    return /^--[a-z-]+$/.test(word) && at + 1 < args.length ? [[word, args[at + 1]]] : [];
  });
}

/** Deno takes commas in a path for the ends of paths: the folder above, then. */
export function withoutComma(path: string): string {
  return path.includes(",") ? withoutComma(dirname(path)) : path;
}
