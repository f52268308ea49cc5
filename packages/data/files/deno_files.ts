import type { FileSystem, OpenFile, PathFunctions } from "./file_system.ts";

/** The part of Deno that is used here, declared so that the package's types need no Deno. */
interface DenoHost {
  readonly pid: number;
  readonly build: { readonly os: string };
  readonly env: { get(name: string): string | undefined };
  readonly errors: Readonly<Record<"NotFound" | "AlreadyExists" | "NotCapable", new () => Error>>;
  readonly SeekMode: { readonly Start: number };
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  openSync(path: string, options?: { write?: boolean; createNew?: boolean }): DenoFile;
  mkdirSync(path: string, options: { recursive: boolean }): void;
  renameSync(from: string, to: string): void;
  removeSync(path: string): void;
  statSync(path: string): { readonly isFile: boolean; readonly isDirectory: boolean };
  realPathSync(path: string): string;
  readDirSync(path: string): Iterable<{ readonly name: string }>;
}

interface DenoFile {
  statSync(): { readonly size: number; readonly isDirectory: boolean };
  seekSync(offset: number, whence: number): number;
  readSync(into: Uint8Array): number | null;
  writeSync(bytes: Uint8Array): number;
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
    createNew: (path) => openFile(deno, deno.openSync(path, { write: true, createNew: true }), 0, false),
    makeFolder: (path) => deno.mkdirSync(path, { recursive: true }),
    rename: (from, to) => deno.renameSync(from, to),
    remove: (path) => deno.removeSync(path),
    kindOf: (path) => {
      const { isFile, isDirectory } = deno.statSync(path);
      return isDirectory ? "folder" : isFile ? "file" : "other";
    },
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
    close: () => file.close(),
  };
}

function readVariable(deno: DenoHost, name: string): string | undefined {
  try {
    return deno.env.get(name);
  } catch (error) {
    if (error instanceof deno.errors.NotCapable) return undefined;
    throw error;
  }
}
