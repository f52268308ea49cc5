#!/usr/bin/env node
/**
 * The command line as a program of Node's: `npx graphon-limit <command>`.
 *
 * @module
 */
import * as nodeModules from "node:module";
import { exit, words } from "./host.ts";
import { main } from "./shell/main.ts";

/**
 * A pruner of the user's own imports the packages of this program, which are not installed where it lies; were they, its matrices would
 * not be this program's. Node before 22.15 has no such hook, and finds what is installed.
 */
if ("registerHooks" in nodeModules) {
  nodeModules.registerHooks({
    resolve: (specifier, context, next) =>
      next(
        specifier,
        specifier.startsWith("@graphon-limit/") ? { ...context, parentURL: import.meta.url } : context,
      ),
  });
}
exit(await main(words()));
