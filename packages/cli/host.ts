/**
 * What the command line asks of the host it runs on, Deno or Node: by the modules of Node's that both have, so that one text runs
 * on either.
 *
 * @module
 */
import { lstatSync, readFileSync, readlinkSync, realpathSync, rmdirSync, unlinkSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isatty } from "node:tty";
import { DAWN_PACKAGE, DAWN_VARIABLE, TASK_VARIABLE } from "./shell/native_libraries.ts";
import type { SignalName } from "./supervision/signals.ts";

const { deno, node } = process.versions as { readonly deno?: string; readonly node: string };

/** Whether it is Deno, and not Node. */
export const IN_DENO: boolean = deno !== undefined;

/** The host and its version, as results have it. */
export const HOST: string = deno === undefined ? `Node ${node}` : `Deno ${deno}`;

/** How the command line is started, before its words. */
export const PROGRAM: string = deno === undefined
  ? "npx graphon-limit"
  : `deno task ${variable(TASK_VARIABLE) ?? "cli"}`;

/** Where Dawn is: in Node, beside the program where it is installed; in Deno, where its task has put it. */
export const DAWN: string | undefined = deno === undefined ? "webgpu" : variable(DAWN_VARIABLE);

/** How Dawn is had on this host. */
export const DAWN_ADVICE: string = deno === undefined
  ? `install it beside the program: npm install ${DAWN_PACKAGE}, or npx -p ${DAWN_PACKAGE} before its own -p`
  : "it has a task of its own: deno task cli:dawn …";

/** The folder that it is started in: of the repository, whose task it is, or the one at hand, where the package is installed. */
export const FOLDER: string = deno === undefined
  ? process.cwd()
  : fileURLToPath(new URL("../..", import.meta.url)).replace(/(.)[\\/]$/, "$1");

/** `linux`, `darwin`, `win32`, … */
export const PLATFORM: string = process.platform;

/** The words after the program's name. */
export function words(): string[] {
  return process.argv.slice(2);
}

/** A variable of the environment; undefined where it is not set, is empty or may not be read. */
export function variable(name: string): string | undefined {
  return permitted(() => process.env[name]) || undefined;
}

/** Sets a variable of this process that is not set, where that is permitted. */
export function setIfMissing(name: string, value: string): void {
  if (variable(name) === undefined) permitted(() => process.env[name] = value);
}

/** The machine's memory in bytes; undefined where the program may not ask. */
export function memory(): { readonly total: number; readonly available: number } | undefined {
  return permitted(() => ({ total: totalmem(), available: freemem() }));
}

/** Ends the process at once. */
export function exit(code: number): never {
  process.exit(code);
}

/** Calls `listener` on a signal, in place of ending the process. Signals come to the main thread alone. */
export function onSignal(signal: SignalName, listener: () => void): void {
  process.on(signal, listener);
}

/** Calls `listener` with what this thread threw, or a promise was rejected with, where nobody waits for it. */
export function onUnhandled(listener: (error: unknown) => void): void {
  process.on("uncaughtException", listener);
  process.on("unhandledRejection", listener);
}

/** The process that started this one; another, where that is no longer there. */
export function parentProcess(): number {
  return process.ppid;
}

/** Whether standard error is a terminal. */
export function errorsAreOnTerminal(): boolean {
  return isatty(2);
}

/** The text of a file. */
export function readText(path: string): string {
  return readFileSync(path, "utf8");
}

/** Removes a file. */
export function removeFile(path: string): void {
  unlinkSync(path);
}

/** Removes an empty folder. */
export function removeFolder(path: string): void {
  rmdirSync(path);
}

/** Whether there is something at a path; what cannot be seen for another reason counts as there. */
export function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    return codeOf(error) !== "ENOENT";
  }
}

/** Where a path leads, links followed; undefined where there is nothing, or it may not be asked. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** What a link says; undefined for what is none, or may not be asked. */
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Links that are followed one after another, as Linux does. */
const MOST_LINKS = 40;

/** A path, the links that it is followed by one after another, and what the last one leads to, be it there or not. */
export function linksFrom(path: string): string[] {
  const found = [path];
  for (let next = path; found.length <= MOST_LINKS; found.push(next)) {
    const led = linkAt(next);
    if (led === undefined) break;
    next = resolve(realPath(dirname(next)) ?? dirname(next), led);
  }
  return found;
}

/** What an error of the host is called: `ENOENT`; undefined for one that is none of its. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** What an action returns, or undefined where the user did not let the program do it. */
function permitted<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    const refused = error instanceof Error &&
      (error.name === "NotCapable" || codeOf(error) === "ERR_ACCESS_DENIED");
    if (refused) return undefined;
    throw error;
  }
}
