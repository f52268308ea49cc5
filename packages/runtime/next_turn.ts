/** What hosts that are no browsers have beside timers, declared so that the package's types need no Deno and no Node. */
interface Host {
  readonly setImmediate?: (callback: () => void) => unknown;
}

/**
 * Resolves after all that waits for its turn has had it: timers, signals, and work that others have begun. What computes without
 * ever waiting for anything is deaf to them otherwise.
 */
export function nextTurn(): Promise<void> {
  const { setImmediate } = globalThis as Host;
  // A timer takes a millisecond or two.
  return new Promise((resolve) => setImmediate ? setImmediate(resolve) : setTimeout(resolve));
}
