import assert from "node:assert/strict";
import { join } from "node:path";
import {
  assertWritable,
  assertWritableFolder,
  removeAbandoned,
  writeFileAtomically,
} from "@graphon-limit/data";
import { openAtomicFile } from "../../packages/data/files/atomic_write.ts";
import { namesIn, throwsOneLine, withFolder } from "./support.ts";

/** A process that writes a file and does not get to its end. */
async function writer(path: string): Promise<Deno.ChildProcess> {
  const module = new URL("../../packages/data/files/atomic_write.ts", import.meta.url).href;
  const text = `
    const { openAtomicFile } = await import(${JSON.stringify(module)});
    const file = openAtomicFile(${JSON.stringify(path)});
    file.write(new Uint8Array(1000));
    console.log("written");
    setInterval(() => {}, 1000);
  `;
  const child = new Deno.Command("deno", {
    args: ["eval", "-q", `--config=${Deno.realPathSync("deno.json")}`, text],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  assert.match(new TextDecoder().decode((await reader.read()).value), /written/);
  await reader.cancel();
  return child;
}

const temporary = (folder: string) => namesIn(folder).filter((name) => name.endsWith(".tmp"));

Deno.test("temporary files: a live process's stay, a killed one's are removed by the next run", () =>
  withFolder(async (folder) => {
    const path = join(folder, "out");
    writeFileAtomically(path, "old");
    const child = await writer(path);
    try {
      const [theirs] = temporary(folder);
      assert.match(theirs, new RegExp(`^\\.graphon-limit-${child.pid}-`));
      assertWritable(path);
      assertWritableFolder(folder);
      writeFileAtomically(join(folder, "other"), "x");
      using own = openAtomicFile(join(folder, "third"));
      assert.equal(removeAbandoned(folder), 0);
      assert.equal(temporary(folder).length, 2);
      assert.ok(temporary(folder).includes(theirs));
      own.abort();
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
    assert.equal(temporary(folder).length, 1);
    assertWritable(path);
    assert.deepEqual(namesIn(folder), ["other", "out"]);
    assert.equal(Deno.readTextFileSync(path), "old");
  }));

Deno.test("temporary files: nothing of another name, and nothing that is no file, is removed", () =>
  withFolder((folder) => {
    const strangers = [
      ".graphon-limit-1.tmp",
      ".graphon-limit-1-a-0.part",
      "graphon-limit-1-a-0.tmp",
      ".x.tmp",
    ];
    for (const name of strangers) Deno.writeTextFileSync(join(folder, name), "");
    const odd = [".graphon-limit-1-a-1.tmp", ".graphon-limit-1-a-2.tmp"];
    Deno.mkdirSync(join(folder, odd[0]));
    Deno.symlinkSync(join(folder, "nowhere"), join(folder, odd[1]));
    Deno.writeTextFileSync(join(folder, ".graphon-limit-1-a-3.tmp"), "");
    assert.equal(removeAbandoned(folder), 1);
    assert.deepEqual(namesIn(folder), [...strangers, ...odd].sort());
    assert.equal(removeAbandoned(join(folder, "missing")), 0);
  }));

Deno.test("assertWritable, assertWritableFolder: say in one line what stands in the way, and leave nothing", () =>
  withFolder((folder) => {
    const at = (...names: string[]) => join(folder, ...names);
    writeFileAtomically(at("file"), "x");
    Deno.mkdirSync(at("taken"));
    const refused: [() => void, RegExp][] = [
      [() => assertWritable(at("taken")), /taken: expected a file to write but found a directory$/],
      [() => assertWritable(at("file", "below")), /below: expected a file to write but found /],
      [
        () => assertWritable("/dev/null"),
        /^\/dev\/null: expected a file to write but found what is no regular file$/,
      ],
      [() => assertWritable(""), /^Expected a path to write to but found ""$/],
      [() => assertWritableFolder(""), /^Expected a path of a folder to write into but found ""$/],
      [() => assertWritableFolder(at("file")), /file: expected a folder to write into but found a file$/],
      [() => assertWritableFolder(at("file", "below")), /below: expected a folder to write into but found /],
    ];
    for (const [ask, fault] of refused) throwsOneLine(ask, fault, "InvalidArgumentError");
    assertWritable(at("file"));
    assertWritable(at("new", "file"));
    assertWritableFolder(at("newer", "folder"));
    assert.deepEqual(namesIn(folder), ["file", "new", "newer", "taken"]);
    assert.deepEqual([...namesIn(at("new")), ...namesIn(at("newer", "folder"))], []);
  }));
