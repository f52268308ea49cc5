import { Worker, workerData } from "node:worker_threads";
import { GraphonLimitError } from "@graphon-limit/runtime";
import type { Plan, PlannedTask, RunOutcome } from "@graphon-limit/study";
import type { Interruption } from "../supervision/interruption.ts";
import type { CommandData } from "../supervision/protocol.ts";
import type { FromMember, MemberData, ToMember } from "./crew_protocol.ts";

/** A thread of a crew cannot go on: its device is gone, or the images are not there. */
export class CrewError extends GraphonLimitError {
  override name = "CrewError";
}

/** How a crew works, and who is told. */
export interface CrewOptions extends Omit<MemberData, "plan"> {
  readonly members: number;
  readonly interruption: Interruption;
  /** Whether no further task is to be begun. */
  readonly ending: () => boolean;
  /** What gives up the tasks at hand, too. */
  readonly abandoned: AbortSignal;
  readonly onNotice: (line: string) => void;
  readonly onTask: (behind: number, description: string) => void;
}

/**
 * Does tasks in several threads, each with a device of its own, which take the next one whenever they are done with one.
 *
 * @throws the reason of `abandoned`; or the first error that ended a thread, when the others have done what they have at hand
 */
export async function runCrew(
  plan: Plan,
  tasks: readonly PlannedTask[],
  options: CrewOptions,
): Promise<RunOutcome> {
  const total = { computed: 0, found: 0, failed: 0 }, said = new Set<string>();
  let next = 0, behind = 0, broken: Error | undefined;
  const member = (worker: Worker) =>
    new Promise<void>((resolve) => {
      worker.on("exit", () => resolve());
      worker.on("error", (error: unknown) =>
        broken ??= error instanceof Error ? error : new Error(String(error)));
      worker.on("message", (message: FromMember) => {
        switch (message.kind) {
          case "ready": {
            const { computed = 0, found = 0, failed = 0 } = message.outcome ?? {};
            total.computed += computed;
            total.found += found;
            total.failed += failed;
            behind += computed + found + failed;
            const last = next === tasks.length || broken !== undefined || options.ending();
            return worker.postMessage((last ? null : tasks[next++]) satisfies ToMember);
          }
          case "at-hand":
            return options.onTask(behind, message.description);
          case "notice":
            // Every member finds the same images.
            if (!said.has(message.line)) {
              options.onNotice(message.line);
            }
            return void said.add(message.line);
          case "begun":
          case "ended":
            return options.interruption[message.kind](message.path);
          case "over":
            broken ??= message.known ? new CrewError(message.message) : new Error(message.message);
        }
      });
    });
  const { store, dataDir, device, abandoned } = options,
    data: MemberData = { plan: { ...plan, tasks: [] }, store, dataDir, device };
  const workers = Array.from(
    { length: Math.min(options.members, tasks.length) },
    () => new Worker(threadModule(), { workerData: data }),
  );
  const given = new Promise<never>((_, reject) => {
    abandoned.addEventListener("abort", () => reject(abandoned.reason));
  });
  try {
    await Promise.race([Promise.all(workers.map(member)), given]);
  } finally {
    for (const worker of workers) void worker.terminate();
  }
  if (broken) throw broken;
  return { ...total, left: tasks.length - behind };
}

/** The module of a thread: this one's own, where a supervisor started it. */
function threadModule(): URL {
  const { address } = (workerData ?? {}) as Partial<CommandData>;
  return address === undefined ? new URL("../supervision/worker.ts", import.meta.url) : new URL(address);
}
