import { GraphonLimitError } from "@graphon-limit/runtime";
import type { FileSystem } from "./file_system.ts";
import { hostFiles } from "./host_files.ts";
import { argumentFault, fileFault } from "../messages/faults.ts";
import { cannotWrite, ioReason } from "./io_error.ts";
import { createTemporary, removeAbandoned } from "./temporary.ts";

/** The file that a path stands for. */
export interface Target {
  /** Where it is, or is to be: at the end of the links. */
  readonly path: string;
  /** Who may read and write the file that is there; undefined where there is none, or that may not be asked. */
  readonly mode: number | undefined;
}

/** Links that are followed one after another, as Linux does. */
const MOST_LINKS = 40;

/**
 * The file that writing to a path should replace. A link is followed, also one that leads to nothing yet, since replacing the link
 * itself would surprise; what is no regular file (a folder, a device, a pipe) is refused, since a rename would
 * remove it. Where reading is not permitted none of that can be asked, and the path is taken as it is.
 *
 * @throws the host's errors, and `cannotWrite`
 */
export function targetOf(files: FileSystem, path: string): Target {
  if (path === "") throw argumentFault("a path to write to", '""');
  try {
    const kind = files.kindOf(path);
    if (kind === "folder") throw cannotWrite(path, "a directory");
    if (kind === "other") throw cannotWrite(path, "what is no regular file");
    return { path: files.realPath(path), mode: files.modeOf(path) };
  } catch (error) {
    if (files.isRefusal(error)) return { path, mode: undefined };
    if (files.isAbsence(error)) return { path: endOfLinks(files, path), mode: undefined };
    throw error;
  }
}

/** Where the links from a path on lead, at which there is nothing. */
function endOfLinks(files: FileSystem, path: string): string {
  let end = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const next = linkAt(files, end);
    if (next === undefined) return end;
    end = files.path.isAbsolute(next) ? next : files.path.join(realFolder(files, end), next);
  }
  throw cannotWrite(path, "links that lead in a circle");
}

/** The folder that a path is in, to which `..` after it refers; as it is called where there is none. */
function realFolder(files: FileSystem, path: string): string {
  const folder = files.path.dirname(path);
  try {
    return files.realPath(folder);
  } catch (error) {
    if (files.isAbsence(error)) return folder;
    throw error;
  }
}

function linkAt(files: FileSystem, path: string): string | undefined {
  try {
    return files.linkAt(path);
  } catch (error) {
    if (files.isAbsence(error)) return undefined;
    throw error;
  }
}

/**
 * Throws unless a file can be written to a path, by creating one beside it and removing that again: for who wants to know before
 * the work that fills it. What killed runs left beside it is removed.
 *
 * @throws InvalidArgumentError naming the path and why it cannot be written
 * @throws NoFileSystemError in a browser
 */
export function assertWritable(path: string): void {
  const files = hostFiles();
  try {
    tryFolder(files, files.path.dirname(targetOf(files, path).path));
  } catch (error) {
    throw error instanceof GraphonLimitError ? error : cannotWrite(path, error);
  }
}

/** {@linkcode assertWritable} for files in a folder, which is made if there is none. */
export function assertWritableFolder(path: string): void {
  const files = hostFiles();
  if (path === "") throw argumentFault("a path of a folder to write into", '""');
  try {
    tryFolder(files, path);
  } catch (error) {
    const found = files.isPresence(error) ? "a file" : ioReason(error);
    throw fileFault(path, "a folder to write into", found);
  }
}

function tryFolder(files: FileSystem, folder: string): void {
  files.makeFolder(folder);
  removeAbandoned(folder);
  createTemporary(files, folder).discard();
}
