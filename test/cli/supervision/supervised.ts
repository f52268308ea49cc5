import { supervise } from "../../../packages/cli/supervision/supervisor.ts";

// A program that is supervised as the command line is, with a command of the tests.

if (import.meta.main) Deno.exit(await supervise(new URL("./stuck_command.ts", import.meta.url)));
