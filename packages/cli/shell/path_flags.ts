import type { Access } from "./flags.ts";

/** A flag whose value is a path, as the launcher needs to know it: it must not load the commands to find out. */
export interface PathFlag {
  readonly access: Access;
  readonly kind: "file" | "folder";
}

/** The flags of a command whose values are paths, by their names on the command line; a test holds it against the commands. */
export function pathFlagsOf(command: string): Readonly<Record<string, PathFlag | undefined>> {
  return { ...FLAGS, ...(OWN[command] ?? {}) };
}

const READ: PathFlag = { access: "read", kind: "file" },
  WRITTEN: PathFlag = { access: "write", kind: "file" };
const FOLDER: PathFlag = { access: "write", kind: "folder" },
  READ_FOLDER: PathFlag = { access: "read", kind: "folder" };

/** Those that mean the same in every command that has them. */
const FLAGS: Readonly<Record<string, PathFlag>> = {
  "--weights": READ,
  "--masks": READ,
  "--batch": READ,
  "--inputs": READ,
  "--graphons": READ,
  "--resume": READ,
  "--quota-from": READ,
  "--data-dir": READ_FOLDER,
  "--out": WRITTEN,
  "--save": WRITTEN,
  "--save-weights": WRITTEN,
  "--figure": WRITTEN,
};

/** Those that differ. */
const OWN: Readonly<Record<string, Readonly<Record<string, PathFlag | undefined>>>> = {
  compare: { "--out": FOLDER },
  converge: { "--out": FOLDER },
  demo: { "--out": FOLDER },
  distance: { "--reference": READ },
  // Its inputs are a number.
  limit: { "--inputs": undefined, "--second-moments": WRITTEN },
  ntk: { "--second-moments": READ },
  reproduce: { "--out": FOLDER },
  "sweep collect": { "--out": FOLDER, "--store": READ_FOLDER },
  "sweep plan": { "--grid": READ, "--store": READ_FOLDER },
  "sweep run": { "--store": FOLDER },
  "sweep status": { "--store": READ_FOLDER },
  "sweep submit": { "--store": FOLDER },
};

/** The commands whose words beside the flags are files to read. */
export const FILE_WORDS: readonly string[] = ["sweep collect", "sweep run", "sweep status", "sweep submit"];

/** The programs that a command may start, where it does. */
export const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  "sweep status": ["squeue"],
  "sweep submit": ["sbatch", "squeue"],
};

/** The command that a line gives: its first word, or two where the first names a group. */
export function commandOf([first = "", second = ""]: readonly string[]): string {
  return first === "sweep" ? `${first} ${second}` : first;
}

/** The folder that a command writes into where it is not told another. */
export const DEFAULT_FOLDERS: Readonly<Record<string, string>> = {
  demo: "out/demo",
  reproduce: "out/reproduce",
};
