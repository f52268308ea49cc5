import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { DOCUMENTS } from "./documents.ts";
import { anchorsOf, linksOf } from "./markdown.ts";

const PAGES = [...DOCUMENTS, "CONTRIBUTING.md"];

/** The links of all pages that lead into the repository: the page, the file and the place in it. */
const links = PAGES.flatMap((page) =>
  linksOf(Deno.readTextFileSync(page))
    .filter(({ target }) => !/^[a-z]+:/.test(target))
    .map(({ text, target, line }) => {
      const [path, anchor] = target.split("#");
      return { text, path: path === "" ? page : join(dirname(page), path), anchor, where: `${page}:${line}` };
    })
);

Deno.test("documents: every link leads to a file or a heading that exists", async () => {
  assert.ok(links.length > 0);
  for (const { path, anchor, where } of links) {
    assert.ok(await Deno.stat(path).then(() => true, () => false), `${where}: there is no ${path}`);
    if (anchor === undefined) continue;
    const anchors = anchorsOf(Deno.readTextFileSync(path));
    assert.ok(anchors.has(anchor), `${where}: ${path} has no heading #${anchor}`);
  }
});

Deno.test("documents: a symbol that links to its source is exported there", async () => {
  const symbols = links.flatMap(({ text, path, where }) => {
    const symbol = text.match(/^`([A-Za-z]\w*)(?:\.(\w+))?`$/);
    return symbol && path.endsWith(".ts") ? [{ name: symbol[1], member: symbol[2], path, where }] : [];
  });
  assert.ok(symbols.length >= 40, `${symbols.length} symbols`);
  for (const { name, member, path, where } of symbols) {
    const module: Record<string, unknown> = await import(pathToFileURL(Deno.realPathSync(path)).href);
    assert.ok(Object.hasOwn(module, name), `${where}: ${path} does not export ${name}`);
    if (member === undefined) continue;
    const owner = module[name];
    const members = typeof owner === "function" ? [owner.prototype, owner] : [owner];
    assert.ok(members.some((object) => member in object), `${where}: ${name} has no ${member}`);
  }
});

Deno.test("CONTRIBUTING: its map leads to every file that computes a formula, or to its folder", () => {
  const from = (page: string) =>
    links.filter(({ where }) => where.startsWith(`${page}:`)).map(({ path }) => path);
  const map = from("CONTRIBUTING.md");
  // Ops are found by their names; other rooms are too large to look through.
  const folders = map.filter((path) => /^packages\/(ops$|\w+\/[\w/]+$)/.test(path));
  const files = from("docs/mathematics.md").filter((path) => /^packages\/.*\.ts$/.test(path));
  assert.ok(files.length >= 100, `${files.length} files`);
  const lost = files.filter((path) =>
    !map.includes(path) && !folders.some((folder) => path.startsWith(`${folder}/`))
  );
  assert.deepEqual([...new Set(lost)], []);
});

Deno.test("documents: every page in docs/ is linked from the index, and the index from the README", () => {
  const from = (page: string) =>
    links.filter(({ where }) => where.startsWith(`${page}:`)).map(({ path }) => path);
  const pages = DOCUMENTS.filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  assert.deepEqual(pages.filter((path) => !from("docs/README.md").includes(path)), []);
  assert.ok(from("README.md").includes("docs/README.md"));
});
