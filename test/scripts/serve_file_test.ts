import assert from "node:assert/strict";
import { serveFile } from "../../scripts/serve_file.ts";

/** A folder with a page, in another with a secret. */
async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const outer = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${outer}/page`);
    await Deno.writeTextFile(`${outer}/secret.js`, "secret");
    await Deno.writeTextFile(`${outer}/page/index.html`, "<p>");
    await Deno.writeTextFile(`${outer}/page/main.js`, "1");
    await Deno.writeTextFile(`${outer}/page/notes.txt`, "notes");
    await body(`${outer}/page`);
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

const get = (folder: string, path: string, isolated?: boolean, method = "GET") =>
  serveFile(folder, new Request(`http://127.0.0.1:8000${path}`, { method }), isolated);

Deno.test("serveFile: the page's files have their types, and are isolated unless told otherwise", async () => {
  await withFolder(async (folder) => {
    const page = await get(folder, "/?view=masks"), script = await get(folder, "/main.js", false);
    assert.deepEqual([page.status, await page.text()], [200, "<p>"]);
    assert.match(page.headers.get("content-type")!, /^text\/html/);
    assert.equal(page.headers.get("cross-origin-opener-policy"), "same-origin");
    assert.equal(page.headers.get("cross-origin-embedder-policy"), "require-corp");
    assert.match(script.headers.get("content-type")!, /^text\/javascript/);
    assert.equal(script.headers.get("cross-origin-opener-policy"), null);
    await script.body?.cancel();
  });
});

Deno.test("serveFile: nothing else is served, whatever the path says", async () => {
  await withFolder(async (folder) => {
    const paths = [
      "/none.js",
      "/notes.txt",
      "/../secret.js",
      "/%2e%2e/secret.js",
      "/..%2fsecret.js",
      "//secret.js",
    ];
    for (const path of paths) {
      const { status, body } = await get(folder, path);
      await body?.cancel();
      assert.equal(status, 404, path);
    }
    const posted = await get(folder, "/main.js", true, "POST");
    await posted.body?.cancel();
    assert.equal(posted.status, 404);
  });
});
