import assert from "node:assert/strict";
import { join } from "node:path";
import { zipSync } from "fflate";
import {
  ForeignFormatError,
  openTensors,
  parseTensors,
  serialiseNpy,
  serialiseNpz,
  serialiseSafetensors,
  type TensorReader,
} from "@graphon-limit/data";
import { NUMPY_FILES } from "./numpy_files.ts";
import {
  fromBase64,
  gzip,
  npyFile,
  safetensorsFile,
  storedZip,
  tarOf,
  throwsOneLine,
  withFolder,
} from "./support.ts";

const fc1 = { data: Float32Array.of(0, 1, 1, 0, 0.5, 1), shape: [3, 2] };
const fc2 = { data: Uint8Array.of(1, 0, 1), shape: [1, 3] };

/** Every way of writing the same two tensors. */
const CONTAINERS: Record<string, Uint8Array<ArrayBuffer>> = {
  "safetensors": serialiseSafetensors([{ name: "fc1", ...fc1 }, { name: "fc2", ...fc2 }]),
  "NPZ, deflated": serialiseNpz([["fc1", fc1], ["fc2", fc2]]),
  "NPZ, stored": storedZip({
    "fc1.npy": serialiseNpy(fc1.data, [3, 2]),
    "fc2.npy": serialiseNpy(fc2.data, [1, 3]),
  }),
  "NPZ, ZIP64": storedZip(
    { "fc1.npy": serialiseNpy(fc1.data, [3, 2]), "fc2.npy": serialiseNpy(fc2.data, [1, 3]) },
    true,
  ),
};

function assertSameTensors(file: TensorReader): void {
  assert.deepEqual(file.tensors, [
    { name: "fc1", dtype: "F32", shape: [3, 2] },
    { name: "fc2", dtype: "U8", shape: [1, 3] },
  ]);
  // Backwards, too: what is compressed can be read forwards only.
  for (const [from, to] of [[2, 3], [0, 1], [0, 3], [1, 2]] as const) {
    assert.deepEqual(file.readFloat32("fc1", [from, to]), fc1.data.subarray(2 * from, 2 * to));
  }
  assert.deepEqual([...file.readUint8("fc2")], [1, 0, 1]);
}

for (const [kind, bytes] of Object.entries(CONTAINERS)) {
  Deno.test(`a container is told by its first bytes and read by rows: ${kind}`, () =>
    withFolder((folder) => {
      assertSameTensors(parseTensors(bytes, "f"));
      const path = join(folder, "named.wrongly");
      Deno.writeFileSync(path, bytes);
      using file = openTensors(path);
      assert.equal(file.source, path);
      assertSameTensors(file);
    }));
}

Deno.test("an NPY file holds one tensor, called as the file is", () =>
  withFolder((folder) => {
    const path = join(folder, "my.mask.npy");
    Deno.writeFileSync(path, serialiseNpy(fc2.data, [1, 3]));
    using file = openTensors(path);
    assert.deepEqual(file.tensors, [{ name: "my.mask", dtype: "U8", shape: [1, 3] }]);
    assert.deepEqual([...file.readUint8("my.mask")], [1, 0, 1]);
  }));

Deno.test("arrays that nothing here reads are told apart in an NPZ file", () => {
  const npy = (descr: string, bytes: number) =>
    npyFile(`{'descr': '${descr}', 'fortran_order': False, 'shape': (1,), }`, new Uint8Array(bytes));
  const file = parseTensors(
    storedZip({
      "names.npy": npy("<U4", 16),
      "z.npy": npy("<c8", 8),
      "w.npy": serialiseNpy(fc2.data, [1, 3]),
      "when.npy": npy("<M8[D]", 8),
      "mixed.npy": fromBase64(NUMPY_FILES.structured),
    }),
    "f.npz",
  );
  assert.deepEqual(file.tensors.map(({ name }) => name), ["w"]);
  assert.deepEqual(file.unread.map(({ name, what }) => `${name}: ${what}`), [
    "names: text [1]",
    "z: complex numbers [1]",
    "when: dates [1]",
    "mixed: structured elements",
  ]);
});

