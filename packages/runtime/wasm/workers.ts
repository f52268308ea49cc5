import { serve, type ThreadData } from "./serve.ts";

/** The part of `node:worker_threads` that is used, which Deno and Node offer alike. */
interface ThreadsModule {
  Worker: new (text: string, options: { eval: true; workerData: ThreadData }) => {
    unref(): void;
    on(event: "error", listener: () => void): void;
  };
}

interface Host {
  readonly process?: { getBuiltinModule?(name: string): unknown };
}

/**
 * Starts a thread that serves launches; false where the engine has none to give, or would not share memory with it. The
 * thread does not keep the program running.
 */
export function startThread(data: ThreadData): boolean {
  try {
    const { process } = globalThis as Host;
    const threads = process?.getBuiltinModule?.("node:worker_threads") as ThreadsModule | undefined;
    if (threads) {
      const text = `(${serve})(require("node:worker_threads").workerData)`;
      const worker = new threads.Worker(text, { eval: true, workerData: data });
      // A thread that could not start leaves its parts to the others.
      worker.on("error", () => {});
      worker.unref();
      return true;
    }
    if (typeof Worker === "undefined") return false;
    const text = `onmessage = (event) => (${serve})(event.data)`;
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(address);
    worker.postMessage(data);
    URL.revokeObjectURL(address);
    return true;
  } catch {
    return false;
  }
}

/** Processors there are; one where the engine does not say. */
export function processorCount(): number {
  return globalThis.navigator?.hardwareConcurrency ?? 1;
}
