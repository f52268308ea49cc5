/**
 * The command line: `cli.ts` runs it, `main` is what it runs.
 *
 * @module
 */
export { main } from "./shell/main.ts";
