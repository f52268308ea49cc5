import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { SafetensorsFile, SafetensorsWriter, serialiseSafetensors } from "@graphon-limit/data";
import { namesIn, throwsOneLine, withFolder } from "./support.ts";

Deno.test("SafetensorsWriter writes, in pieces of any size and order, what serialiseSafetensors does", () =>
  withFolder((folder) => {
    const path = join(folder, "out.safetensors");
    const weight = Float32Array.from({ length: 35 }, (_, i) => i / 3), mask = new Uint8Array(35).fill(1);
    const whole = serialiseSafetensors(
      [{ name: "mask", shape: [5, 7], data: mask }, { name: "weight", shape: [5, 7], data: weight }],
      { method: "snip" },
    );
    const pieces = fc.array(fc.record({ mask: fc.nat(12), weight: fc.nat(12) }), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, (sizes) => {
        using writer = SafetensorsWriter.create(
          path,
          [{ name: "mask", dtype: "U8", shape: [5, 7] }, { name: "weight", dtype: "F32", shape: [5, 7] }],
          { method: "snip" },
        );
        let masks = 0, weights = 0;
        for (const size of [...sizes, { mask: 35, weight: 35 }]) {
          writer.write("weight", weight.subarray(weights, weights += size.weight));
          writer.write("mask", mask.subarray(masks, masks += size.mask));
        }
        writer.close();
        assert.deepEqual(Deno.readFileSync(path), whole);
      }),
      { numRuns: 30 },
    );
    assert.deepEqual(namesIn(folder), ["out.safetensors"]);
  }));

Deno.test("SafetensorsWriter refuses wrong names, types and lengths, and leaves nothing behind", () =>
  withFolder((folder) => {
    const path = join(folder, "out");
    {
      using writer = SafetensorsWriter.create(path, [{ name: "a", dtype: "F32", shape: [2] }]);
      throwsOneLine(
        () => writer.write("b", new Float32Array(2)),
        /out: expected one of its tensors, "a", but found "b"$/,
      );
      throwsOneLine(
        () => writer.write("a", new Float64Array(2)),
        /^Expected elements of F32 for tensor "a" but found Float64Array$/,
      );
      throwsOneLine(
        () => writer.write("a", new Float32Array(3)),
        /^Expected at most 2 elements more for tensor "a" but found 3$/,
      );
      writer.write("a", new Float32Array(1));
      throwsOneLine(
        () => writer.close(),
        /expected 8 bytes of tensor "a" but found 4$/,
        "InvalidArgumentError",
      );
      assert.deepEqual(namesIn(folder), []);
      throwsOneLine(() => writer.write("a", new Float32Array(1)), /closed already$/);
    }
    {
      using writer = SafetensorsWriter.create(path, [{ name: "a", dtype: "U8", shape: [2] }]);
      writer.write("a", new Uint8Array(2));
    }
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("SafetensorsWriter says in one line where it cannot write", () =>
  withFolder((folder) => {
    throwsOneLine(
      () => SafetensorsWriter.create(folder, []),
      /: expected a file to write but found a directory$/,
    );
    const below = join(folder, "file", "out");
    Deno.writeTextFileSync(join(folder, "file"), "");
    throwsOneLine(
      () => SafetensorsWriter.create(below, []),
      /out: expected a file to write but found /,
      "InvalidArgumentError",
    );
  }));

Deno.test("a file without tensors can be written and read", () =>
  withFolder((folder) => {
    const path = join(folder, "empty");
    SafetensorsWriter.create(path, []).close();
    using file = SafetensorsFile.open(path);
    assert.deepEqual(file.tensors, []);
  }));
