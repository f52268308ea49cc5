import { PROGRAM } from "../host.ts";
import { quotedForShell } from "../shell/provenance.ts";

/** What a worker of a batch system is to do. */
export interface Work {
  /** The submission's name, and that of its jobs. */
  readonly name: string;
  /** The folder that the command line is started in. */
  readonly program: string;
  /** Absolute paths of the plan, the folder of the tasks done, and the folder for what workers say. */
  readonly plan: string;
  readonly store: string;
  readonly logs: string;
  /** Shares that the plan's tasks are done in. */
  readonly shards: number;
  /** Flags for each worker beside these, such as `--device`. */
  readonly flags: readonly string[];
}

/** What a Slurm job asks for. */
export interface SlurmOptions {
  readonly minutes: number;
  readonly partition?: string | undefined;
  readonly gpus?: string | undefined;
  readonly cpus?: number | undefined;
  /** `name=value` of further options of sbatch. */
  readonly more: readonly string[];
}

/** Seconds before the time limit at which the job is told, and that the task at hand then has. */
export const NOTICE_SECONDS = 120, GRACE_SECONDS = 90;

/** Times that a job is put into the queue again: one whose task never fits the time limit must end some day. */
const MOST_RESTARTS = 20;

/** What starts the command line: `deno`, or `npx`. */
const STARTER = PROGRAM.split(" ")[0];

/** The command line that does one share; `shard` is the shell's expression for its number. */
function workerLine({ plan, store, shards, flags }: Work, shard: string): string {
  const words = ["sweep", "run", plan, "--store", store, ...flags, "--grace", `${GRACE_SECONDS}`];
  return `${PROGRAM} ${words.map(quotedForShell).join(" ")} --shard ${shard}/${shards}`;
}

/** A batch script for `sbatch --array`. Its argument is the number of the share before the array's first. */
export function slurmScript(work: Work, { minutes, partition, gpus, cpus, more }: SlurmOptions): string {
  const options = [
    `job-name=${work.name}`,
    `output=${work.logs}/%A_%a.log`,
    "open-mode=append",
    `time=${minutes}`,
    "requeue",
    `signal=B:USR1@${NOTICE_SECONDS}`,
    ...(partition === undefined ? [] : [`partition=${partition}`]),
    ...(gpus === undefined ? [] : [`gpus=${gpus}`]),
    ...(cpus === undefined ? [] : [`cpus-per-task=${cpus}`]),
    ...more,
  ];
  return `#!/bin/bash
# A share of a sweep's tasks. Written by \`sweep submit\`, and yours to change: what is done is found again
# whatever does it. Array task i does share i, after as many as the script's argument says, of ${work.shards}.
${options.map((option) => `#SBATCH --${option}`).join("\n")}

cd ${quotedForShell(work.program)} || exit 1
command -v ${STARTER} >/dev/null || { echo "${STARTER} is not on the PATH of $(hostname)"; exit 127; }

${workerLine(work, '"$(( \${1:-0} + SLURM_ARRAY_TASK_ID ))"')} &
worker=$!

# Slurm sends USR1 ${NOTICE_SECONDS} seconds before the time limit, and TERM before it takes the node away. Either is handed
# on: the worker finishes the task at hand, within ${GRACE_SECONDS} seconds, and ends.
announced=
trap 'announced=USR1; kill -USR1 "$worker"' USR1
trap 'announced=TERM; kill -TERM "$worker"' TERM
while kill -0 "$worker" 2>/dev/null; do
  wait "$worker"
  status=$?
done

# The time was up before the share was done: the job goes on later. (What was taken away, Slurm requeues itself.)
if [[ $announced = USR1 && $status -eq 138 && \${SLURM_RESTART_COUNT:-0} -lt ${MOST_RESTARTS} ]]; then
  exec scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
fi
exit "$status"
`;
}

/** A job script for `hq submit`. */
export function hyperqueueScript(work: Work, { gpus, cpus }: Pick<SlurmOptions, "gpus" | "cpus">): string {
  const directives = [
    `--name=${work.name}`,
    `--array=1-${work.shards}`,
    ...(cpus === undefined ? [] : [`--cpus=${cpus}`]),
    ...(gpus === undefined ? [] : [`--resource=gpus/nvidia=${gpus}`]),
    `--stdout=${work.logs}/%{TASK_ID}.log`,
    `--stderr=${work.logs}/%{TASK_ID}.log`,
  ];
  return `#!/bin/bash
# A share of a sweep's tasks for HyperQueue. Written by \`sweep submit\`, and yours to change.
${directives.map((directive) => `#HQ ${directive}`).join("\n")}

cd ${quotedForShell(work.program)} || exit 1
exec ${workerLine(work, '"$HQ_TASK_ID"')}
`;
}

/** A command line for each share. */
export function commandLines(work: Work): string {
  const lines = Array.from(
    { length: work.shards },
    (_, at) => `cd ${quotedForShell(work.program)} && ${workerLine(work, `${at + 1}`)}`,
  );
  return lines.join("\n") + "\n";
}
