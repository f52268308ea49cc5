/**
 * Builds the explorer into `out/explorer/` and serves it on the loopback address, isolated, so that the library may use all
 * processors.
 *
 *     deno task explore [--port 8000]
 *
 * @module
 */
import { extname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { stopBundling } from "./build/bundles.ts";
import { bundleExplorer } from "./build/explorer.ts";
import { readProject } from "./build/project.ts";
import { layOutProject, STAGE } from "./build/stage.ts";

const FOLDER = "out/explorer";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** With these the page's workers may share memory, and so have threads. */
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

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

/** Answers with the files of a folder, all of which lie in it directly. */
export async function serveFile(folder: string, request: Request, isolated = true): Promise<Response> {
  const { pathname } = new URL(request.url), name = pathname === "/" ? "index.html" : pathname.slice(1);
  const type = TYPES[extname(name)];
  if (request.method !== "GET" || type === undefined || !/^[\w.-]+$/.test(name)) {
    return new Response("Not found\n", { status: 404 });
  }
  try {
    const headers = { "content-type": type, "cache-control": "no-cache", ...(isolated ? ISOLATION : {}) };
    return new Response(await Deno.readFile(join(folder, name)), { headers });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Response("Not found\n", { status: 404 });
    throw error;
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
  Deno.serve(
    { hostname: "127.0.0.1", port, onListen: ({ port }) => console.error(`http://127.0.0.1:${port}/`) },
    (request) => serveFile(FOLDER, request),
  );
}
