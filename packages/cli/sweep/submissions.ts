import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "@graphon-limit/data";
import { PLACES } from "./open_sweep.ts";

/** What takes a sweep's tasks. */
export const ENGINES = ["slurm", "hyperqueue", "parallel", "files"] as const;
export type Engine = typeof ENGINES[number];

/** A submission as it is recorded: before the batch system is asked, and again with each job's number. */
export interface Submission {
  /** The name of its jobs, and of its folder. */
  readonly name: string;
  readonly engine: Engine;
  /** When it was made, in ISO 8601. */
  readonly made: string;
  /** SHA-256 of the plan that it was made of, and how many of its tasks were missing. */
  readonly plan: string;
  readonly tasks: number;
  readonly jobs: number;
  /** Slurm's arrays: the number of a job is null before there is one. */
  readonly arrays: readonly { readonly after: number; readonly count: number; readonly job: string | null }[];
}

const RECORD = "submission.json";

/** Makes the folder of a new submission of a plan, and its name. */
export async function newSubmission(store: string, plan: string): Promise<{ name: string; folder: string }> {
  const name = `sweep-${plan.slice(0, 8)}-${crypto.randomUUID().slice(0, 6)}`,
    folder = join(store, PLACES.jobs, name);
  await mkdir(join(folder, "logs"), { recursive: true });
  return { name, folder };
}

/** Records a submission, in place of what was recorded of it before. */
export function recordSubmission(store: string, submission: Submission): void {
  const path = join(store, PLACES.jobs, submission.name, RECORD);
  writeFileAtomically(path, JSON.stringify(submission, null, 2) + "\n");
}

/** The submissions of a store, the earliest first. What is no record is none. */
export async function submissionsOf(store: string): Promise<Submission[]> {
  const names = await readdir(join(store, PLACES.jobs)).catch(() => [] as string[]), found: Submission[] = [];
  for (const name of names) {
    try {
      const record = JSON.parse(await readFile(join(store, PLACES.jobs, name, RECORD), "utf8")) as Submission;
      if (record.name === name) found.push(record);
    } catch {
      // A folder of the user's, or a submission that did not come to anything.
      continue;
    }
  }
  return found.sort((a, b) => a.made < b.made ? -1 : 1);
}
