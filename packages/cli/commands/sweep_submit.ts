import { join, resolve } from "node:path";
import { writeFileAtomically } from "@graphon-limit/data";
import { formatDuration, formatPlan, partOfPlan } from "@graphon-limit/study";
import { FOLDER } from "../host.ts";
import { defineCommand } from "../shell/command.ts";
import {
  optional,
  type Parse,
  repeated,
  required,
  text,
  toggle,
  type Values,
  withDefault,
} from "../shell/flags.ts";
import { prepareFolder } from "../shell/output.ts";
import { quotedForShell } from "../shell/provenance.ts";
import type { Session } from "../shell/session.ts";
import { needed, oneOf, onlyWith, UsageError, wholeNumber } from "../shell/usage.ts";
import { commandLines, hyperqueueScript, slurmScript, type Work } from "../sweep/batch_script.ts";
import { forecast, plannedGuess } from "../sweep/forecast.ts";
import { IMAGES_FLAGS, openStore, PLAN_WORDS, readPlan, STORE } from "../sweep/open_sweep.ts";
import { packJobs } from "../sweep/packing.ts";
import { arrayParts, BatchSystemError, queued, sbatch, sbatchArguments } from "../sweep/slurm.ts";
import {
  ENGINES,
  newSubmission,
  recordSubmission,
  type Submission,
  submissionsOf,
} from "../sweep/submissions.ts";
import { show } from "@graphon-limit/runtime";

const sbatchOption: Parse<string> = (given, flag) => {
  if (/^[a-z][a-z-]*(=[^\n]*)?$/.test(given)) return given;
  throw new UsageError(
    `Expected ${flag} to be an option of sbatch such as account=physics but found ${show(given)}`,
  );
};

const SUBMIT_FLAGS = {
  store: STORE.written,
  engine: required("<name>", ENGINES.join(", "), oneOf(ENGINES)),
  tasksPerJob: optional(
    "<number>",
    "tasks of each job (default: so many that a job has a quarter of an hour to do, and few start a minute)",
    wholeNumber(1),
  ),
  atOnce: optional("<number>", "jobs that may run at one time", wholeNumber(1)),
  arraySize: withDefault(
    "<number>",
    "jobs of an array at most: Slurm's MaxArraySize less one",
    wholeNumber(1),
    1000,
  ),
  timeLimit: optional(
    "<minutes>",
    "time limit of a job (default: three times what it is likely to take)",
    wholeNumber(1),
  ),
  partition: optional("<name>", "Slurm's partition", text),
  gpus: optional("<text>", "GPUs of a job, such as 1 or a100:1", text),
  cpus: optional("<number>", "processors of a job", wholeNumber(1)),
  sbatch: repeated(
    "<name=value>",
    "any other option of sbatch, such as account=physics or mem=8G",
    sbatchOption,
  ),
  dryRun: toggle("write the files and say what would be done, but do not do it"),
  again: toggle("submit although jobs of an earlier submission are still in the queue"),
  ...IMAGES_FLAGS,
};

type SubmitFlags = Values<typeof SUBMIT_FLAGS>;

export const sweepSubmit = defineCommand({
  name: "sweep submit",
  summary: "Hand the missing tasks of a plan to Slurm, or write what other engines take.",
  idle: true,
  words: PLAN_WORDS,
  flags: SUBMIT_FLAGS,
  note: "The batch script is in the store's folder jobs/, a text to read and to change.",
  examples: [
    "sweep submit tasks.jsonl --store out/sweep --engine slurm --partition gpu --gpus 1 --at-once 20",
    "sweep submit tasks.jsonl --store out/sweep --engine parallel",
  ],
  async run(session, flags, [path]) {
    const { engine, partition, timeLimit, dryRun } = flags;
    if (engine !== "slurm") {
      onlyWith({ partition, timeLimit, dryRun }, ["partition", "timeLimit", "dryRun"], "--engine slurm");
    }
    const plan = await readPlan(path);
    if (plan.images.local) needed("--data-dir", flags.dataDir, "the plan's images are from a folder");
    using _folder = prepareFolder(flags.store);
    const known = await forecast(plan, openStore(session, flags.store), plannedGuess(plan));
    if (known.missing.length === 0) {
      session.result({ tasks: 0, jobs: 0, commands: [] }, `all ${plan.tasks.length} tasks are done`);
      return;
    }
    if (engine === "slurm" && !dryRun && !flags.again) await assertNoneQueued(flags.store);
    const { jobs, secondsPerJob } = packJobs(known.missing.length, known.seconds, flags);
    const { name, folder } = await newSubmission(flags.store, plan.digest);
    const work = workOf(session, flags, name, folder, jobs);
    writeFileAtomically(work.plan, formatPlan(await partOfPlan(plan, known.missing)));
    const submission: Submission = {
      ...{ name, engine, made: new Date().toISOString(), plan: plan.digest },
      ...{ tasks: known.missing.length, jobs, arrays: [] },
    };
    session.say(
      `${known.missing.length} tasks in ${jobs} ${jobs === 1 ? "job" : "jobs"} of about ` +
        `${formatDuration(secondsPerJob)} (${known.basis})`,
    );
    const commands = engine === "slurm"
      ? await submitToSlurm(flags, work, submission, secondsPerJob)
      : [writeForOthers(flags, work, folder)];
    if (engine !== "slurm") recordSubmission(flags.store, submission);
    session.result(
      { name, folder, tasks: submission.tasks, jobs, secondsPerJob, commands },
      commands.join("\n"),
    );
  },
});

