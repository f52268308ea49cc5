import type { FileSystem, OpenFile, PathFunctions } from "./file_system.ts";

/** The part of Deno that is used here, declared so that the package's types need no Deno. */
interface DenoHost {
  readonly pid: number;
  readonly build: { readonly os: string };
  readonly env: { get(name: string): string | undefined };
  readonly errors: Readonly<Record<"NotFound" | "AlreadyExists" | "NotCapable", new () => Error>>;
  readonly SeekMode: { readonly Start: number };
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  openSync(path: string, options?: { write?: boolean; createNew?: boolean; mode?: number }): DenoFile;
  mkdirSync(path: string, options: { recursive: boolean }): void;
  renameSync(from: string, to: string): void;
  removeSync(path: string): void;
  statSync(
    path: string,
  ): { readonly isFile: boolean; readonly isDirectory: boolean; readonly mode: number | null };
  lstatSync(path: string): { readonly isSymlink: boolean };
  readLinkSync(path: string): string;
  chmodSync(path: string, mode: number): void;
  realPathSync(path: string): string;
  readDirSync(path: string): Iterable<{ readonly name: string }>;
}

interface DenoFile {
  statSync(): { readonly size: number; readonly isDirectory: boolean };
  seekSync(offset: number, whence: number): number;
  readSync(into: Uint8Array): number | null;
  writeSync(bytes: Uint8Array): number;
  tryLockSync(exclusive: boolean): boolean;
  close(): void;
}

/** Files as Deno has them; undefined elsewhere. */
export function denoFiles(): FileSystem | undefined {
  const { Deno: deno, process } = globalThis as {
    Deno?: DenoHost;
    process?: { getBuiltinModule(name: string): PathFunctions };
  };
  if (deno?.build === undefined || process === undefined) return undefined;
  const { NotFound, AlreadyExists, NotCapable } = deno.errors;
  return {
    path: process.getBuiltinModule("node:path"),
    processId: deno.pid,
    platform: deno.build.os,
    environment: (name) => readVariable(deno, name),
    readFile: (path) => deno.readFile(path),
    openToRead: (path) => {
      const file = deno.openSync(path);
      try {
        const { size, isDirectory } = file.statSync();
        return openFile(deno, file, size, isDirectory);
      } catch (error) {
        file.close();
        throw error;
      }
    },
    createNew: (path, mode) => {
      const options = { write: true, createNew: true, ...(mode === undefined ? {} : { mode }) };
      return openFile(deno, deno.openSync(path, options), 0, false);
    },
    makeFolder: (path) => deno.mkdirSync(path, { recursive: true }),
    rename: (from, to) => deno.renameSync(from, to),
    remove: (path) => deno.removeSync(path),
    kindOf: (path) => {
      const { isFile, isDirectory } = deno.statSync(path);
      return isDirectory ? "folder" : isFile ? "file" : "other";
    },
    modeOf: (path) => {
      const { mode } = deno.statSync(path);
      return mode === null || deno.build.os === "windows" ? undefined : mode & 0o7777;
    },
    setMode: (path, mode) => deno.chmodSync(path, mode),
    linkAt: (path) => deno.lstatSync(path).isSymlink ? deno.readLinkSync(path) : undefined,
    locks: true,
    removeUnlocked: (path) => removeUnlocked(deno, path),
    list: (path) => [...deno.readDirSync(path)].map(({ name }) => name),
    realPath: (path) => deno.realPathSync(path),
    isAbsence: (error) => error instanceof NotFound,
    isPresence: (error) => error instanceof AlreadyExists,
    isRefusal: (error) => error instanceof NotCapable,
  };
}

function openFile(deno: DenoHost, file: DenoFile, size: number, isFolder: boolean): OpenFile {
  let position = 0;
  const seek = (offset: number) => {
    if (offset !== position) file.seekSync(offset, deno.SeekMode.Start);
    position = offset;
  };
  return {
    size,
    isFolder,
    readAt(offset, into) {
      seek(offset);
      const count = file.readSync(into) ?? 0;
      position += count;
      return count;
    },
    writeAt(offset, bytes) {
      seek(offset);
      const count = file.writeSync(bytes);
      position += count;
      return count;
    },
    lock: () => {
      try {
        return file.tryLockSync(true);
      } catch {
        // The folder's file system has no locks.
        return true;
      }
    },
    close: () => file.close(),
  };
}

function removeUnlocked(deno: DenoHost, path: string): boolean {
  const file = deno.openSync(path, { write: true });
  try {
    if (!file.tryLockSync(true)) return false;
    // Under the lock: nobody else can hold it from here on and count on the file.
    deno.removeSync(path);
    return true;
  } finally {
    file.close();
  }
}

function readVariable(deno: DenoHost, name: string): string | undefined {
  try {
    return deno.env.get(name);
  } catch (error) {
    if (error instanceof deno.errors.NotCapable) return undefined;
    throw error;
  }
}
