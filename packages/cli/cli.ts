import { exit, words } from "./host.ts";
import { main } from "./shell/main.ts";

if (import.meta.main) exit(await main(words()));
