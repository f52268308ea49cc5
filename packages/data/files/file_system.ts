/** A file opened to be read or written at any place. */
export interface OpenFile {
  readonly size: number;
  readonly isFolder: boolean;
  /** Reads bytes from `offset` on into `into`; how many there were, 0 at the end. */
  readAt(offset: number, into: Uint8Array): number;
  /** Writes bytes at `offset`; how many were written. */
  writeAt(offset: number, bytes: Uint8Array): number;
  /**
   * Locks a file that is written, for as long as it is open, so that other processes can tell that its writer lives; false where
   * another one holds it. Where files cannot be locked nothing is done.
   */
  lock(): boolean;
  close(): void;
}

/** Paths in the host's own spelling. */
export interface PathFunctions {
  join(...parts: string[]): string;
  dirname(path: string): string;
  basename(path: string): string;
  isAbsolute(path: string): boolean;
}

/** What this package asks of the host it runs on: Deno or Node. Errors are the host's own. */
export interface FileSystem {
  readonly path: PathFunctions;
  readonly processId: number;
  readonly platform: string;
  /** A variable of the environment; undefined where it is not set or may not be read. */
  environment(name: string): string | undefined;
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  openToRead(path: string): OpenFile;
  /** Creates a file to write, readable and writable as `mode` says; fails where there is one of that name. */
  createNew(path: string, mode?: number): OpenFile;
  /** Creates a folder and those above it that are missing. */
  makeFolder(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** What stands at a path, links followed. */
  kindOf(path: string): "file" | "folder" | "other";
  /** Who may read and write what stands at a path, as Unix has it; undefined where the host has no such thing. */
  modeOf(path: string): number | undefined;
  setMode(path: string, mode: number): void;
  /** Where a link leads, as it says; undefined for what is no link. */
  linkAt(path: string): string | undefined;
  /** Whether files can be locked. */
  readonly locks: boolean;
  /** Removes a file unless a process holds its lock, or that cannot be told; whether it did. */
  removeUnlocked(path: string): boolean;
  /** The names of what is in a folder. */
  list(path: string): string[];
  /** The path with its links followed. */
  realPath(path: string): string;
  /** Whether an error says that there is nothing of that name. */
  isAbsence(error: unknown): boolean;
  /** Whether an error says that there is something of that name already. */
  isPresence(error: unknown): boolean;
  /** Whether an error says that the user did not let the program ask. */
  isRefusal(error: unknown): boolean;
}
