import { show } from "@graphon-limit/runtime";
import {
  type Plan,
  type PlannedTask,
  type RunOutcome,
  runPlanned,
  type Shard,
  shardOf,
} from "@graphon-limit/study";
import { defineCommand } from "../shell/command.ts";
import { optional, type Parse, type Values, withDefault } from "../shell/flags.ts";
import { prepareFolder } from "../shell/output.ts";
import type { Session } from "../shell/session.ts";
import { UsageError, wholeNumber } from "../shell/usage.ts";
import { Interrupted } from "../supervision/interruption.ts";
import { ANNOUNCING } from "../supervision/signals.ts";
import { type CrewOptions, runCrew } from "../sweep/crew.ts";
import { IMAGES_FLAGS, openFailures, openPlanLab, PLAN_WORDS, readPlan, STORE } from "../sweep/open_sweep.ts";
import { TasksFailedError } from "../sweep/tasks_failed.ts";

const shard: Parse<Shard> = (text, flag) => {
  const [, index, count] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text)?.map(Number) ?? [];
  if (index <= count) return { index, count };
  throw new UsageError(`Expected ${flag} to be i/N, i from 1 to N, but found ${show(text)}`);
};

const RUN_FLAGS = {
  store: STORE.written,
  shard: optional("<i/N>", "the i-th of N shares alone, i from 1; other workers do the others", shard),
  jobs: withDefault("<number>", "tasks done at one time, each on a device of its own", wholeNumber(1), 1),
  grace: withDefault(
    "<seconds>",
    "how long the task at hand may take to end after TERM or USR1, before it is given up",
    wholeNumber(0),
    60,
  ),
  ...IMAGES_FLAGS,
};

type RunFlags = Values<typeof RUN_FLAGS>;

export const sweepRun = defineCommand({
  name: "sweep run",
  summary: "Do the tasks of a plan that are missing, or a share of them.",
  words: PLAN_WORDS,
  flags: RUN_FLAGS,
  note:
    "A task that fails is noted and said; the others go on. What is done is kept, whatever ends the run: the same command goes on\n" +
    "from there. Any number of workers may share a folder.",
  examples: [
    "sweep run tasks.jsonl --store out/sweep",
    "sweep run tasks.jsonl --store out/sweep --shard 3/40",
  ],
  async run(session, flags, [path]) {
    const plan = await readPlan(path), { seed } = session.flags;
    if (seed !== 0) session.notice(`--seed ${seed}: tasks have the seeds of their plan, and no other`);
    const tasks = flags.shard ? shardOf(plan.tasks, flags.shard, ({ seconds = 1 }) => seconds) : plan.tasks;
    using _folder = prepareFolder(flags.store);
    session.interruption.explain(ENDED);
    using progress = session.progress(tasks.length, "tasks");
    const { signal } = session;
    const watched = {
      ending: () => {
        session.interruption.poll();
        return signal.aborted;
      },
      onTask: (behind: number, description: string) => progress.update(behind, description),
    };
    const outcome = await work(session, plan, tasks, flags, watched);
    progress.update(tasks.length - outcome.left);
    progress.done();
    const { computed, found, failed, left } = outcome;
    if (left > 0 && signal.reason instanceof Interrupted) {
      throw new Interrupted(signal.reason.signal, `${ENDED}: ${left} of ${tasks.length} tasks are left`);
    }
    const words = `${computed} tasks done, ${found} were done already, ${failed} failed`;
    session.result({ ...outcome, seconds: session.seconds }, words);
    if (failed > 0) {
      throw new TasksFailedError(`${failed} of ${tasks.length} tasks failed; \`sweep status\` says why`);
    }
  },
});

/** Does tasks, in this thread or in several. */
async function work(
  session: Session,
  plan: Plan,
  tasks: readonly PlannedTask[],
  flags: RunFlags,
  watched: Pick<CrewOptions, "ending" | "onTask">,
): Promise<RunOutcome> {
  const { store, dataDir, jobs, grace } = flags, abandoned = abandoning(session);
  if (jobs > 1) {
    using _finishing = session.finishing(grace, PATIENCE);
    const { interruption, notice: onNotice, flags: { device, backend, adapter } } = session;
    return await runCrew(plan, tasks, {
      ...{
        members: jobs,
        store,
        dataDir,
        device: { device, backend, adapter },
        interruption,
        abandoned,
        onNotice,
      },
      ...watched,
    });
  }
  using lab = await openPlanLab(session, plan, store, flags, abandoned);
  using _finishing = session.finishing(grace, PATIENCE);
  return await runPlanned(lab, tasks, { failures: openFailures(store), ...watched });
}

const PATIENCE = "finishing what is at hand; once more ends it at once";

const ENDED = "interrupted; what is done is kept, and the same command goes on from there";

/** Aborted by those signals that do not let the task at hand be finished. */
function abandoning({ signal }: Session): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener("abort", () => {
    const { reason } = signal;
    if (!(reason instanceof Interrupted && ANNOUNCING.includes(reason.signal))) controller.abort(reason);
  });
  return controller.signal;
}
