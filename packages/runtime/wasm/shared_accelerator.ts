import { Accelerator } from "./accelerator.ts";

let shared: Accelerator | undefined;
let users = 0;

/** The process's accelerator, for one more device; undefined where the engine cannot run one. */
export function acquireAccelerator(): Accelerator | undefined {
  shared ??= Accelerator.create();
  if (shared) users++;
  return shared;
}

/** A device has no more need of it: with the last one its threads end and its memory is given back. */
export function releaseAccelerator(): void {
  if (--users > 0) return;
  shared?.close();
  shared = undefined;
}
