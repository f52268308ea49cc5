import { Command } from "commander";
import { addNtk } from "../packages/lab/commands/ntk.ts";
import { type CommonFlags, Session } from "../packages/lab/cli/session.ts";
const program = new Command();
addNtk(program, (command, action) => {
  command.option("--device <k>", "", "auto").option("--seed <n>", "", Number, 0).option("--json").option(
    "--quiet",
  ).action(async (flags) => {
    using session = await Session.open(flags as CommonFlags);
    try {
      await action(session, flags);
    } catch (e) {
      console.error("error:", (e as Error).name, (e as Error).message);
    }
  });
});
await program.parseAsync(Deno.args, { from: "user" });
