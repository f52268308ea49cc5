import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ioReason, writeFileAtomically } from "@graphon-limit/data";
import { InvalidArgumentError, printable } from "@graphon-limit/runtime";
import type { Json } from "./json.ts";
import { faultOf, type Made, recordOf, type Store, type TaskRecord } from "./store.ts";
import { type Task, taskDigest } from "./task.ts";

/** Larger files are no records; the largest result, a network's graphons, has a few megabytes. */
const LARGEST_BYTES = 2 ** 28;

/**
 * Finished tasks in a folder, each a file named by the task's digest. A file is written whole or not at all, so a killed run
 * leaves only tasks that are done; those of any earlier run are found again, whatever else that run computed. A file that is not the
 * record it should be (damaged, another task's, no file at all) counts as none, and is said to.
 */
export class FolderStore implements Store {
  /**
   * @param folder where the files are; made when the first one is written
   * @param onFault told of each file that is not what it should be
   */
  constructor(readonly folder: string, readonly onFault: (line: string) => void = () => {}) {}

  async find<R extends Json>(task: Task<R>): Promise<TaskRecord<R> | undefined> {
    const path = this.#path(await taskDigest(task));
    const found = await readRecord(path);
    if (found === undefined) return undefined;
    const fault = typeof found === "string" ? found : await faultOf(found.record, task);
    if (fault === undefined) return (found as { record: unknown }).record as TaskRecord<R>;
    this.onFault(printable(`${path}: ${fault}; it is computed again`));
    return undefined;
  }

  async add<R extends Json>(task: Task<R>, result: R, made: Made): Promise<TaskRecord<R>> {
    const record = await recordOf(task, result, made);
    writeFileAtomically(this.#path(await taskDigest(task)), textOf(record));
    return record;
  }

  #path(digest: string): string {
    return join(this.folder, digest.slice(0, 2), `${digest}.json`);
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
  try {
    const found = await stat(path);
    if (!found.isFile()) return "expected a file";
    if (found.size > LARGEST_BYTES) return `expected at most ${LARGEST_BYTES} bytes but found ${found.size}`;
    const text = await readFile(path, "utf8"), record: unknown = JSON.parse(text);
    return textOf(record) === text ? { record } : "it is not as it was written";
  } catch (error) {
    if (error instanceof SyntaxError) return "it is no JSON";
    if (error instanceof RangeError) return "it is nested too deep";
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new InvalidArgumentError(`${path}: expected a file to read but found ${ioReason(error)}`);
  }
}
