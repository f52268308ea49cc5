import { exit } from "./host.ts";
import { supervise } from "./supervision/supervisor.ts";

if (import.meta.main) exit(await supervise(new URL("./supervision/worker.ts", import.meta.url)));
