/** How a call that may take long is watched, and ended early. */
export interface LongCallOptions {
  /** Ends the call between two parts of its work, rejecting with the signal's reason; nothing of its own remains. */
  readonly signal?: AbortSignal | undefined;
  /** Told how much is done, of how much in all; the unit is the call's. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}
