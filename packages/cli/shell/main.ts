import { abortUnfinishedWrites, watchWrites } from "@graphon-limit/data";
import { GraphonLimitError, printable } from "@graphon-limit/runtime";
import { Command, CommanderError } from "commander";
import { PLATFORM, setIfMissing } from "../host.ts";
import { COMMANDS, GROUPS } from "../commands/catalogue.ts";
import { Interrupted, type Interruption, UNINTERRUPTED } from "../supervision/interruption.ts";
import { type AnyCommand, completeLine, parserOf } from "./command.ts";
import { COMMON_FLAGS } from "./common_flags.ts";
import { assertInputsStay, assertOutputsDiffer } from "./input_guard.ts";
import { watchFolders } from "./output.ts";
import { print } from "../terminal/print.ts";
import { Session } from "./session.ts";
import { UsageError } from "./usage.ts";

/** Exit codes; a signal's are in `supervision/signals.ts`. */
const DONE = 0, FAILED = 1, BAD_USAGE = 2;

/**
 * Runs the command line.
 *
 * @param args the words after the program's name
 * @param interruption by what signals are heard
 * @returns the exit code: 0 done, 1 failed, 2 bad usage, 128 and a signal's number where that ended it
 */
export async function main(
  args: readonly string[],
  interruption: Interruption = UNINTERRUPTED,
): Promise<number> {
  chooseBackend();
  quietenMesa();
  watchWrites(interruption);
  watchFolders((folders) => interruption.madeFolders(folders));
  try {
    await buildProgram(interruption).parseAsync(args, { from: "user" });
    return DONE;
  } catch (error) {
    abortUnfinishedWrites();
    return report(error);
  } finally {
    watchWrites();
    watchFolders();
  }
}

function buildProgram(interruption: Interruption): Command {
  const program = new Command("graphon-limit")
    .description(
      "Prune wide networks, see the graphon their masks converge to, and what it does to training.",
    )
    .version("0.1.0");
  for (const command of COMMANDS) {
    const repeated = new Set<string>();
    const parser = parserOf(command, COMMON_FLAGS, (flag) => repeated.add(flag));
    parser.action(() => runCommand(command, parser, repeated, interruption));
    groupOf(command, program).addCommand(parser);
  }
  // Every command's own errors come here as exceptions, and its complaints are printed once, by `report`.
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => print(text.replace(/\n$/, "")),
      writeErr: () => {},
      outputError: () => {},
    });
  }
  return program;
}

/** What a command is one of: the program, or a group of its. */
function groupOf({ name }: AnyCommand, program: Command): Command {
  const [group, ...own] = name.split(" ");
  if (own.length === 0) return program;
  const known = program.commands.find((command) => command.name() === group);
  return known ?? program.command(group).description(GROUPS[group]);
}

async function runCommand(
  command: AnyCommand,
  parser: Command,
  repeated: Iterable<string>,
  interruption: Interruption,
): Promise<void> {
  const line = completeLine(parser, { ...command.flags, ...COMMON_FLAGS });
  assertInputsStay(command, line);
  assertOutputsDiffer(command, line);
  using session = await Session.open(line, command, interruption);
  for (const flag of repeated) session.notice(`${flag} was given more than once; the last one counts`);
  await command.run(session, line);
}

/** Prints one line about what went wrong and says which exit code it is. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return DONE;
    const help = error.code === "commander.help" ? "error: Expected a command; see --help" : error.message;
    console.error(oneLine(help));
    return BAD_USAGE;
  }
  if (error instanceof UsageError) {
    console.error(oneLine(`error: ${error.message}`));
    return BAD_USAGE;
  }
  if (error instanceof Interrupted) {
    console.error(oneLine(error.message));
    return error.exitCode;
  }
  if (error instanceof GraphonLimitError) {
    console.error(oneLine(`error: ${error.message}`));
    return FAILED;
  }
  if (
    error instanceof RangeError && /allocation failed|invalid (?:typed )?array length/i.test(error.message)
  ) {
    console.error(
      oneLine(`error: expected memory for what was asked but found too little: ${error.message}`),
    );
    return FAILED;
  }
  // Anything else is a defect of this project; the place in the source is what a report of it needs.
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const where = stack?.match(/packages\/\S+?:\d+/)?.[0];
  console.error(
    oneLine(`error: ${message} (a defect of this program; please report it${where ? `, at ${where}` : ""})`),
  );
  return FAILED;
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, " ").trim());
}

/**
 * Without a Vulkan driver WebGPU falls back on OpenGL, whose software implementation takes many times as long as the
 * CPU device to do the same; it is left out, unless the user's environment says otherwise.
 */
function chooseBackend(): void {
  setIfMissing("DENO_WEBGPU_BACKEND", "vulkan,metal,dx12");
}

/** Mesa complains on stderr where this variable is missing; it only wants some folder. */
function quietenMesa(): void {
  if (PLATFORM === "linux") setIfMissing("XDG_RUNTIME_DIR", "/tmp");
}
