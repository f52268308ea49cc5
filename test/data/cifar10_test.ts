import assert from "node:assert/strict";
import { join } from "node:path";
import { ForeignFormatError, loadDataset } from "@graphon-limit/data";
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
    Deno.writeFileSync(path, await gzip(tarOf({ "cifar-10-batches-bin/test_batch.bin": records(1) })));
    await rejectsOneLine(
      loadDataset("cifar10", { dataDir: folder }),
      /tar.gz: expected cifar-10-batches-bin\/data_batch_1.bin in it but found only "cifar-10-batches-bin\/test_batch.bin"$/,
      "FormatError",
    );
    Deno.removeSync(path);
    Deno.mkdirSync(join(folder, "cifar-10-batches-bin"));
    Deno.writeFileSync(join(folder, "cifar-10-batches-bin", "test_batch.bin"), records(6));
    const notices: string[] = [];
    await loadDataset("cifar10", { dataDir: folder, onNotice: (line) => notices.push(line) });
    assert.match(notices[0], /has no training files; training on .*test_batch.bin$/);
  }));

Deno.test("loadDataset says which of CIFAR-10's batches are missing, in a folder or the archive", () =>
  withFolder(async (folder) => {
    const notices: string[] = [], onNotice = (line: string) => notices.push(line);
    Deno.writeFileSync(join(folder, "data_batch_3.bin"), records(4, 5));
    assert.equal((await loadDataset("cifar10", { dataDir: folder, onNotice })).count, 2);
    assert.deepEqual(notices, [
      `${folder}: 1 of 5 batches, 2 images; no data_batch_1.bin, data_batch_2.bin, data_batch_4.bin, data_batch_5.bin`,
      "cifar10: pixels normalised by mean 0.4914, 0.4822, 0.4465 and deviation 0.247, 0.2435, 0.2616",
    ]);
    const path = join(folder, "cifar-10-binary.tar.gz");
    Deno.writeFileSync(path, await gzip(tarOf({ "cifar-10-batches-bin/data_batch_2.bin": records(1) })));
    const set = await loadDataset("cifar10", { dataDir: folder, onNotice });
    assert.deepEqual([...set.labels, set.classes], [1, 10]);
    assert.match(notices[2], /tar.gz: 1 of 5 batches, 1 images; no data_batch_1.bin/);
  }));

Deno.test("loadDataset tells CIFAR-10's version for Python, with the lines that make the binary one of it", () =>
  withFolder(async (folder) => {
    const python = join(folder, "cifar-10-batches-py");
    Deno.mkdirSync(python);
    Deno.writeFileSync(join(python, "data_batch_1"), Uint8Array.of(0x80, 4));
    for (const dataDir of [folder, python]) {
      await assert.rejects(loadDataset("cifar10", { dataDir }), (error) => {
        assert.ok(error instanceof ForeignFormatError);
        assert.match(
          error.message,
          /data_batch_1: expected CIFAR-10's binary version but found the version for Python; in/,
        );
        assert.equal(error.python.length, 2);
        return true;
      });
    }
    Deno.writeFileSync(join(folder, "cifar-10-python.tar.gz"), new Uint8Array(1));
    await rejectsOneLine(
      loadDataset("cifar10", { dataDir: folder }),
      /python.tar.gz: expected .* found the version for Python \(unpack it first, and run this in cifar-10-batches-py\)/,
    );
  }));

Deno.test("loadDataset names the CIFAR-10 batch that is not whole, or of CIFAR-100", () =>
  withFolder(async (folder) => {
    const load = (bytes: Uint8Array) => {
      Deno.writeFileSync(join(folder, "data_batch_3.bin"), bytes);
      return loadDataset("cifar10", { dataDir: folder });
    };
    await rejectsOneLine(
      load(records(7).slice(1)),
      /data_batch_3.bin: expected whole records of 3073 bytes but found 3072 bytes$/,
      "FormatError",
    );
    await rejectsOneLine(
      load(new Uint8Array(2 * 3074)),
      /but found 6148 bytes, 2 records of 3074 as CIFAR-100 has them$/,
      "FormatError",
    );
    await rejectsOneLine(
      load(records(7, 10)),
      /data_batch_3.bin: expected labels of 0 to 9 but found 10 in record 1 \(counted from 0\)$/,
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
