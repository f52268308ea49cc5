import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ioReason, removeAbandoned, writeFileAtomically } from "@graphon-limit/data";
import { InvalidArgumentError, printable } from "@graphon-limit/runtime";
import type { Json } from "./json.ts";
import { faultOf, type Made, recordOf, type Store, type TaskRecord } from "./store.ts";
import { type Task, taskDigest } from "./task.ts";

const NO_FILE = "expected a file";

/**
 * Times that a record is written before it is said why it cannot be. Where locks do not reach other machines, as on some network
 * file systems, a run that begins elsewhere takes what is just being written for a killed run's, and removes it.
 */
const ATTEMPTS = 3;

/** Larger files are no records; the largest result, a network's graphons, has a few megabytes. */
const LARGEST_BYTES = 2 ** 28;

/**
 * Finished tasks in a folder, each a file named by the task's digest. A file is written whole or not at all, so a killed run
 * leaves only tasks that are done; those of any earlier run are found again, whatever else that run computed. A file that is not the
 * record it should be (damaged, another task's, not readable) counts as none, is said to, and is replaced; what is no file at all
 * stays, and its task is computed each time. What killed runs left
 * half written is removed when the first task is asked for.
 */
export class FolderStore implements Store {
  #tidied = false;

  /**
   * @param folder where the files are; made when the first one is written
   * @param onFault told of each file that is not what it should be
   */
  constructor(readonly folder: string, readonly onFault: (line: string) => void = () => {}) {}

  async find<R extends Json>(task: Task<R>): Promise<TaskRecord<R> | undefined> {
    await this.#tidy();
    const path = this.#path(await taskDigest(task));
    const found = await readRecord(path);
    if (found === undefined) return undefined;
    const fault = typeof found === "string" ? found : await faultOf(found.record, task);
    if (fault === undefined) return (found as { record: unknown }).record as TaskRecord<R>;
    const kept = fault === NO_FILE ? ", and not kept" : "";
    this.onFault(printable(`${path}: ${fault}; it is computed again${kept}`));
    return undefined;
  }

  async add<R extends Json>(task: Task<R>, result: R, made: Made): Promise<TaskRecord<R>> {
    const record = await recordOf(task, result, made), path = this.#path(await taskDigest(task));
    // What is no file is not ours to remove; nothing but this task's being found again depends on it.
    const found = await statOf(path);
    if (!found || found.isFile()) writePatiently(path, textOf(record));
    return record;
  }

  /**
   * The digests of tasks that have a file here. It is read by whoever finds the task, and may turn out not to be the record it should
   * be; but a look at the folder is all that this takes, be there a hundred thousand.
   */
  async digests(): Promise<Set<string>> {
    const found = new Set<string>();
    for (const group of await namesIn(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(group)) continue;
      for (const name of await namesIn(join(this.folder, group))) {
        if (/^[0-9a-f]{64}\.json$/.test(name)) found.add(name.slice(0, -".json".length));
      }
    }
    return found;
  }

  async #tidy(): Promise<void> {
    if (this.#tidied) return;
    this.#tidied = true;
    try {
      for (const name of await readdir(this.folder)) {
        if (/^[0-9a-f]{2}$/.test(name)) removeAbandoned(join(this.folder, name));
      }
    } catch {
      // There is none yet; or it cannot be looked into, which finding the first task says.
    }
  }

  #path(digest: string): string {
    return join(this.folder, digest.slice(0, 2), `${digest}.json`);
  }
}

function writePatiently(path: string, text: string): void {
  for (let attempt = 1;; attempt++) {
    try {
      return writeFileAtomically(path, text);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** What is in a folder; nothing where there is none. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    const found = hasCode(error, "ENOTDIR") ? "a file" : ioReason(error);
    throw new InvalidArgumentError(`${folder}: expected a folder of finished tasks but found ${found}`);
  }
}

/** The text of a record, one line. */
function textOf(record: unknown): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * What a file holds, why it cannot hold a record, or undefined where there is none. Nothing but a regular file is opened, and
 * nothing but the text that was written is a record: JSON has names twice, −0 and infinities that its checksum would not tell.
 */
async function readRecord(path: string): Promise<{ record: unknown } | string | undefined> {
  const found = await statOf(path);
  if (!found) return undefined;
  if (!found.isFile()) return NO_FILE;
  if (found.size > LARGEST_BYTES) return `expected at most ${LARGEST_BYTES} bytes but found ${found.size}`;
  try {
    const text = await readFile(path, "utf8"), record: unknown = JSON.parse(text);
    return textOf(record) === text ? { record } : "it is not as it was written";
  } catch (error) {
    if (error instanceof RangeError) return "it is nested too deep";
    return error instanceof SyntaxError ? "it is no JSON" : `it cannot be read: ${ioReason(error)}`;
  }
}

/**
 * What stands at a path; undefined where there is nothing.
 *
 * @throws {InvalidArgumentError} where that cannot be told, as in a folder that is none or is not to be looked into: there is no
 * store then, and nothing could be kept
 */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    const found = hasCode(error, "ENOTDIR") ? "a file where a folder was to be" : ioReason(error);
    throw new InvalidArgumentError(`${path}: expected a finished task, or none, but found ${found}`);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
