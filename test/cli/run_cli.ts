import { main } from "../../packages/cli/shell/main.ts";
import { type Interruption, UNINTERRUPTED } from "../../packages/cli/supervision/interruption.ts";

/** What one run of the command line left: its exit code and what it printed. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string[];
  readonly stderr: string[];
}

/** Runs the command line in this process, its lines caught. */
export function runCli(...args: string[]): Promise<CliRun> {
  return runInterrupted(UNINTERRUPTED, args);
}

/** {@linkcode runCli} with what interrupts it. */
export async function runInterrupted(interruption: Interruption, args: readonly string[]): Promise<CliRun> {
  const stdout: string[] = [], stderr: string[] = [];
  const { log, error } = console;
  console.log = (...words: unknown[]) => void stdout.push(words.join(" "));
  console.error = (...words: unknown[]) => void stderr.push(words.join(" "));
  try {
    return { code: await main(args, interruption), stdout, stderr };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** A folder that exists for the length of a test. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "graphon-limit-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file and folder below a folder, hidden ones included. */
export function pathsBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => [
    `${folder}/${name}`,
    ...(isDirectory ? pathsBelow(`${folder}/${name}`) : []),
  ]);
}

/** Every file below a folder, hidden ones included. */
export function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}
