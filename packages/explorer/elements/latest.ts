/** Work of which only the last that was asked for counts. */
interface Waiting {
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly done: PromiseWithResolvers<void>;
}

/** Milliseconds that what runs has to come to its end before it is stopped for what is newer. */
const PATIENCE_MS = 150;

/**
 * Runs one piece of work at a time, and then the one that was asked for last; those in between are left out. So a slider that
 * moves faster than pictures are made shows as many of them as can be made, and what takes long is stopped for what is wanted now.
 */
export class Latest {
  readonly #end: AbortSignal;
  #running: { readonly begun: number; readonly stop: AbortController } | undefined;
  #waiting: Waiting | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param end ends all work, for good */
  constructor(end: AbortSignal) {
    this.#end = end;
    end.addEventListener("abort", () => this.cancel(), { once: true });
  }

  /** Settles as the work does; it rejects with an `AbortError` where newer work took its place. */
  run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#leaveOut();
    const done = Promise.withResolvers<void>();
    if (this.#end.aborted) return Promise.reject(replaced());
    this.#waiting = { work, done };
    if (this.#running) {
      const left = Math.max(0, this.#running.begun + PATIENCE_MS - performance.now());
      this.#timer ??= setTimeout(() => this.#running?.stop.abort(replaced()), left);
    } else void this.#next();
    return done.promise;
  }

  /** Stops what runs, and leaves out what waits. */
  cancel(): void {
    this.#leaveOut();
    this.#running?.stop.abort(replaced());
  }

  #leaveOut(): void {
    this.#waiting?.done.reject(replaced());
    this.#waiting = undefined;
  }

  async #next(): Promise<void> {
    while (this.#waiting) {
      const { work, done } = this.#waiting, stop = new AbortController();
      this.#waiting = undefined;
      this.#running = { begun: performance.now(), stop };
      try {
        await work(stop.signal);
        done.resolve();
      } catch (error) {
        done.reject(error);
      }
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#running = undefined;
    }
  }
}

function replaced(): DOMException {
  return new DOMException("Something newer took its place", "AbortError");
}
