import { workerData } from "node:worker_threads";
import { abortUnfinishedWrites } from "@graphon-limit/data";
import { onUnhandled, words } from "../host.ts";
import { serveCrew } from "../sweep/crew_member.ts";
import type { MemberData } from "../sweep/crew_protocol.ts";
import { main, report } from "../shell/main.ts";
import type { CommandData } from "./protocol.ts";
import { WorkerInterruption } from "./worker_interruption.ts";

// The thread in which a command runs, or one of those that do tasks for it.

// Libraries that a user's module brings may look for it, and find it in every other thread.
Object.assign(globalThis, { self: globalThis });

/** Runs the command line. */
function command(): void {
  const interruption = new WorkerInterruption();
  onUnhandled((error) => {
    abortUnfinishedWrites();
    interruption.exit(report(error));
  });
  // Not awaited: where the command waits for what never comes, the thread ends, and the supervisor says so.
  void main(words(), interruption).then((code) => interruption.exit(code));
}

const data = workerData as CommandData | MemberData;
if ("plan" in data) serveCrew(data);
else command();
