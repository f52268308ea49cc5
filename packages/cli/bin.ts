#!/usr/bin/env node
/**
 * The command line as a program of Node's: `npx graphon-limit <command>`.
 *
 * @module
 */
import { exit, words } from "./host.ts";
import { main } from "./shell/main.ts";

exit(await main(words()));
