import type { Random } from "./random.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** What a reader says of what it does, to whoever judges it. */
export interface Watch {
  /** So many bytes were asked for beside those of the input: time and memory may grow with them. */
  asked(bytes: number): void;
  /** Does something that may refuse, in the way in which this project refuses; anything else it throws goes on. */
  attempt<T>(action: () => T): T | undefined;
  /** {@linkcode attempt} of a promise. */
  attempting<T>(action: () => Promise<T>): Promise<T | undefined>;
  /** A line that a user will see. */
  line(text: string): void;
  /** Content, under a name, of which the file says by a checksum that it is the one that was stored. */
  covered(name: string, content: string): void;
  /** Something that has to hold, and what it is. */
  holds(condition: boolean, what: string): void;
}

/** A change of an input; undefined where it cannot be made. */
export interface Mutation {
  readonly change: (input: Bytes, random: Random) => Bytes | undefined;
  /** Whether checksums are made anew, or what they cover may be left out, put twice, or taken from elsewhere. */
  readonly reseals: boolean;
}

/** Something that reads what others wrote. */
export interface Target {
  readonly name: string;
  /** What it takes of all inputs, relative to the others. */
  readonly share: number;
  /** Whether an input is a folder of files, of which blind changes would leave nothing. */
  readonly isFolder?: boolean | undefined;
  /** Valid inputs, made once. */
  readonly seeds: () => Promise<readonly Bytes[]> | readonly Bytes[];
  /** Changes that know the structure of the input, beside blind ones. */
  readonly mutations: readonly Mutation[];
  /** Reads the input in every way there is. */
  readonly read: (input: Bytes, watch: Watch) => void | Promise<void>;
}
