import assert from "node:assert/strict";
import { join } from "node:path";
import { abortUnfinishedWrites, assertWritable, writeFileAtomically } from "@graphon-limit/data";
import { openAtomicFile } from "../../packages/data/files/atomic_write.ts";
import { namesIn, throwsOneLine, withFolder } from "./support.ts";

Deno.test("writeFileAtomically creates the file and its folder", () =>
  withFolder((folder) => {
    const path = join(folder, "a", "b", "note.txt");
    writeFileAtomically(path, "größer");
    assert.equal(Deno.readTextFileSync(path), "größer");
    assert.deepEqual(namesIn(join(folder, "a", "b")), ["note.txt"]);
  }));

Deno.test("writeFileAtomically replaces the old content", () =>
  withFolder((folder) => {
    const path = join(folder, "bytes");
    writeFileAtomically(path, "a longer text");
    writeFileAtomically(path, new Uint8Array([1, 2]));
    assert.deepEqual(Deno.readFileSync(path), new Uint8Array([1, 2]));
  }));

Deno.test("writeFileAtomically writes through a link, which stays a link", () =>
  withFolder((folder) => {
    const target = join(folder, "target"), link = join(folder, "link");
    writeFileAtomically(target, "old");
    Deno.symlinkSync(target, link);
    writeFileAtomically(link, "new");
    assert.equal(Deno.readTextFileSync(target), "new");
    assert.ok(Deno.lstatSync(link).isSymlink);
  }));

Deno.test("writeFileAtomically writes what a dangling link leads to, through links and folders; a circle is refused", () =>
  withFolder((folder) => {
    const at = (...names: string[]) => join(folder, ...names);
    Deno.mkdirSync(at("real", "deep"), { recursive: true });
    Deno.symlinkSync(at("real", "deep"), at("short"));
    Deno.symlinkSync("../target", at("real", "deep", "second"));
    Deno.symlinkSync("short/second", at("link"));
    assertWritable(at("link"));
    writeFileAtomically(at("link"), "new");
    // `..` is that of the folder that the link is in, not of the one it was come to by.
    assert.equal(Deno.readTextFileSync(at("real", "target")), "new");
    for (const name of ["link", "real/deep/second"]) assert.ok(Deno.lstatSync(at(name)).isSymlink, name);

    Deno.symlinkSync(at("b"), at("a"));
    Deno.symlinkSync(at("a"), at("b"));
    for (const write of [assertWritable, (path: string) => writeFileAtomically(path, "x")]) {
      throwsOneLine(() => write(at("a")), /a: expected a file to write but found .*(links|levels)/i);
    }
    assert.deepEqual(namesIn(folder), ["a", "b", "link", "real", "short"]);
  }));

Deno.test({
  name: "writeFileAtomically keeps the mode of the file that it replaces, and is never more open on the way",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder((folder) => {
      const path = join(folder, "out"),
        modeOf = (name: string) => Deno.statSync(join(folder, name)).mode! & 0o7777;
      writeFileAtomically(join(folder, "other"), "x");
      const usual = modeOf("other");
      for (const mode of [0o600, 0o640, 0o666, 0o755]) {
        writeFileAtomically(path, "old");
        Deno.chmodSync(path, mode);
        using file = openAtomicFile(path);
        const temporary = namesIn(folder).find((name) => name.endsWith(".tmp"))!;
        assert.equal(modeOf(temporary), mode);
        file.write(new Uint8Array(3));
        file.close();
        assert.deepEqual([modeOf("out"), Deno.statSync(path).size], [mode, 3]);
      }
      Deno.removeSync(path);
      writeFileAtomically(path, "new");
      assert.equal(modeOf("out"), usual);
    }),
});

Deno.test("writeFileAtomically writes a file of the longest name there may be", () =>
  withFolder((folder) => {
    const path = join(folder, "n".repeat(255));
    writeFileAtomically(path, "x");
    assert.equal(Deno.readTextFileSync(path), "x");
  }));

Deno.test("writeFileAtomically refuses a folder and a path below a file in one line", () =>
  withFolder((folder) => {
    throwsOneLine(
      () => writeFileAtomically(folder, "x"),
      /: expected a file to write but found a directory$/,
    );
    throwsOneLine(
      () => writeFileAtomically("/dev/null", "x"),
      /^\/dev\/null: expected a file to write but found what is no regular file$/,
    );
    writeFileAtomically(join(folder, "file"), "x");
    throwsOneLine(
      () => writeFileAtomically(join(folder, "file", "below"), "x"),
      /below: expected a file to write but found /,
      "InvalidArgumentError",
    );
    assert.deepEqual(namesIn(folder), ["file"]);
  }));

Deno.test("a failed rename leaves neither the temporary file nor a changed target", () =>
  withFolder((folder) => {
    const path = join(folder, "out");
    using file = openAtomicFile(path);
    file.write(new Uint8Array(10));
    Deno.mkdirSync(path);
    throwsOneLine(() => file.close(), /out: expected a file to write but found /, "InvalidArgumentError");
    assert.deepEqual(namesIn(folder), ["out"]);
  }));

Deno.test("AtomicFile left without close keeps the target as it was", () =>
  withFolder((folder) => {
    const path = join(folder, "out");
    writeFileAtomically(path, "old");
    {
      using file = openAtomicFile(path);
      file.write(new TextEncoder().encode("new"));
      assert.equal(namesIn(folder).length, 2);
    }
    assert.equal(Deno.readTextFileSync(path), "old");
    assert.deepEqual(namesIn(folder), ["out"]);
  }));

Deno.test("AtomicFile.writeAt fills gaps in any order; write goes on after it", () =>
  withFolder((folder) => {
    const path = join(folder, "out");
    using file = openAtomicFile(path);
    file.writeAt(2, new Uint8Array([3, 4]));
    file.write(new Uint8Array([5]));
    file.writeAt(0, new Uint8Array([1, 2]));
    file.close();
    assert.deepEqual(Deno.readFileSync(path), new Uint8Array([1, 2, 3, 4, 5]));
    throwsOneLine(
      () => file.write(new Uint8Array(1)),
      /out: expected a file that is open but found that it is closed already$/,
    );
  }));

Deno.test("two writers of one path do not meet; the last to close wins", () =>
  withFolder((folder) => {
    const path = join(folder, "out");
    using first = openAtomicFile(path);
    using second = openAtomicFile(path);
    first.write(new Uint8Array([1]));
    second.write(new Uint8Array([2]));
    second.close();
    first.close();
    assert.deepEqual(Deno.readFileSync(path), new Uint8Array([1]));
    assert.deepEqual(namesIn(folder), ["out"]);
  }));

Deno.test("abortUnfinishedWrites removes what is still open", () =>
  withFolder((folder) => {
    openAtomicFile(join(folder, "a")).write(new Uint8Array(3));
    openAtomicFile(join(folder, "b"));
    abortUnfinishedWrites();
    assert.deepEqual(namesIn(folder), []);
  }));
