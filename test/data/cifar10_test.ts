import assert from "node:assert/strict";
import { join } from "node:path";
import { loadDataset } from "@graphon-limit/data";
import { parseTar } from "../../packages/data/archives/tar.ts";
import { gzip, rejectsOneLine, tarOf, throwsOneLine, withFolder } from "./support.ts";

/** Records of CIFAR-10's binary version with the given labels. */
function records(...labels: number[]): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(3073 * labels.length);
  labels.forEach((label, row) => {
    for (let i = 0; i < 3073; i++) file[3073 * row + i] = i === 0 ? label : (i >> 10) * 70 + label;
  });
  return file;
}

function normalised(pixel: number, channel: number): number {
  const [mean, deviation] = [[0.4914, 0.2470], [0.4822, 0.2435], [0.4465, 0.2616]][channel];
  return Math.fround((pixel / 255 - mean) / deviation);
}

Deno.test("loadDataset reads CIFAR-10's batches in order and normalises each colour", () =>
  withFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "data_batch_2.bin"), records(4));
    Deno.writeFileSync(join(folder, "data_batch_1.bin"), records(7, 0));
    Deno.writeFileSync(join(folder, "test_batch.bin"), records(9));
    const set = await loadDataset("cifar10", { dataDir: folder });
    assert.deepEqual([set.name, set.count, set.dimension, set.source], ["cifar10", 3, 3072, folder]);
    assert.deepEqual([...set.labels], [7, 0, 4]);
    for (const at of [0, 1022, 1023, 2046, 2047, 3071]) {
      const channel = Math.floor(at / 1024);
      assert.equal(set.images[at], normalised(((at + 1) >> 10) * 70 + 7, channel));
    }
    const test = await loadDataset("cifar10", { dataDir: folder, split: "test" });
    assert.deepEqual([...test.labels], [9]);
  }));

Deno.test("loadDataset reads CIFAR-10 from its archive or the folder in it", () =>
  withFolder(async (folder) => {
    const train = Object.fromEntries(
      [1, 2, 3, 4, 5].map((batch) => [`cifar-10-batches-bin/data_batch_${batch}.bin`, records(batch)]),
    );
    const archive = tarOf({
      "cifar-10-batches-bin/": new Uint8Array(),
      ...train,
      "cifar-10-batches-bin/test_batch.bin": records(9, 8),
    });
    const path = join(folder, "cifar-10-binary.tar.gz");
    Deno.writeFileSync(path, await gzip(archive));
    const set = await loadDataset("cifar10", { dataDir: folder, count: 4 });
    assert.deepEqual([...set.labels], [1, 2, 3, 4]);
    assert.equal(set.source, path);
    assert.deepEqual([...(await loadDataset("cifar10", { dataDir: folder, split: "test" })).labels], [9, 8]);
    Deno.writeFileSync(path, await gzip(tarOf({ "cifar-10-batches-bin/data_batch_1.bin": records(1) })));
    await rejectsOneLine(
      loadDataset("cifar10", { dataDir: folder }),
      /tar.gz: expected cifar-10-batches-bin\/data_batch_2.bin in it but found none$/,
      "FormatError",
    );
    Deno.removeSync(path);
    Deno.mkdirSync(join(folder, "cifar-10-batches-bin"));
    Deno.writeFileSync(join(folder, "cifar-10-batches-bin", "test_batch.bin"), records(6));
    const notices: string[] = [];
    await loadDataset("cifar10", { dataDir: folder, onNotice: (line) => notices.push(line) });
    assert.match(notices[0], /has no training files; training on .*test_batch.bin$/);
  }));

Deno.test("loadDataset names the CIFAR-10 batch that is not whole", () =>
  withFolder(async (folder) => {
    Deno.writeFileSync(join(folder, "data_batch_3.bin"), records(7).slice(1));
    await rejectsOneLine(
      loadDataset("cifar10", { dataDir: folder }),
      /data_batch_3.bin: expected whole records of 3073 bytes but found 3072 bytes$/,
      "FormatError",
    );
  }));

Deno.test("parseTar reads regular files and refuses damaged archives", () => {
  const archive = tarOf({
    "a/": new Uint8Array(),
    "a/one": Uint8Array.of(1, 2),
    "a/two": new Uint8Array(513).fill(3),
  });
  const files = parseTar(archive, "f.tar");
  assert.deepEqual([...files], [["a/one", Uint8Array.of(1, 2)], ["a/two", new Uint8Array(513).fill(3)]]);
  throwsOneLine(
    () => parseTar(archive.with(3, 1), "f"),
    /^f: expected a tar header at byte 0 but found a damaged one$/,
    "FormatError",
  );
  throwsOneLine(
    () => parseTar(archive.slice(0, 2048), "f"),
    /^f: expected a tar archive of at least 2561 bytes but found 2048$/,
    "FormatError",
  );
  throwsOneLine(() => parseTar(archive.slice(0, 1024), "f"), /but found 1024$/);
  throwsOneLine(
    () => parseTar(new Uint8Array(0), "f"),
    /^f: expected a tar archive with two blocks of zeros at its end but found none$/,
  );
});
