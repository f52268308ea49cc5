import { formatDuration } from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { forecast, plannedGuess } from "../sweep/forecast.ts";
import { openFailures, openStore, PLAN_WORDS, readPlan, STORE } from "../sweep/open_sweep.ts";
import { BatchSystemError, type Queued, queued } from "../sweep/slurm.ts";
import { submissionsOf } from "../sweep/submissions.ts";
import type { Session } from "../shell/session.ts";

/** Failed tasks that are shown; `--json` has all. */
const SHOWN = 20;

export const sweepStatus = defineCommand({
  name: "sweep status",
  summary: "How far a plan is: tasks done and failed, jobs in Slurm's queue, time left.",
  idle: true,
  words: PLAN_WORDS,
  flags: { store: STORE.read },
  examples: ["sweep status tasks.jsonl --store out/sweep"],
  async run(session, flags, [path]) {
    const plan = await readPlan(path);
    const { done, missing, seconds, basis } = await forecast(
      plan,
      openStore(session, flags.store),
      plannedGuess(plan),
    );
    const digests = new Set(missing.map(({ digest }) => digest));
    const failed = await openFailures(flags.store).of(digests);
    const jobs = await jobsOf(session, flags.store);
    const lines = [
      `${done} of ${plan.tasks.length} tasks done, ${failed.length} failed, ${missing.length} to do`,
    ];
    if (jobs) lines.push(`Slurm: ${jobs.running} jobs running, ${jobs.waiting} waiting`);
    if (missing.length > 0) {
      const workers = Math.max(1, jobs?.running ?? 1),
        each = workers === 1 ? "one worker" : `${workers} workers`;
      lines.push(`about ${formatDuration(seconds / workers)} left with ${each} (${basis})`);
    }
    for (const { task, line } of failed.slice(0, SHOWN)) lines.push(`failed: ${task}: ${line}`);
    if (failed.length > SHOWN) lines.push(`and ${failed.length - SHOWN} more`);
    session.result(
      {
        ...{ tasks: plan.tasks.length, done, missing: missing.length, secondsLeft: seconds, failed },
        ...(jobs ? { jobs } : {}),
        seconds: session.seconds,
      },
      lines.join("\n"),
    );
  },
});

/** What Slurm has of a store's submissions; undefined where none was made to it, or it does not answer, which is said. */
async function jobsOf(session: Session, store: string): Promise<Queued | undefined> {
  const submissions = (await submissionsOf(store)).filter(({ engine }) => engine === "slurm");
  for (const { name, arrays } of submissions) {
    if (arrays.some(({ job }) => job === null)) {
      session.notice(
        `${name}: the submission was cut short; squeue --name=${name} says whether Slurm has it`,
      );
    }
  }
  if (submissions.length === 0) return undefined;
  try {
    return await queued(submissions.map(({ name }) => name));
  } catch (error) {
    if (!(error instanceof BatchSystemError)) throw error;
    session.notice(error.message);
    return undefined;
  }
}
