import { Accelerator } from "./accelerator.ts";

let shared: Accelerator | undefined;
let users = 0;
/** Whether one of the users is the process itself. */
let kept = false;

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

/** The process's accelerator, which then stays without a device: starting threads takes longer than most of what needs them. */
export function keepAccelerator(): Accelerator | undefined {
  if (!kept) kept = acquireAccelerator() !== undefined;
  return shared;
}

/** Ends that: it goes with the last device. */
export function dropAccelerator(): void {
  if (!kept) return;
  kept = false;
  releaseAccelerator();
}
