import assert from "node:assert/strict";
import { join } from "node:path";
import { FileSet, SafetensorsWriter, watchWrites, writeFileAtomically } from "@graphon-limit/data";
import { namesIn, throwsOneLine, withFolder } from "./support.ts";

const NAMES = ["a", "b", "c"];

/** A folder with old files. */
function withOldFiles(run: (folder: string, contents: () => string[]) => void): Promise<void> {
  return withFolder((folder) => {
    for (const name of NAMES) writeFileAtomically(join(folder, name), `old ${name}`);
    run(folder, () => NAMES.map((name) => Deno.readTextFileSync(join(folder, name))));
  });
}

const OLD = NAMES.map((name) => `old ${name}`), NEW = NAMES.map((name) => `new ${name}`);

Deno.test("FileSet: all files are in their places once it is closed, and none before", () =>
  withOldFiles((folder, contents) => {
    using files = new FileSet();
    for (const name of NAMES) {
      files.write(join(folder, name), `new ${name}`);
      assert.deepEqual(contents(), OLD);
    }
    files.write(join(folder, "new", "folder", "d"), "new d");
    files.close();
    assert.deepEqual(contents(), NEW);
    assert.equal(Deno.readTextFileSync(join(folder, "new", "folder", "d")), "new d");
    assert.deepEqual(namesIn(folder), [...NAMES, "new"]);
  }));

Deno.test("FileSet: left without being closed it leaves everything as it was", () =>
  withOldFiles((folder, contents) => {
    {
      using files = new FileSet();
      for (const name of NAMES) files.write(join(folder, name), `new ${name}`);
      files.begin(join(folder, "e")).write(new Uint8Array(5));
    }
    assert.deepEqual(contents(), OLD);
    assert.deepEqual(namesIn(folder), NAMES);
  }));

Deno.test("FileSet: a disk that is full in the middle is one line and leaves everything as it was", () =>
  withOldFiles((folder, contents) => {
    const { writeSync } = Deno.FsFile.prototype;
    let left = 7;
    Deno.FsFile.prototype.writeSync = function (bytes) {
      if (left === 0) throw new Error("No space left on device (os error 28)");
      const count = Math.min(left, bytes.length);
      left -= count;
      return writeSync.call(this, bytes.subarray(0, count));
    };
    try {
      throwsOneLine(
        () => {
          using files = new FileSet();
          for (const name of NAMES) files.write(join(folder, name), `new ${name}`);
          files.close();
        },
        /b: expected a file to write but found no space left on device$/,
        "InvalidArgumentError",
      );
    } finally {
      Deno.FsFile.prototype.writeSync = writeSync;
    }
    assert.deepEqual(contents(), OLD);
    assert.deepEqual(namesIn(folder), NAMES);
  }));

Deno.test("FileSet: what is not complete, or a folder that came in a file's place, is said before the first is replaced", () =>
  withOldFiles((folder, contents) => {
    const cases: [RegExp, (files: FileSet) => void][] = [
      [/d: expected a file that is complete but found/, (files) => files.begin(join(folder, "d"))],
      [/d: expected a file to write but found a directory/, (files) => {
        files.write(join(folder, "d"), "new d");
        Deno.mkdirSync(join(folder, "d"));
      }],
    ];
    for (const [fault, last] of cases) {
      using files = new FileSet();
      for (const name of NAMES) files.write(join(folder, name), `new ${name}`);
      last(files);
      throwsOneLine(() => files.close(), fault, "InvalidArgumentError");
      assert.deepEqual(contents(), OLD);
      assert.ok(namesIn(folder).every((name) => !name.endsWith(".tmp")));
    }
  }));

Deno.test("FileSet: takes a safetensors file, which waits for the others once it is closed", () =>
  withFolder((folder) => {
    using files = new FileSet();
    const path = join(folder, "w.safetensors");
    using writer = SafetensorsWriter.create(path, [{ name: "w", dtype: "U8", shape: [2] }], undefined, files);
    files.write(join(folder, "z"), "z");
    throwsOneLine(() => writer.close(), /2 bytes of tensor "w"/);
    assert.deepEqual(namesIn(folder).filter((name) => !name.endsWith(".tmp")), []);

    using again = SafetensorsWriter.create(path, [{ name: "w", dtype: "U8", shape: [2] }], undefined, files);
    again.write("w", new Uint8Array(2));
    again.close();
    assert.ok(!namesIn(folder).includes("w.safetensors"));
  }));

Deno.test("watchWrites: one is told of every temporary file before it is there, and of its end, and places files", () =>
  withFolder((folder) => {
    const told: string[] = [], live = new Set<string>();
    watchWrites({
      begun(path) {
        assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
        live.add(path);
      },
      ended(path) {
        assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
        assert.ok(live.delete(path));
      },
      placing(place) {
        told.push(`placing ${live.size}`);
        place();
        told.push(`placed ${live.size}`);
      },
    });
    try {
      using files = new FileSet();
      for (const name of NAMES) files.write(join(folder, name), name);
      writeFileAtomically(join(folder, "alone"), "x");
      assert.deepEqual(told.splice(0), ["placing 4", "placed 3"]);
      files.close();
      assert.deepEqual(told.splice(0), ["placing 3", "placed 0"]);
      {
        using _left = new FileSet();
        _left.begin(join(folder, "d"));
      }
      assert.equal(live.size, 0);
    } finally {
      watchWrites();
    }
    writeFileAtomically(join(folder, "alone"), "y");
    assert.deepEqual(told, []);
  }));
