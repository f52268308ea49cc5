/**
 * What a command's thread tells the one that listens for signals. The command computes for minutes without looking up; the main thread
 * does nothing but listen, so that a signal is always heard at once. The other way there are only {@linkcode WORDS}: a thread
 * that waited for messages would not end by itself.
 */
export type ToSupervisor =
  | { readonly kind: "exit"; readonly code: number }
  /** A temporary file is about to be there. */
  | { readonly kind: "begun"; readonly path: string }
  /** One is there no longer. */
  | { readonly kind: "ended"; readonly path: string }
  | { readonly kind: "folders"; readonly paths: readonly string[] }
  /** What is said when a signal ends the command. */
  | { readonly kind: "explain"; readonly line: string }
  /** What is said when saving takes a while. */
  | { readonly kind: "patience"; readonly line: string };

/** What the command's thread is given. */
export interface CommandData {
  readonly words: SharedArrayBuffer;
  /** The thread's own module: threads that do tasks for the command are started with it, too. */
  readonly address: string;
}

/** Places of the words that both threads see. */
export const WORDS = {
  /** The number of the first signal; 0 before there is one. */
  signal: 0,
  /** One of {@linkcode SAVING}. */
  saving: 1,
  /** One of {@linkcode PLACES}. */
  places: 2,
  /** Milliseconds that a command has to finish what is at hand. */
  patience: 3,
} as const;

/** Which signals wait: none; every one, until the command has saved what is done; those that announce the end, for some time. */
export const SAVING = { no: 0, everything: 1, atHand: 2 } as const;

/** Who may change the files that are there: a command may not be ended while it puts several in their places. */
export const PLACES = { free: 0, placing: 1, ended: 2 } as const;

/** Words there are. */
export const WORD_COUNT = 4;
