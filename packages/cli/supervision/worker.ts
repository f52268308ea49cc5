import { abortUnfinishedWrites } from "@graphon-limit/data";
import { onUnhandled, words } from "../host.ts";
import { main, report } from "../shell/main.ts";
import { WorkerInterruption } from "./worker_interruption.ts";

// The thread in which a command runs.

// Libraries that a user's module brings may look for it, and find it in every other thread.
Object.assign(globalThis, { self: globalThis });

const interruption = new WorkerInterruption();

onUnhandled((error) => {
  abortUnfinishedWrites();
  interruption.exit(report(error));
});

// Not awaited: where the command waits for what never comes, the thread ends, and the supervisor says so.
void main(words(), interruption).then((code) => interruption.exit(code));
