import assert from "node:assert/strict";
import { resolve } from "node:path";
import { COMMANDS } from "../../packages/cli/commands/catalogue.ts";
import { flagName } from "../../packages/cli/shell/flags.ts";
import { grantsOf, type Surroundings } from "../../packages/cli/shell/grants.ts";
import { commandOf, DEFAULT_FOLDERS, FILE_WORDS, pathFlagsOf } from "../../packages/cli/shell/path_flags.ts";

const there = [
  "/",
  "/data",
  "/data/net",
  "/short",
  "/long",
  "/home",
  "/home/me",
  "/home/me/cache",
  resolve("."),
  resolve("out"),
];
const surroundings: Surroundings = {
  exists: (path) => there.includes(path),
  real: (path) => path === "/data/link" ? "/elsewhere/masks" : path.replace(/^\/short\b/, "/long"),
  links: (path) => path === "/data/link" ? [path, "/between/link", "/elsewhere/masks"] : [path],
  cache: "/home/me/cache/graphon-limit",
};
const grants = (line: string) => grantsOf(line.split(" "), surroundings);

Deno.test("the launcher knows the path flags that the commands declare, and no others", () => {
  for (const { name, flags, words } of COMMANDS) {
    const known = pathFlagsOf(name);
    assert.equal(FILE_WORDS.includes(name), words?.access === "read", name);
    assert.equal(commandOf([...name.split(" "), "word"]), name);
    for (const [property, { access, placeholder, fallback }] of Object.entries(flags)) {
      const flag = flagName(property);
      if (access === undefined) assert.equal(known[flag], undefined, `${name} ${flag}`);
      else {
        const kind = placeholder === "<folder>" ? "folder" : "file";
        assert.deepEqual(known[flag], { access, kind }, `${name} ${flag}`);
      }
      if (kind(placeholder) && fallback !== undefined) assert.equal(DEFAULT_FOLDERS[name], fallback);
    }
  }
});

const kind = (placeholder: string | undefined) => placeholder === "<folder>";

Deno.test("a command line may read the files it names and write where it says, and no more", () => {
  const cache = ["/home/me/cache/graphon-limit"];
  assert.deepEqual(
    grants("graphon --masks /data/m.npz --out=/data/g.safetensors --figure /data/new/a/b.svg"),
    {
      read: ["/data/m.npz", "/data", "/data/new", ...cache],
      write: ["/data", "/data/new", ...cache],
      run: [],
      net: false,
    },
  );
  const { read, write, net } = grants(
    "ntk --weights /data/net/model.safetensors.index.json --inputs x --second-moments s",
  );
  assert.deepEqual(read, ["/data/net", resolve("x"), resolve("s"), ...cache]);
  assert.deepEqual([write, net], [cache, false]);
});

Deno.test("a sweep reads the plan that it is given, and only those commands that ask a batch system start its programs", () => {
  const { read, write, run } = grants("sweep run /data/p --store /data/new --json");
  assert.ok(read.includes("/data/p"));
  assert.deepEqual([write[0], run], ["/data/new", []]);
  assert.deepEqual(grants("sweep submit /data/p --store /data/new").run, ["sbatch", "squeue"]);
  const status = grants("sweep status /data/p --store /data");
  assert.deepEqual([status.run, status.write.includes("/data")], [["squeue"], false]);
  for (const line of ["sweep plan F5", "sweep collect /data/p --store /data", "reproduce F5", "sweep"]) {
    assert.deepEqual(grants(line).run, [], line);
  }
});

Deno.test("symbolic links are followed, commas ask for the folder, defaults are known", () => {
  const { read, write } = grants("prune --out /data/link");
  assert.ok(write.includes("/elsewhere"));
  assert.ok(["/data", "/between"].every((folder) => read.includes(folder)));
  // A file is written by the name of its folder, and its folder may be a link.
  const linked = grants("prune --out /short/masks").write;
  assert.ok(["/short", "/long"].every((folder) => linked.includes(folder)));
  assert.deepEqual(grants("train --weights /data/a,b.npz").read[0], "/data");
  assert.ok(grants("reproduce all --quick").write.includes(resolve("out/reproduce")));
  assert.ok(grants("converge --out /data/c").write.includes("/data/c"));
});

Deno.test("a module of the user's own may read its folder; the network is for images that are not there", () => {
  const own = grants("converge --methods random,./mine/a.ts --dataset digits --out /data/c");
  assert.ok(own.read.includes(resolve("mine")));
  assert.equal(own.net, false);
  assert.equal(grants("prune --dataset mnist --out /data/m").net, true);
  assert.equal(grants("prune --dataset mnist --data-dir /data --out /data/m").net, false);
  assert.deepEqual(grants("doctor").write, ["/home/me/cache/graphon-limit"]);
});
