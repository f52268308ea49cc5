import { execFile } from "node:child_process";
import { GraphonLimitError, show } from "@graphon-limit/runtime";
import { codeOf } from "../host.ts";

/** A batch system's program is not there, or refused. */
export class BatchSystemError extends GraphonLimitError {
  override name = "BatchSystemError";
}

/** How many of some jobs there are in Slurm's queue. */
export interface Queued {
  readonly running: number;
  /** Not begun, or to be begun again. */
  readonly waiting: number;
}

/** A part of a submission that is one array of Slurm's: the shares after the first so many. */
export interface ArrayPart {
  readonly after: number;
  readonly count: number;
}

/** Splits shares into arrays that are no longer than the cluster takes. */
export function arrayParts(shards: number, longest: number): ArrayPart[] {
  return Array.from({ length: Math.ceil(shards / longest) }, (_, part) => ({
    after: part * longest,
    count: Math.min(longest, shards - part * longest),
  }));
}

/**
 * What sbatch is called with for one array.
 *
 * @param previous the array that is to end first, where no more than `atOnce` jobs may run
 */
export function sbatchArguments(
  script: string,
  { after, count }: ArrayPart,
  atOnce: number | undefined,
  previous: string | undefined,
): string[] {
  return [
    "--parsable",
    `--array=1-${count}${atOnce === undefined ? "" : `%${atOnce}`}`,
    ...(atOnce === undefined || previous === undefined ? [] : [`--dependency=afterany:${previous}`]),
    script,
    `${after}`,
  ];
}

/** Hands an array to Slurm. @returns the job's number */
export async function sbatch(args: readonly string[]): Promise<string> {
  const out = await run("sbatch", args);
  const [, job] = /^(\d+)(;\S+)?$/.exec(out.trim()) ?? [];
  if (job === undefined) {
    throw new BatchSystemError(`sbatch: expected a job's number but found ${show(out.trim())}`);
  }
  return job;
}

/** What Slurm has of jobs of some names. */
export async function queued(names: readonly string[]): Promise<Queued> {
  if (names.length === 0) return { running: 0, waiting: 0 };
  const out = await run("squeue", ["--noheader", "--array", `--name=${names.join()}`, "--format=%T"]);
  const states = out.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const running = states.filter((state) => state === "RUNNING" || state === "COMPLETING").length;
  return { running, waiting: states.length - running };
}

/** Runs one of Slurm's programs, with the user's environment, which jobs get, too. @returns what it prints */
async function run(program: string, args: readonly string[]): Promise<string> {
  try {
    return await new Promise<string>((resolve, reject) => {
      const end = (error: Error | null, stdout: string, stderr: string) =>
        error === null ? resolve(stdout) : reject(Object.assign(error, { stderr }));
      execFile(program, [...args], end).stdin?.end();
    });
  } catch (error) {
    throw new BatchSystemError(`${program}: ${reasonOf(error)}`);
  }
}

/** Why a program was not run, or what it said last. */
function reasonOf(error: unknown): string {
  const { name, message, stderr = "" } = error as Error & { readonly stderr?: string };
  if (codeOf(error) === "ENOENT") return "expected Slurm's program on the PATH but found none";
  if (name === "NotCapable") return "expected to be allowed to start Slurm's program but was not";
  return stderr.split("\n").find((line) => line.trim() !== "")?.trim() ?? message;
}