Deno.test("files of other formats are named, with the way to convert them", async () => {
  const text = (start: string) => new TextEncoder().encode(start);
  const torch = zipSync({ "masks/data.pkl": new Uint8Array(9), "masks/version": new Uint8Array(2) }, {
    level: 0,
  });
  const tar = tarOf({ a: Uint8Array.of(1) });
  tar.set(text("ustar"), 257);
  const objects = npyFile("{'descr': '|O', 'fortran_order': False, 'shape': (), }", [0x80, 4, 0x2e]);
  const bytes = (...start: number[]) => Uint8Array.from([...start, ...new Uint8Array(40)]);
  const cases: [name: string, file: Uint8Array, format: RegExp, lines: RegExp | undefined][] = [
    ["masks.pt", torch, /^a PyTorch file/, /torch\.load\("masks\.pt", .*numpy\.savez\("masks\.npz"/],
    [
      "m.pt",
      zipSync({ "m/data.pkl": bytes(), "m/constants.pkl": bytes() }),
      /TorchScript/,
      /torch\.jit\.load\("m\.pt"/,
    ],
    [
      "old.pth",
      bytes(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19),
      /PyTorch/,
      /"old\.npz"/,
    ],
    ["d.pkl", bytes(0x80, 4, 0x95), /^a Python pickle$/, /pickle\.load\(open\("d\.pkl", "rb"\)\)/],
    ["d.p", text("(dp0\nS'a'\np1\n"), /^a Python pickle$/, /pickle/],
    ["a.npy", objects, /Python objects/, /allow_pickle=True/],
    ["a.npz", storedZip({ "a.npy": objects }), /Python objects/, /savez\("a_arrays\.npz"/],
    ["m.h5", bytes(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a), /HDF5/, /h5py\.File\("m\.h5"\)/],
    [
      "m.keras",
      zipSync({ "config.json": bytes(), "model.weights.h5": bytes() }),
      /Keras/,
      /load_model\("m\.keras"\)/,
    ],
    ["m.onnx", bytes(8, 7, 0x12, 7, 0x70, 0x79, 0x74), /ONNX/, /onnx\.load\("m\.onnx"\)/],
    ["m.gguf", text("GGUF\x03\0\0\0"), /GGUF/, /GGUFReader\("m\.gguf"\)/],
    ["m.tflite", bytes(0x1c, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33), /TensorFlow Lite/, undefined],
    [
      "ckpt.index",
      Uint8Array.from([...new Uint8Array(40), 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]),
      /TensorFlow checkpoint/,
      /load_checkpoint\("ckpt"\)/,
    ],
    ["checkpoint", text('model_checkpoint_path: "ckpt"\n'), /list of TensorFlow's/, undefined],
    [
      "flax.msgpack",
      bytes(0x81, 0xa6, 0x70, 0x61, 0x72),
      /MessagePack/,
      /msgpack_restore\(open\("flax\.msgpack"/,
    ],
    ["m.mat", text("MATLAB 5.0 MAT-file, Platform"), /MATLAB/, /loadmat\("m\.mat"\)/],
    [
      "w.safetensors",
      text("version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12345\n"),
      /Git LFS pointer/,
      undefined,
    ],
    ["w.safetensors", text("<!DOCTYPE html><html>"), /HTML/, undefined],
    ["w.json", text('{"a": [1, 2]}'), /JSON/, undefined],
    ["w.gz", await gzip(bytes(1, 2)), /gzip/, undefined],
    ["w.tar", tar, /tar archive/, undefined],
    ["w.zip", zipSync({ "readme.txt": bytes() }), /ZIP archive of other files/, undefined],
    ["none", new Uint8Array(), /^an empty file$/, undefined],
    ["noise", bytes(9, 8, 7, 6), /begins with the bytes 09 08 07 06$/, undefined],
  ];
  for (const [name, file, format, lines] of cases) {
    assert.throws(() => parseTensors(file, `folder/${name}`), (error) => {
      assert.ok(error instanceof ForeignFormatError, `${name}: ${error}`);
      assert.match(error.format, format);
      assert.match(error.message, /^folder\/.*: expected a safetensors, NPZ or NPY file but found [^\n]*$/);
      assert.equal(error.python.length, lines === undefined ? 0 : 2);
      if (lines !== undefined) assert.match(error.python.join("; "), lines);
      return true;
    });
  }
});

Deno.test("what begins as safetensors but is cut short is no other format", () => {
  const whole = CONTAINERS["safetensors"];
  throwsOneLine(
    () => parseTensors(whole.slice(0, 60), "f"),
    /^f: expected a safetensors file, with a header of at most 52/,
  );
  throwsOneLine(
    () => parseTensors(whole.slice(0, -1), "f"),
    /^f: expected 27 bytes of data, .* but found 26$/,
  );
});

Deno.test("a model in several files is opened by its index, and one of its files is called that", () =>
  withFolder((folder) => {
    const at = (name: string) => join(folder, name);
    const names = ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"];
    Deno.writeFileSync(
      at(names[0]),
      serialiseSafetensors([{ name: "fc1", ...fc1 }, { name: "spare", ...fc2 }]),
    );
    const second =
      '{"fc2":{"dtype":"U8","shape":[1,3],"data_offsets":[0,3]},"s":{"dtype":"F4","shape":[2],"data_offsets":[3,4]}}';
    Deno.writeFileSync(at(names[1]), safetensorsFile(second, Uint8Array.of(1, 0, 1, 7)));
    {
      using shard = openTensors(at(names[1]));
      assert.match(
        shard.notices[0],
        /m-00002-of-00002.safetensors: one file of 2, number 2; .* is not beside it$/,
      );
    }
    const index = (map: unknown) =>
      Deno.writeTextFileSync(
        at("m.safetensors.index.json"),
        JSON.stringify({ metadata: {}, weight_map: map }),
      );
    index({ fc1: names[0], fc2: names[1], s: names[1] });
    using file = openTensors(at("m.safetensors.index.json"));
    assertSameTensors(file);
    assert.deepEqual(file.unread, [{ ...file.unread[0], name: "s", what: "F4 [2]" }]);
    assert.deepEqual(file.notices, []);
    using shard = openTensors(at(names[0]));
    assert.match(shard.notices[0], /number 1; m.safetensors.index.json beside it is the whole$/);

    const refused: [map: unknown, pattern: RegExp][] = [
      [
        { fc1: names[0], fc9: names[1] },
        /index.json: expected "fc9" in m-00002-of-00002.safetensors but found none$/,
      ],
      [{ fc1: "a", fc2: "b", s: "b" }, /expected the 2 files it names beside it but found no "a", "b"$/],
      [{ fc1: "../m" }, /expected a file beside it for "fc1" but found "..\/m"$/],
      [{ fc1: ".." }, /expected a file beside it/],
      [{ fc1: 7 }, /expected a file beside it for "fc1" but found 7$/],
      [{ fc1: "m.safetensors.index.json" }, /but found a JSON file/],
    ];
    for (const [map, pattern] of refused) {
      index(map);
      throwsOneLine(() => openTensors(at("m.safetensors.index.json")), pattern);
    }
  }));

Deno.test("tensors past 4 GiB are read from where they are, and nothing else is", () =>
  withFolder((folder) => {
    const path = join(folder, "big"), before = 5_000_000_000;
    const header = `{"a":{"dtype":"U8","shape":[50000,100000],"data_offsets":[0,${before}]},` +
      `"b":{"dtype":"U8","shape":[2,2],"data_offsets":[${before},${before + 4}]}}`;
    const start = safetensorsFile(header, new Uint8Array());
    {
      // A hole in a file takes no place on the disk.
      using file = Deno.openSync(path, { write: true, create: true });
      file.writeSync(start);
      file.seekSync(start.length + before, Deno.SeekMode.Start);
      file.writeSync(Uint8Array.of(1, 0, 0, 1));
    }
    using file = openTensors(path);
    assert.deepEqual([...file.readUint8("b")], [1, 0, 0, 1]);
    assert.deepEqual([...file.readUint8("b", [1, 2])], [0, 1]);
    assert.deepEqual(file.readUint8("a", [49_999, 50_000]), new Uint8Array(100_000));
  }));

Deno.test("openTensors says in one line what cannot be opened", () =>
  withFolder((folder) => {
    throwsOneLine(
      () => openTensors(join(folder, "no")),
      /no: expected a file to read but found no such file/,
    );
    throwsOneLine(() => openTensors(folder), /: expected a file to read but found a directory$/);
    throwsOneLine(
      () => parseTensors(CONTAINERS["safetensors"], "a\x1b[2Jb").readUint8("c"),
      /^a\\x1b\[2Jb: expected/,
    );
  }));

Deno.test("files of a ZIP archive may not share bytes", () => {
  const file = storedZip({ "a.npy": serialiseNpy(fc2.data, [3]), "b.npy": serialiseNpy(fc2.data, [3]) });
  const view = new DataView(file.buffer);
  const directory = view.getUint32(file.length - 6, true);
  // The second entry of the directory is made to stand for the first file, too.
  view.setUint32(directory + 46 + 5 + 42, 0, true);
  throwsOneLine(
    () => parseTensors(file, "f.npz"),
    /expected "b.npy" at byte 0, where the ZIP directory says, but found something else/,
  );
  file[directory + 46 + 5 + 46] = "a".charCodeAt(0);
  throwsOneLine(
    () => parseTensors(file, "f.npz"),
    /expected "a.npy" to end before byte 0 but found it sharing bytes/,
  );
});
