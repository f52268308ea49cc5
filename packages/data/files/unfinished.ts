/**
 * Told of files that are being written: a program that wants to remove them when it is ended in the middle, as no `using` scope
 * will.
 */
export interface WriteWatcher {
  /** A temporary file is about to be there. */
  begun(path: string): void;
  /** A temporary file is there no longer: it was put in its place, or removed. */
  ended(path: string): void;
  /** Calls `place`, which puts finished files in their places: what should not be cut short. */
  placing(place: () => void): void;
}

const ALONE: WriteWatcher = { begun() {}, ended() {}, placing: (place) => place() };

let watcher = ALONE;

/** Has one be told of files that are being written, in place of the one before; nobody, without an argument. */
export function watchWrites(told: WriteWatcher = ALONE): void {
  watcher = told;
}

/** The one that is told. */
export function writeWatcher(): WriteWatcher {
  return watcher;
}
