import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "@graphon-limit/data";

/** A task that failed: what it is, and the one line that says why. */
export interface Failure {
  readonly digest: string;
  readonly task: string;
  readonly line: string;
}

const NAME = /^([0-9a-f]{64})\.json$/;

/**
 * Tasks that failed, each a file named by the task's digest, which goes when the task is done. They are notes for the user: what is
 * to be done is decided by the results alone.
 */
export class Failures {
  constructor(readonly folder: string) {}

  /** Notes a failure, in place of the same task's earlier one. */
  add({ digest, task, line }: Failure): void {
    writeFileAtomically(join(this.folder, `${digest}.json`), JSON.stringify({ task, line }) + "\n");
  }

  /** Forgets a failure, if there was one. */
  async remove(digest: string): Promise<void> {
    await rm(join(this.folder, `${digest}.json`), { force: true });
  }

  /** Those of some tasks. A note that another worker is just removing, or that cannot be read, is left out. */
  async of(digests: ReadonlySet<string>): Promise<Failure[]> {
    const names = await readdir(this.folder).catch(() => [] as string[]), found: Failure[] = [];
    for (const name of names.sort()) {
      const digest = NAME.exec(name)?.[1];
      if (digest === undefined || !digests.has(digest)) continue;
      const text = await readFile(join(this.folder, name), "utf8").catch(() => undefined);
      const { task, line } = parsed(text) ?? {};
      if (task !== undefined && line !== undefined) found.push({ digest, task, line });
    }
    return found;
  }
}

function parsed(text: string | undefined): Partial<Failure> | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
