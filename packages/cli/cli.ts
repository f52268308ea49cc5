import { main } from "./shell/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
