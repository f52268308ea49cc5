import type { FileSystem, OpenFile, PathFunctions } from "./file_system.ts";

/** What this takes of a browser's `Blob` or `File`, declared so that the package's types need no browser. */
export interface GivenFile {
  readonly size: number;
  slice(start: number, end: number): GivenFile;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What a browser's worker reads files by. */
type SyncReader = new () => { readAsArrayBuffer(file: GivenFile): ArrayBuffer };

let given: ReadonlyMap<string, GivenFile> | undefined;

/**
 * In a worker of a browser, which has no files of its own: those that its page was given, dropped on it or chosen, take the place
 * of the host's, so that everything that reads files by their paths reads these; a piece at a time, as it is asked for. They are in
 * the folder `.`, and take the place of those given before. Nothing can be written.
 *
 * @param files by their paths, such as `masks.npz` or `MNIST/raw/t10k-images-idx3-ubyte.gz`
 */
export function giveFiles(files: Iterable<readonly [path: string, content: GivenFile]>): void {
  given = new Map([...files].map(([path, content]) => [posix.join(path), content]));
}

/** The files that were given; undefined where none were, or where they cannot be read piece by piece: outside workers. */
export function givenFiles(): FileSystem | undefined {
  const Reader = (globalThis as { FileReaderSync?: SyncReader }).FileReaderSync, files = given;
  if (files === undefined || Reader === undefined) return undefined;
  const find = (path: string) => files.get(posix.join(path));
  const found = (path: string) => find(path) ?? refuse(new Absence(path));
  const within = (path: string) => {
    const folder = posix.join(path);
    if (folder === ".") return [...files.keys()];
    return [...files.keys()].filter((name) => name.startsWith(`${folder}/`)).map((name) =>
      name.slice(folder.length + 1)
    );
  };
  return {
    path: posix,
    processId: 0,
    platform: "browser",
    environment: () => undefined,
    readFile: async (path) => new Uint8Array(await found(path).arrayBuffer()),
    openToRead: (path) => openGiven(found(path), Reader),
    kindOf: (path) => {
      if (find(path)) return "file";
      return within(path).length > 0 ? "folder" : refuse(new Absence(path));
    },
    modeOf: () => undefined,
    linkAt: () => undefined,
    list: (path) => {
      const names = [...new Set(within(path).map((name) => name.split("/")[0]))];
      return names.length > 0 ? names : refuse(new Absence(path));
    },
    realPath: (path) => posix.join(path),
    locks: false,
    isAbsence: (error) => error instanceof Absence,
    isPresence: () => false,
    isRefusal: () => false,
    createNew: readOnly,
    makeFolder: readOnly,
    rename: readOnly,
    remove: readOnly,
    setMode: readOnly,
    removeUnlocked: readOnly,
  };
}

/** There is no file of that name. */
class Absence extends Error {
  constructor(path: string) {
    super(`no file ${path} among those that were given`);
  }
}

function refuse(error: Error): never {
  throw error;
}

function readOnly(): never {
  throw new Error("files that were given to a page, which can only be read");
}

function openGiven(file: GivenFile, Reader: SyncReader): OpenFile {
  return {
    size: file.size,
    isFolder: false,
    readAt(offset, into) {
      const piece = file.slice(offset, Math.min(file.size, offset + into.length));
      const bytes = new Uint8Array(new Reader().readAsArrayBuffer(piece));
      into.set(bytes);
      return bytes.length;
    },
    writeAt: readOnly,
    lock: () => true,
    close: () => {},
  };
}

/** Paths as Unix has them, relative ones from the folder `.`. */
const posix: PathFunctions = {
  join(...parts) {
    const names: string[] = [];
    for (const name of parts.join("/").split("/")) {
      if (name === ".." && names.length > 0 && names.at(-1) !== "..") names.pop();
      else if (name !== "" && name !== ".") names.push(name);
    }
    return names.join("/") || ".";
  },
  dirname: (path) => posix.join(path, ".."),
  basename: (path) => path.slice(path.lastIndexOf("/") + 1),
  isAbsolute: (path) => path.startsWith("/"),
};
