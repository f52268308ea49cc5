import { nextTurn } from "./next_turn.ts";

/** How a call that may take long is watched, and ended early. */
export interface LongCallOptions {
  /** Ends the call between two parts of its work, rejecting with the signal's reason; nothing of its own remains. */
  readonly signal?: AbortSignal | undefined;
  /** Told how much is done, of how much in all; the unit is the call's. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Lets a long call's signal be heard, and throws its reason once there is one: the CPU device never waits for anything, and signals
 * are heard while something waits.
 */
export async function heedSignal({ signal }: LongCallOptions): Promise<void> {
  if (!signal) return;
  await nextTurn();
  signal.throwIfAborted();
}

/** What a long call of so many steps calls after each of them: it tells how many are done, and heeds the signal. */
export function stepsOf(options: LongCallOptions, total: number): () => Promise<void> {
  options.signal?.throwIfAborted();
  let done = 0;
  return async () => {
    options.onProgress?.(++done, total);
    await heedSignal(options);
  };
}

/** What one of several parts of a long call is told, all of as many steps: the call's progress counts the steps of all. */
export function partOf(
  { signal, onProgress }: LongCallOptions,
  part: number,
  parts: number,
): LongCallOptions {
  return {
    signal,
    onProgress: onProgress && ((done, total) => onProgress(part * total + done, parts * total)),
  };
}
