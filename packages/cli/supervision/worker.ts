import { abortUnfinishedWrites } from "@graphon-limit/data";
import { main, report } from "../shell/main.ts";
import { WorkerInterruption } from "./worker_interruption.ts";

// The thread in which a command runs.

// Libraries that a user's module brings may look for it, and find it in every other thread.
Object.assign(globalThis, { self: globalThis });

const interruption = new WorkerInterruption();

/** What nobody waited for has failed. */
function breakDown(event: Event, error: unknown): void {
  event.preventDefault();
  abortUnfinishedWrites();
  interruption.exit(report(error));
}

globalThis.addEventListener("unhandledrejection", (event) => breakDown(event, event.reason));
globalThis.addEventListener("error", (event) => breakDown(event, event.error));

// Not awaited: where the command waits for what never comes, the thread ends, and the supervisor says so.
void main(Deno.args, interruption).then((code) => interruption.exit(code));
