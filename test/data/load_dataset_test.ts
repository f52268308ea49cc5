import assert from "node:assert/strict";
import { join } from "node:path";
import { DATASET_NAMES, loadDataset } from "@graphon-limit/data";
import { cacheFolder } from "../../packages/data/files/cache_folder.ts";
import { sha256 } from "../../packages/data/datasets/download.ts";
import { gzip, idxFile, rejectsOneLine, withFolder } from "./support.ts";

const PIXELS = Uint8Array.from({ length: 3 * 784 }, (_, i) => i * 31);

function writeIdx(folder: string, prefix: string, labels: number[], side = 28): void {
  const pixels = Uint8Array.from(
    { length: labels.length * side * side },
    (_, i) => PIXELS[i % PIXELS.length],
  );
  Deno.writeFileSync(
    join(folder, `${prefix}-images-idx3-ubyte`),
    idxFile([labels.length, side, side], pixels),
  );
  Deno.writeFileSync(join(folder, `${prefix}-labels-idx1-ubyte`), idxFile([labels.length], labels));
}

Deno.test("loadDataset reads IDX files and normalises with each set's own statistics", () =>
  withFolder(async (folder) => {
    writeIdx(folder, "train", [3, 0, 9]);
    for (
      const [name, mean, deviation] of [["mnist", 0.1307, 0.3081], ["fashion-mnist", 0.2860, 0.3530]] as const
    ) {
      const set = await loadDataset(name, { dataDir: folder });
      const path = join(folder, "train-images-idx3-ubyte");
      assert.equal(set.name, name);
      assert.deepEqual([set.count, set.dimension, set.classes, set.source], [3, 784, 10, path]);
      assert.equal(set.sha256, await sha256(Deno.readFileSync(path)));
      assert.deepEqual([...set.labels], [3, 0, 9]);
      assert.deepEqual(set.images, Float32Array.from(PIXELS, (pixel) => (pixel / 255 - mean) / deviation));
    }
  }));

Deno.test("loadDataset reads compressed files, and no more images than asked for", () =>
  withFolder(async (folder) => {
    writeIdx(folder, "train", [3, 0, 9]);
    const plain = await loadDataset("mnist", { dataDir: folder, count: 2 });
    for (const name of ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"]) {
      const path = join(folder, name);
      Deno.writeFileSync(`${path}.gz`, await gzip(Deno.readFileSync(path)));
      Deno.removeSync(path);
    }
    const compressed = await loadDataset("mnist", { dataDir: folder, count: 2 });
    assert.deepEqual([compressed.images, compressed.labels], [plain.images, plain.labels]);
    assert.equal(compressed.images.length, 2 * 784);
    await rejectsOneLine(
      loadDataset("mnist", { dataDir: folder, count: 4 }),
      /ubyte.gz: expected at least 4 images, as many as asked for, but found 3$/,
      "InvalidArgumentError",
    );
    await rejectsOneLine(
      loadDataset("mnist", { dataDir: folder, count: 0 }),
      /^Expected a number of images of at least 1 but found 0$/,
    );
  }));

Deno.test("loadDataset trains on the test files where there are no others, and says so", () =>
  withFolder(async (folder) => {
    writeIdx(folder, "t10k", [1]);
    const notices: string[] = [];
    const onNotice = (line: string) => notices.push(line);
    assert.equal((await loadDataset("mnist", { dataDir: folder, onNotice })).count, 1);
    assert.deepEqual(notices, [
      `${folder} has no training files; training on ${join(folder, "t10k-images-idx3-ubyte")}`,
      "mnist: pixels normalised by mean 0.1307 and deviation 0.3081",
    ]);
    assert.deepEqual((await loadDataset("mnist", { dataDir: folder, split: "test" })).count, 1);
    writeIdx(folder, "train", [1, 2]);
    assert.equal((await loadDataset("mnist", { dataDir: folder, onNotice })).count, 2);
    assert.equal(notices.length, 3);
  }));

