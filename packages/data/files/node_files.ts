import type { FileSystem, OpenFile, PathFunctions } from "./file_system.ts";

/** The part of Node that is used here, declared so that the package's types need no Node. */
interface NodeProcess {
  readonly pid: number;
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  getBuiltinModule(name: "node:path"): PathFunctions;
  getBuiltinModule(name: "node:fs"): NodeFs;
}

interface NodeStats {
  readonly size: number;
  readonly mode: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

interface NodeFs {
  readonly promises: { readFile(path: string): Promise<Uint8Array<ArrayBuffer>> };
  openSync(path: string, flags: string, mode?: number): number;
  fstatSync(file: number): NodeStats;
  readSync(file: number, into: Uint8Array, start: number, length: number, position: number): number;
  writeSync(file: number, bytes: Uint8Array, start: number, length: number, position: number): number;
  closeSync(file: number): void;
  mkdirSync(path: string, options: { recursive: boolean }): unknown;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  statSync(path: string): NodeStats;
  lstatSync(path: string): NodeStats;
  readlinkSync(path: string): string;
  chmodSync(path: string, mode: number): void;
  realpathSync(path: string): string;
  readdirSync(path: string): string[];
}

/** Files as Node has them, from 20.16 and 22.3 on; undefined elsewhere. */
export function nodeFiles(): FileSystem | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  if (process?.getBuiltinModule === undefined) return undefined;
  const fs = process.getBuiltinModule("node:fs");
  const hasCode = (error: unknown, ...codes: string[]) =>
    error instanceof Error && "code" in error && codes.includes(String(error.code));
  return {
    path: process.getBuiltinModule("node:path"),
    processId: process.pid,
    platform: process.platform === "win32" ? "windows" : process.platform,
    environment: (name) => process.env[name],
    // A copy, for Node hands out a view of a buffer that other files share.
    readFile: async (path) => new Uint8Array(await fs.promises.readFile(path)),
    openToRead: (path) => {
      const file = fs.openSync(path, "r");
      const stats = fs.fstatSync(file);
      return openFile(fs, file, stats.size, stats.isDirectory());
    },
    createNew: (path, mode) => openFile(fs, fs.openSync(path, "wx", mode), 0, false),
    makeFolder: (path) => void fs.mkdirSync(path, { recursive: true }),
    rename: (from, to) => fs.renameSync(from, to),
    remove: (path) => fs.unlinkSync(path),
    kindOf: (path) => {
      const stats = fs.statSync(path);
      return stats.isDirectory() ? "folder" : stats.isFile() ? "file" : "other";
    },
    modeOf: (path) => process.platform === "win32" ? undefined : fs.statSync(path).mode & 0o7777,
    setMode: (path, mode) => fs.chmodSync(path, mode),
    linkAt: (path) => fs.lstatSync(path).isSymbolicLink() ? fs.readlinkSync(path) : undefined,
    // Node has none.
    locks: false,
    removeUnlocked: () => false,
    list: (path) => fs.readdirSync(path),
    realPath: (path) => fs.realpathSync(path),
    isAbsence: (error) => hasCode(error, "ENOENT"),
    isPresence: (error) => hasCode(error, "EEXIST"),
    isRefusal: (error) => hasCode(error, "ERR_ACCESS_DENIED"),
  };
}

function openFile(fs: NodeFs, file: number, size: number, isFolder: boolean): OpenFile {
  return {
    size,
    isFolder,
    readAt: (offset, into) => fs.readSync(file, into, 0, into.length, offset),
    writeAt: (offset, bytes) => fs.writeSync(file, bytes, 0, bytes.length, offset),
    lock: () => true,
    close: () => fs.closeSync(file),
  };
}
