import { Argument, Command, Option } from "commander";
import { PROGRAM } from "../host.ts";
import { type Access, type Flag, flagName, type FlagSet, type ParsedLine, type Values } from "./flags.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage.ts";

/** A command: what it is called, what it takes, and what it does. */
export interface CommandSpec<F extends FlagSet> {
  /** A word, or two where it is one of a group. */
  readonly name: string;
  /** One line, for the list of commands and its own help. */
  readonly summary: string;
  /** Words beside the flags: how the help shows them, and what they are without any; `<like this>` where there must be some. */
  readonly words?: {
    readonly placeholder: string;
    readonly help: string;
    readonly fallback?: readonly string[];
    /** What they are paths for. */
    readonly access?: Access;
  };
  readonly flags: F;
  /** Command lines after the program's name, shown in the help. */
  readonly examples: readonly string[];
  /** It computes nothing: any device will do, and none is spoken of. */
  readonly idle?: boolean;
  /** A paragraph before the examples. */
  readonly note?: string;
  readonly run: (session: Session, flags: Values<F>, words: readonly string[]) => Promise<void>;
}

/** A command whatever its flags. */
export interface AnyCommand extends Omit<CommandSpec<FlagSet>, "run"> {
  /** @param given what `parse` made of the command line */
  readonly run: (session: Session, given: ParsedLine) => Promise<void>;
}

/** Declares a command. */
export function defineCommand<const F extends FlagSet>(spec: CommandSpec<F>): AnyCommand {
  const { run, ...rest } = spec;
  return {
    ...rest,
    run: (session, { values, words }) => run(session, values as Values<F>, words),
  };
}

/**
 * A command's parser: commander's, which knows the help, and nothing of what must be given.
 *
 * @param onRepeated told of a flag that was given twice, of which the last one counts
 */
export function parserOf(
  command: AnyCommand,
  common: FlagSet,
  onRepeated: (flag: string) => void,
): Command {
  const { name, summary, words, flags, examples, note } = command;
  const parser = new Command(name.split(" ").at(-1)).description(summary).allowExcessArguments(false);
  if (words) {
    const argument = new Argument(words.placeholder, words.help);
    parser.addArgument(words.fallback ? argument.default([...words.fallback]) : argument);
  }
  for (const [property, flag] of Object.entries({ ...flags, ...common })) {
    parser.addOption(optionOf(property, flag, onRepeated));
    if (flag.negation !== undefined) {
      parser.addOption(new Option(flagName(property).replace(/^--/, "--no-"), flag.negation));
    }
  }
  const lines = examples.map((example) => `  ${PROGRAM} ${example.replaceAll("\n", "\n    ")}`);
  const title = examples.length > 1 ? "Examples:" : "Example:";
  return parser.addHelpText("after", [...(note ? ["", note] : []), "", title, ...lines].join("\n"));
}

function optionOf(
  property: string,
  flag: Flag<unknown, boolean>,
  onRepeated: (flag: string) => void,
): Option {
  const { placeholder, help, shown, negated, required, repeatable, access } = flag;
  const name = flagName(property);
  const syntax = negated ? name.replace(/^--/, "--no-") : placeholder ? `${name} ${placeholder}` : name;
  const described = required ? `${help} (required)` : help;
  const option = new Option(syntax, shown === undefined ? described : `${described} (default: ${shown})`);
  if (negated || placeholder === undefined) return option;
  return option.argParser((text: string, before: unknown) => {
    const value = flag.parse(text, name);
    if (before !== undefined && !repeatable) {
      // A file that is not read would be missed in the result.
      if (access === "read") throw new UsageError(`Expected ${name} once but found it twice`);
      onRepeated(name);
    }
    return repeatable ? [...(Array.isArray(before) ? before : []), value].flat() : value;
  });
}

/**
 * What commander made of a command line, with the values that flags have without being given.
 *
 * @throws {UsageError} if a flag that must be given was not
 */
export function completeLine(parser: Command, flags: FlagSet): ParsedLine {
  const given: Record<string, unknown> = parser.opts(), values: Record<string, unknown> = {};
  for (const [property, { fallback, required, why }] of Object.entries(flags)) {
    const value = given[property];
    if (value !== undefined) values[property] = value;
    else if (required) {
      throw new UsageError(
        `Expected ${flagName(property)}${why === undefined ? "" : `: ${why}`} but found none`,
      );
    } else if (fallback !== undefined) values[property] = fallback;
  }
  const words: unknown = parser.processedArgs[0];
  return {
    values,
    given: new Set(Object.keys(given)),
    words: Array.isArray(words) ? words : typeof words === "string" ? [words] : [],
  };
}
