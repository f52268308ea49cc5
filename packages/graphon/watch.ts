import { heedSignal, type LongCallOptions } from "@graphon-limit/runtime";

/** Steps that a long call counts: its progress is told in percent. */
const STEPS = 100;

/** Milliseconds of work after which a signal is to be heard. */
const PATIENCE = 50;

/** A part of a long call, which tells how far it is and ends where the call's signal says so. */
export interface Watch {
  /**
   * So much of the part, from 0 to 1, is done. Cheap enough to be called after every few microseconds of work; to be called after
   * every hundred milliseconds.
   *
   * @throws the signal's reason, once there is one
   */
  at(share: number): Promise<void>;
  /** What takes the part from one share of it to another. */
  part(from: number, to: number): Watch;
  /** One of so many equal parts, counted from 0. */
  nth(index: number, count: number): Watch;
}

/** Watches a call. Rejects at once where its signal has been given. */
export function watchCall(options: LongCallOptions): Watch {
  options.signal?.throwIfAborted();
  let done = 0, heard = performance.now();
  const at = async (share: number) => {
    const steps = Math.floor(share * STEPS + 1e-9);
    if (steps > done) {
      // Of parts that go on beside one another some are still at work when the signal has been heard.
      options.signal?.throwIfAborted();
      done = steps;
      options.onProgress?.(done, STEPS);
      options.signal?.throwIfAborted();
    }
    if (!options.signal || performance.now() - heard < PATIENCE) return;
    await heedSignal(options);
    heard = performance.now();
  };
  return partOfWatch(at, 0, 1);
}

function partOfWatch(at: Watch["at"], from: number, to: number): Watch {
  const place = (share: number) => from + (to - from) * share;
  return {
    at: (share) => at(place(share)),
    part: (first, last) => partOfWatch(at, place(first), place(last)),
    nth: (index, count) => partOfWatch(at, place(index / count), place((index + 1) / count)),
  };
}

/** Watches nothing: for parts too short to be told of, or that go on beside others. */
export const UNWATCHED: Watch = {
  at: () => Promise.resolve(),
  part: () => UNWATCHED,
  nth: () => UNWATCHED,
};
