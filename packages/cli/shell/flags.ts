/**
 * How commands declare their flags: once, as data, from which come the help, the parsing, the type of what is parsed, and what files
 * and folders a command line names.
 */

/** Turns a flag's text into its value; `flag` is how a message names it. Throws a UsageError where the text is no such value. */
export type Parse<T> = (text: string, flag: string) => T;

/** What a path in a flag is for. */
export type Access = "read" | "write";

/** A flag as a command declares it; its name is the property it is declared under. */
export interface Flag<T, Always extends boolean> {
  /** `<file>`, as the help shows it; undefined for a flag that takes no text. */
  readonly placeholder: string | undefined;
  readonly help: string;
  readonly parse: Parse<T>;
  /** Whether there is a value even where the flag is not given. */
  readonly always: Always;
  readonly required: boolean;
  /** Why it must be given, for the message where it is not. */
  readonly why?: string;
  readonly fallback?: T;
  /** How the help shows the value there is without the flag. */
  readonly shown?: string;
  /** True for `--no-<name>`: the value is true without it. */
  readonly negated?: boolean;
  /** The help of `--no-<name>`, where there is that beside the flag itself; the value is then false. */
  readonly negation?: string;
  /** What the path in it is for. */
  readonly access?: Access;
  /** The flag of the input that may be written over: a run that is gone on with. */
  readonly over?: string;
  /** Whether it may be given several times, each time adding a value. */
  readonly repeatable?: boolean;
}

/** Flags by name, in the order of the help. */
export type FlagSet = { readonly [name: string]: Flag<unknown, boolean> };

type ValueOf<F> = F extends Flag<infer T, boolean> ? T : never;
type Always<F extends FlagSet> = { [K in keyof F]: F[K] extends Flag<unknown, true> ? K : never }[keyof F];

/** What the flags of a set come to: those that may be left out are missing where they are. */
export type Values<F extends FlagSet> =
  & { readonly [K in Always<F>]: ValueOf<F[K]> }
  & { readonly [K in Exclude<keyof F, Always<F>>]?: ValueOf<F[K]> };

/** What a command line comes to. */
export interface ParsedLine {
  readonly values: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
  /** The names of the flags that were on the line: the others have the values they have without. */
  readonly given: ReadonlySet<string>;
}

/** A flag that must be given. */
export function required<T>(
  placeholder: string,
  help: string,
  parse: Parse<T>,
  { why, access }: { why?: string; access?: Access } = {},
): Flag<T, true> {
  return {
    ...{ placeholder, help, parse, always: true, required: true },
    ...(why === undefined ? {} : { why }),
    ...(access === undefined ? {} : { access }),
  };
}

/** A flag that may be left out. */
export function optional<T>(
  placeholder: string,
  help: string,
  parse: Parse<T>,
  { access }: { access?: Access } = {},
): Flag<T, false> {
  return {
    ...{ placeholder, help, parse, always: false, required: false },
    ...(access === undefined ? {} : { access }),
  };
}

/** A flag that is given, denied as `--no-<name>`, or neither. */
export function toggleOrNot(help: string, negation: string): Flag<boolean, false> {
  return { placeholder: undefined, help, parse: () => true, always: false, required: false, negation };
}

/** A flag that may be left out, given, or denied as `--no-<name>`: then its value is false. */
export function optionalOrNot<T>(
  placeholder: string,
  help: string,
  negation: string,
  parse: Parse<T>,
): Flag<T | false, false> {
  return { placeholder, help, parse, always: false, required: false, negation };
}

/** A flag that may be given any number of times, each time adding a value. */
export function repeated<T>(
  placeholder: string,
  help: string,
  parse: Parse<T>,
  { access }: { access?: Access } = {},
): Flag<T[], true> {
  return {
    // The values of all its times are put together by whoever parses the command line.
    ...{ placeholder, help, parse: (text, flag) => [parse(text, flag)], always: true, required: false },
    ...{ fallback: [], repeatable: true },
    ...(access === undefined ? {} : { access }),
  };
}

/** A flag that has a value where it is left out. */
export function withDefault<T>(
  placeholder: string,
  help: string,
  parse: Parse<T>,
  fallback: NoInfer<T>,
  { shown = String(fallback), access }: { shown?: string; access?: Access } = {},
): Flag<T, true> {
  return {
    ...{ placeholder, help, parse, always: true, required: false, fallback, shown },
    ...(access === undefined ? {} : { access }),
  };
}

/** A flag that is given or not. */
export function toggle(help: string): Flag<true, false> {
  return { placeholder: undefined, help, parse: () => true, always: false, required: false };
}

/** What is so unless `--no-<name>` is given. */
export function unless(help: string): Flag<boolean, true> {
  return {
    placeholder: undefined,
    help,
    parse: () => false,
    always: true,
    required: false,
    fallback: true,
    negated: true,
  };
}

/** Text as it is. */
export const text: Parse<string> = (given) => given;

/** A file to read, if given. */
export function inputFile(help: string): Flag<string, false> {
  return optional("<file>", help, text, { access: "read" });
}

/** A file to write, if given. */
export function outputFile(help: string, { over }: { over?: string } = {}): Flag<string, false> {
  const flag = optional("<file>", help, text, { access: "write" });
  return over === undefined ? flag : { ...flag, over };
}

/** The name of a flag on the command line: `--data-dir` for `dataDir`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