Deno.test("loadDataset says in one line what a data folder lacks", () =>
  withFolder(async (folder) => {
    const load = (name: string, split?: "test") =>
      loadDataset(name, split === undefined ? { dataDir: folder } : { dataDir: folder, split });
    await rejectsOneLine(
      load("mnist"),
      /: expected mnist's files, such as train-images-idx3-ubyte\[.gz\] or mnist.npz or .*, but found an empty folder$/,
      "InvalidArgumentError",
    );
    await rejectsOneLine(
      load("mnist", "test"),
      /: expected mnist's files, such as t10k-images-idx3-ubyte\[.gz\] or .*, but found an empty folder$/,
    );
    await rejectsOneLine(
      load("cifar10"),
      /: expected data_batch_\*.bin or test_batch.bin or cifar-10-binary.tar.gz but found none of them$/,
    );
    await rejectsOneLine(
      load("digits"),
      /^Expected no data folder for digits, which are generated, but found /,
      "InvalidArgumentError",
    );
    writeIdx(folder, "train", [1, 2]);
    const labels = join(folder, "train-labels-idx1-ubyte");
    Deno.writeFileSync(labels, idxFile([3], [1, 2, 3]));
    await rejectsOneLine(
      load("mnist"),
      /train-labels-idx1-ubyte: expected as many labels as images in .*images-idx3-ubyte, 2, but found 3$/,
      "FormatError",
    );
    Deno.removeSync(labels);
    await rejectsOneLine(
      load("mnist"),
      /images-idx3-ubyte: expected train-labels-idx1-ubyte\[.gz\] beside it but found none$/,
    );
    writeIdx(folder, "train", [1, 2], 27);
    await rejectsOneLine(
      load("mnist"),
      /: expected images of shape \[28, 28\] but found \[27, 27\]$/,
      "FormatError",
    );
    writeIdx(folder, "train", []);
    await rejectsOneLine(load("mnist"), /: expected at least one image but found none$/, "FormatError");
    const file = join(folder, "file");
    Deno.writeTextFileSync(file, "");
    await rejectsOneLine(
      loadDataset("mnist", { dataDir: file }),
      /: expected a file to read but found a file where a folder was to be$/,
    );
  }));

Deno.test("loadDataset lists the names there are", async () => {
  assert.deepEqual(DATASET_NAMES.slice(0, 4), ["mnist", "fashion-mnist", "cifar10", "digits"]);
  for (const name of ["mnits", "", "__proto__", "toString"]) {
    await rejectsOneLine(
      loadDataset(name),
      /^Expected a data set of mnist, fashion-mnist, cifar10, digits, .* but found ".*"$/,
      "InvalidArgumentError",
    );
  }
});

Deno.test("loadDataset generates digits", async () => {
  const set = await loadDataset("digits", { count: 12, seed: 5, split: "test" });
  assert.deepEqual([set.name, set.count, set.images.length], ["digits", 12, 12 * 784]);
  assert.equal(set.source, "generated test digits of seed 5");
});

Deno.test("loadDataset without a data folder downloads into the cache given, and keeps nothing wrong", () =>
  withFolder(async (folder) => {
    for (const name of ["mnist", "fashion-mnist", "cifar10"]) {
      const asked: string[] = [];
      const fetch = (address: string) => {
        asked.push(address);
        return Promise.resolve(new Response("not the file"));
      };
      await rejectsOneLine(
        loadDataset(name, { cacheDir: folder, fetch }),
        /^(train-images|cifar-10).*: expected an address .* \(ended after 12 of \d+ bytes\)$/,
        "DownloadError",
      );
      assert.equal(asked.length, name === "cifar10" ? 1 : 2);
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("cacheFolder follows each platform's custom", () => {
  const variables = (values: Record<string, string>) => (name: string) => values[name];
  assert.equal(cacheFolder(variables({ XDG_CACHE_HOME: "/x", HOME: "/h" }), "linux"), "/x/graphon-limit");
  assert.equal(
    cacheFolder(variables({ XDG_CACHE_HOME: "x", HOME: "/h" }), "linux"),
    "/h/.cache/graphon-limit",
  );
  assert.equal(cacheFolder(variables({ HOME: "/h" }), "darwin"), "/h/Library/Caches/graphon-limit");
  assert.equal(cacheFolder(variables({ LOCALAPPDATA: "/l", HOME: "/h" }), "windows"), "/l/graphon-limit");
  assert.throws(
    () => cacheFolder(variables({}), "linux"),
    /^InvalidArgumentError: Expected XDG_CACHE_HOME or a home .* \(or --data-dir\) but found neither/,
  );
});

Deno.test({
  name: "cacheFolder takes variables that may not be read as not set",
  permissions: { env: false },
  fn: () =>
    assert.throws(() => cacheFolder(), /^InvalidArgumentError: Expected XDG_CACHE_HOME or a home folder/),
});
