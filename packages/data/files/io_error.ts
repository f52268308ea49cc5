import type { InvalidArgumentError } from "@graphon-limit/runtime";
import { fileFault } from "../messages/faults.ts";
import { hostFiles } from "./host_files.ts";

/** The reason a system call failed, in a few words: `permission denied`, `no such file or directory`, … */
export function ioReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return ioReason(error.cause);
  const firstLine = error.message.split("\n")[0];
  // Deno says `No such file or directory (os error 2)`, Node `ENOENT: no such file or directory, open '/a'`.
  const reason = /^(.*?) \(os error \d+\)/.exec(firstLine)?.[1] ??
    /^E[A-Z0-9]+: ([^,]+), /.exec(firstLine)?.[1] ??
    firstLine;
  if (reason === "") return error.name;
  // Deno opens a few devices and folders of the system for nobody who has not all permissions.
  if (/^requires all access/i.test(reason)) return "a path of the system, for which Deno wants --allow-all";
  // `expected a file … but found not a directory` would puzzle: what is meant is the path above.
  if (/^not a directory/i.test(reason)) return "a file where a folder was to be";
  return reason[0].toLowerCase() + reason.slice(1);
}

/** The error of a path that could not be read: `masks: expected a file to read but found no such file or directory`. */
export function cannotRead(path: string, error: unknown): InvalidArgumentError {
  return fileFault(path, "a file to read", ioReason(error));
}

/** The error of a path that could not be written: `masks: expected a file to write but found permission denied`. */
export function cannotWrite(path: string, error: unknown): InvalidArgumentError {
  return fileFault(path, "a file to write", ioReason(error));
}

/** Reads a whole file; undefined where there is none. @throws InvalidArgumentError where it cannot be read */
export async function readIfPresent(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const files = hostFiles();
  try {
    return await files.readFile(path);
  } catch (error) {
    if (files.isAbsence(error)) return undefined;
    throw cannotRead(path, error);
  }
}

/** Whether there is a file of that name; no, where it may not be asked. */
export function isFile(path: string): boolean {
  const files = hostFiles();
  try {
    return files.kindOf(path) === "file";
  } catch (error) {
    if (files.isAbsence(error) || files.isRefusal(error)) return false;
    throw cannotRead(path, error);
  }
}
