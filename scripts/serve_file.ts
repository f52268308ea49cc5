import { extname, join } from "node:path";

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
