/**
 * Builds the explorer into `out/explorer/` and serves it on the loopback address, isolated, so that the library may use all
 * processors.
 *
 *     deno task explore [--port 8000]
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { stopBundling } from "./build/bundles.ts";
import { bundleExplorer } from "./build/explorer.ts";
import { readProject } from "./build/project.ts";
import { layOutProject, STAGE } from "./build/stage.ts";
import { serveFile } from "./serve_file.ts";

const FOLDER = "out/explorer";

/** Bundles the sources as they are into a folder. */
export async function buildExplorer(folder: string): Promise<void> {
  const stage = resolve(STAGE);
  try {
    await layOutProject(readProject(), stage);
    await bundleExplorer(stage, folder);
  } finally {
    await stopBundling();
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ args: Deno.args, options: { port: { type: "string", default: "8000" } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error(`Expected --port to be a whole number from 0 to 65535 but found ${values.port}`);
    Deno.exit(2);
  }
  await buildExplorer(FOLDER);
  try {
    Deno.serve(
      { hostname: "127.0.0.1", port, onListen: ({ port }) => console.error(`http://127.0.0.1:${port}/`) },
      (request) => serveFile(FOLDER, request),
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    console.error(`Expected a port that is free but found ${port} taken; another one: --port ${port + 1}`);
    Deno.exit(1);
  }
}
