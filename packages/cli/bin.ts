#!/usr/bin/env node
/**
 * The command line as a program of Node's, `npx graphon-limit <command>`, and the thread that the command runs in.
 *
 * @module
 */
import * as nodeModules from "node:module";
import { isMainThread } from "node:worker_threads";
import { exit } from "./host.ts";
import { supervise } from "./supervision/supervisor.ts";
import { writeAtOnce } from "./terminal/node_streams.ts";

/**
 * A pruner of the user's own imports the packages of this program, which are not installed where it lies; were they, its matrices would
 * not be this program's. Node before 22.15 has no such hook, and finds what is installed.
 */
function findOwnPackages(): void {
  if (!("registerHooks" in nodeModules)) return;
  nodeModules.registerHooks({
    resolve: (specifier, context, next) =>
      next(
        specifier,
        specifier.startsWith("@graphon-limit/") ? { ...context, parentURL: import.meta.url } : context,
      ),
  });
}

if (isMainThread) {
  exit(await supervise(new URL(import.meta.url)));
} else {
  writeAtOnce();
  findOwnPackages();
  await import("./supervision/worker.ts");
}
