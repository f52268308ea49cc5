import assert from "node:assert/strict";
import { join } from "node:path";
import { DATA_HOSTS } from "@graphon-limit/data";
import { CIFAR10, FASHION_MNIST, MNIST, type RemoteFile } from "../../packages/data/datasets/catalogue.ts";
import { cachedFile, type DownloadOptions, sha256 } from "../../packages/data/datasets/download.ts";
import { namesIn, rejectsOneLine, withFolder } from "./support.ts";

const CONTENT = Uint8Array.from({ length: 5000 }, (_, i) => i * i);
const FILE: RemoteFile = {
  name: "set.gz",
  bytes: CONTENT.length,
  sha256: await sha256(CONTENT),
  addresses: ["https://one.example/set.gz", "https://two.example/set.gz"],
};

/** Hands out prepared responses in turn and counts how often it was asked. */
function stub(...responses: (() => Response | Promise<Response>)[]) {
  const asked: string[] = [];
  const fetch: DownloadOptions["fetch"] = (address) => {
    asked.push(address);
    return Promise.try(responses[asked.length - 1]);
  };
  return { fetch, asked };
}

function offline(): Response {
  const cause = new Error(
    "error sending request for url (https://one.example/set.gz): dns error: no such name",
  );
  throw new TypeError("fetch failed", { cause });
}

Deno.test("cachedFile downloads once, tells of it, and reads the copy afterwards", () =>
  withFolder(async (folder) => {
    const notices: string[] = [], progress: number[] = [];
    const { fetch, asked } = stub(() => new Response(CONTENT));
    const options = {
      fetch,
      onNotice: (line: string) => notices.push(line),
      onProgress: ({ received, total }: { received: number; total: number }) =>
        progress.push(received / total),
    };
    const cache = join(folder, "not", "yet");
    const first = await cachedFile(FILE, cache, options);
    assert.deepEqual(first, { bytes: CONTENT, path: join(cache, "set.gz") });
    assert.deepEqual(await cachedFile(FILE, cache, options), first);
    assert.deepEqual(asked, ["https://one.example/set.gz"]);
    assert.deepEqual(notices, [`downloading https://one.example/set.gz (4.9 KiB) to ${cache}`]);
    assert.equal(progress.at(-1), 1);
  }));

Deno.test("cachedFile goes to the next address after a failure", () =>
  withFolder(async (folder) => {
    const { fetch, asked } = stub(() => new Response("gone", { status: 404 }), () => new Response(CONTENT));
    await cachedFile(FILE, folder, { fetch });
    assert.deepEqual(asked, FILE.addresses);
    assert.deepEqual(namesIn(folder), ["set.gz"]);
  }));

Deno.test("cachedFile names file, addresses, reasons and the way out in one line, and leaves nothing", () =>
  withFolder(async (folder) => {
    const cases: [response: () => Response, reason: string][] = [
      [() => new Response("gone", { status: 404 }), "HTTP status 404"],
      [offline, "dns error: no such name"],
      [() => new Response(CONTENT.with(7, 0)), "wrong SHA-256"],
      [() => new Response(CONTENT.slice(1)), "ended after 4999 of 5000 bytes"],
      [() => new Response(new Uint8Array(5001)), "longer than the expected 5000 bytes"],
      [() => new Response(null), "HTTP status 200"],
    ];
    for (const [response, reason] of cases) {
      const failure = cachedFile(FILE, folder, { fetch: stub(response, response).fetch });
      await assert.rejects(failure, {
        name: "DownloadError",
        message: `set.gz: expected an address that serves it (or its folder with --data-dir) but found ` +
          `https://one.example/set.gz (${reason}) and https://two.example/set.gz (${reason})`,
      });
      assert.deepEqual(namesIn(folder), []);
    }
  }));

Deno.test("cachedFile replaces a damaged copy, and keeps none where it cannot", () =>
  withFolder(async (folder) => {
    const notices: string[] = [];
    const path = join(folder, "set.gz");
    Deno.writeFileSync(path, CONTENT.slice(0, 99));
    const { fetch } = stub(() => new Response(CONTENT));
    await cachedFile(FILE, folder, { fetch, onNotice: (line) => notices.push(line) });
    assert.deepEqual(Deno.readFileSync(path), CONTENT);
    assert.match(notices[0], /set.gz is damaged \(wrong SHA-256\); downloading it again$/);
  }));

Deno.test("cachedFile gives up an address that stops answering", () =>
  withFolder(async (folder) => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(CONTENT.slice(0, 100)),
        }),
      ));
    const file = { ...FILE, addresses: [`http://127.0.0.1:${server.addr.port}/set.gz`] };
    await rejectsOneLine(cachedFile(file, folder, { stallTimeout: 100 }), /\(no answer\)/, "DownloadError");
    assert.deepEqual(namesIn(folder), []);
    await server.shutdown();
  }));

Deno.test("cachedFile notices a connection that breaks off", () =>
  withFolder(async (folder) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const answered = (async () => {
      const connection = await listener.accept();
      await connection.read(new Uint8Array(4096));
      const head = new TextEncoder().encode(`HTTP/1.1 200 OK\r\nContent-Length: ${CONTENT.length}\r\n\r\n`);
      await connection.write(new Uint8Array([...head, ...CONTENT.slice(0, 1000)]));
      connection.close();
      listener.close();
    })();
    const file = { ...FILE, addresses: [`http://127.0.0.1:${listener.addr.port}/set.gz`] };
    await rejectsOneLine(
      cachedFile(file, folder),
      /^set.gz: expected an address that serves it .* but found http:/,
      "DownloadError",
    );
    await answered;
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("cachedFile says in one line where the cache cannot be written", () =>
  withFolder(async (folder) => {
    const file = join(folder, "file");
    Deno.writeTextFileSync(file, "");
    const { fetch } = stub(() => new Response(CONTENT));
    await rejectsOneLine(
      cachedFile(FILE, join(file, "below"), { fetch }),
      /set.gz: expected a file to (read|write) but found a file where a folder was to be/,
    );
  }));

Deno.test("the catalogue pins every file by size and SHA-256, and lists every host", () => {
  const files = [MNIST, FASHION_MNIST].flatMap(({ files: { train, test } }) => [train, test])
    .flatMap(({ images, labels }) => [images, labels]);
  for (const { name, bytes, sha256, addresses } of [...files, CIFAR10.archive]) {
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.ok(Number.isInteger(bytes) && bytes > 4000);
    for (const address of addresses) {
      assert.ok(address.endsWith(`/${name}`));
      assert.ok(DATA_HOSTS.includes(new URL(address).host));
    }
  }
  assert.equal(new Set(files.map(({ sha256 }) => sha256)).size, 8);
});
