import { supervise } from "./supervision/supervisor.ts";

if (import.meta.main) Deno.exit(await supervise(new URL("./supervision/worker.ts", import.meta.url)));
