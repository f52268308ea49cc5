import { abortUnfinishedWrites } from "@graphon-limit/data";
import { main, report } from "../shell/main.ts";
import type { ToCommand, ToSupervisor } from "./protocol.ts";
import { WorkerInterruption } from "./worker_interruption.ts";

// The thread in which a command runs.

/** What a worker's global scope has that a window's has not. */
interface WorkerScope {
  onmessage: ((event: { readonly data: ToCommand }) => void) | null;
  postMessage(message: ToSupervisor): void;
}

const scope = globalThis as unknown as WorkerScope;
let interruption: WorkerInterruption | undefined;

scope.onmessage = async ({ data }) => {
  if (data.kind === "signal") return interruption?.interrupt(data.signal);
  interruption = new WorkerInterruption(data.words, (message) => scope.postMessage(message));
  scope.postMessage({ kind: "exit", code: await main(Deno.args, interruption) });
};

/** What nobody waited for has failed. */
function breakDown(event: Event, error: unknown): void {
  event.preventDefault();
  abortUnfinishedWrites();
  scope.postMessage({ kind: "exit", code: report(error) });
}

globalThis.addEventListener("unhandledrejection", (event) => breakDown(event, event.reason));
globalThis.addEventListener("error", (event) => breakDown(event, event.error));
