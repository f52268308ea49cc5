/** What is to be undone, the latest last. */
const owed = new Set<() => void>();

/** A shell's code of a program that SIGTERM ended. */
const TERMINATED = 143;

/**
 * Has something undone where the program is told to end (SIGTERM) before it is done, when nothing else is disposed of. What it gives is
 * disposed of when there is nothing to undo any more.
 */
export function undoneOnTermination(undo: () => void): Disposable {
  if (owed.size === 0 && Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", end);
  owed.add(undo);
  return {
    [Symbol.dispose]() {
      if (!owed.delete(undo) || owed.size > 0) return;
      if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGTERM", end);
    },
  };
}

function end(): void {
  for (const undo of [...owed].reverse()) {
    try {
      undo();
    } catch {
      // It is undone already, or nothing can be done about it: the others are.
    }
  }
  Deno.exit(TERMINATED);
}