/** @throws {BatchSystemError} where jobs of the store are queued, which would do the same tasks */
async function assertNoneQueued(store: string): Promise<void> {
  const names = (await submissionsOf(store)).filter(({ engine }) => engine === "slurm").map(({ name }) =>
    name
  );
  const { running, waiting } = await queued(names);
  if (running + waiting === 0) return;
  throw new BatchSystemError(
    `Expected no jobs of an earlier submission but found ${running} running and ${waiting} waiting; let them end, ` +
      `cancel them (scancel --name=${names.join()}), or give --again`,
  );
}

function workOf(session: Session, flags: SubmitFlags, name: string, folder: string, shards: number): Work {
  const { device, backend, adapter } = session.flags, { dataDir } = flags;
  return {
    ...{ name, shards },
    program: FOLDER,
    plan: resolve(folder, "tasks.jsonl"),
    store: resolve(flags.store),
    logs: resolve(folder, "logs"),
    flags: [
      ...(device === "auto" ? [] : ["--device", device]),
      ...(backend === "auto" ? [] : ["--backend", backend]),
      ...(adapter === undefined ? [] : ["--adapter", adapter]),
      ...(dataDir === undefined ? [] : ["--data-dir", resolve(dataDir)]),
    ],
  };
}

/** A job gets so many times what it is likely to take, and no less than some minutes. */
const TIMES = 3, LEAST_MINUTES = 30;

/** Writes the batch script and hands it to Slurm, array by array. @returns what was done, a line each */
async function submitToSlurm(
  flags: SubmitFlags,
  work: Work,
  submission: Submission,
  secondsPerJob: number,
): Promise<string[]> {
  const { store, atOnce, arraySize, partition, gpus, cpus, sbatch: more, dryRun } = flags;
  const { timeLimit = Math.max(LEAST_MINUTES, Math.ceil(TIMES * secondsPerJob / 60)) } = flags;
  const script = join(work.logs, "..", "job.sh");
  writeFileAtomically(script, slurmScript(work, { minutes: timeLimit, partition, gpus, cpus, more }));
  let arrays: Submission["arrays"] = arrayParts(work.shards, arraySize).map((part) => ({
    ...part,
    job: null,
  }));
  if (dryRun) {
    return arrays.map((part) =>
      ["sbatch", ...sbatchArguments(script, part, atOnce, part.after > 0 ? "JOB" : undefined)].map(
        quotedForShell,
      )
        .join(" ")
    );
  }
  // What is meant is on record before it is done: whoever is killed in between is known to have begun.
  recordSubmission(store, { ...submission, arrays });
  const said: string[] = [];
  for (const [at, part] of arrays.entries()) {
    const job = await sbatch(sbatchArguments(script, part, atOnce, arrays[at - 1]?.job ?? undefined));
    arrays = arrays.map((one, place) => place === at ? { ...one, job } : one);
    recordSubmission(store, { ...submission, arrays });
    said.push(`job ${job}: ${part.count} ${part.count === 1 ? "share" : "shares"}, ${script}`);
  }
  return said;
}

/** Writes what another engine takes. @returns how it is started */
function writeForOthers({ engine, gpus, cpus, atOnce }: SubmitFlags, work: Work, folder: string): string {
  if (engine === "hyperqueue") {
    const script = resolve(folder, "job.sh");
    writeFileAtomically(script, hyperqueueScript(work, { gpus, cpus }));
    return `hq submit ${quotedForShell(script)}`;
  }
  const commands = resolve(folder, "commands.txt");
  writeFileAtomically(commands, commandLines(work));
  const jobs = atOnce === undefined ? "" : ` --jobs ${atOnce}`;
  return engine === "files"
    ? commands
    : `parallel${jobs} --joblog ${quotedForShell(resolve(folder, "joblog"))} --resume-failed < ${
      quotedForShell(commands)
    }`;
}
