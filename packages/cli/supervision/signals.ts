/**
 * The signals that end a command, and their numbers; USR1's is Linux's everywhere. It is the one that batch systems are told to send
 * some time before they end a job.
 */
export const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1, SIGUSR1: 10 } as const;

export type SignalName = keyof typeof SIGNAL_NUMBERS;

/** The exit code of a command that a signal ended, as a shell has it. */
export function exitCodeOf(signal: SignalName): number {
  return 128 + SIGNAL_NUMBERS[signal];
}

/** The signals that a program can listen to on a platform, named as Node does: on Windows there is Ctrl-C alone. */
export function signalsOf(platform: string): SignalName[] {
  return platform === "win32" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"];
}

/** The signals by which a batch system says that it is about to end a job: what is at hand may be finished first. */
export const ANNOUNCING: readonly SignalName[] = ["SIGTERM", "SIGUSR1"];

/** The environment's variable in which the launcher gives the command its process's number. */
export const LAUNCHER = "GRAPHON_LIMIT_LAUNCHER";
