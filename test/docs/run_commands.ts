// Runs command lines one after the other in the folder it was started in, until one fails, and prints of each, as a line of
// JSON, what it left: the compiler and the adapter warm up once for all of them.
import { runCli } from "../cli/run_cli.ts";

for (const args of JSON.parse(Deno.args[0]) as string[][]) {
  const run = await runCli(...args);
  console.log(JSON.stringify(run));
  if (run.code !== 0) break;
}
