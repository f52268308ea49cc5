import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { loadDataset, type LoadOptions, serialiseNpz } from "@graphon-limit/data";
import { gzip, idxFile, npyFile, rejectsOneLine, storedZip, withFolder } from "./support.ts";

const PIXELS = 28 * 28;

/** Images that tell row, column and number. */
function images(count: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: count * PIXELS }, (_, i) => (i * 7 + Math.floor(i / 28) * 3) % 256);
}

/** Images with rows and columns exchanged. */
function turned(pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(pixels, (_, i) => {
    const start = i - i % PIXELS, row = Math.floor(i % PIXELS / 28), column = i % 28;
    return pixels[start + column * 28 + row];
  });
}

const LABELS = [3, 0, 9, 1, 7, 2];
const X = images(LABELS.length);

const imageFile = (pixels = X) => idxFile([pixels.length / PIXELS, 28, 28], pixels);
const labelFile = (labels = LABELS) => idxFile([labels.length], labels);

/** An IDX file of 32-bit integers. */
function intFile(shape: number[], values: number[]): Uint8Array<ArrayBuffer> {
  return idxFile(shape, values.flatMap((value) => [0, 0, value >> 8, value & 255])).with(2, 12);
}

/** Writes files into a folder, by their paths in it. */
function write(folder: string, files: Record<string, Uint8Array | string>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeFileSync(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
}

async function load(name: string, dataDir: string, options: LoadOptions = {}) {
  const notices: string[] = [];
  const onNotice = (line: string) => notices.push(line.replaceAll(dataDir, "D"));
  const set = await loadDataset(name, { normalise: "none", ...options, dataDir, onNotice });
  return { set, notices: notices.slice(0, -1), last: notices.at(-1) };
}

/** Checks that a folder with some files gives the images and labels. */
function reads(
  what: string,
  name: string,
  files: () => Record<string, Uint8Array | string> | Promise<Record<string, Uint8Array | string>>,
  expected: {
    labels?: number[];
    classes?: number;
    pixels?: Uint8Array;
    name?: string;
    notices?: (string | RegExp)[];
  } = {},
): void {
  const { labels = LABELS, classes = 10, pixels = X, name: foundName = name, notices = [] } = expected;
  Deno.test(`loadDataset reads ${what}`, () =>
    withFolder(async (folder) => {
      write(folder, await files());
      const found = await load(name, folder);
      assert.deepEqual([...found.set.labels], labels);
      assert.deepEqual(found.set.images, Float32Array.from(pixels, (pixel) => pixel / 255));
      assert.deepEqual(
        [found.set.name, found.set.classes, found.set.count, found.set.dimension, found.set.image],
        [foundName, classes, labels.length, PIXELS, [1, 28, 28]],
      );
      assert.equal(found.notices.length, notices.length, found.notices.join("\n"));
      notices.forEach((notice, i) => {
        if (typeof notice === "string") assert.equal(found.notices[i], notice);
        else assert.match(found.notices[i], notice);
      });
    }));
}

const standard = (folder = "") => ({
  [`${folder}train-images-idx3-ubyte`]: imageFile(),
  [`${folder}train-labels-idx1-ubyte`]: labelFile(),
});

reads("torchvision's root", "mnist", () => standard("MNIST/raw/"));
reads("torchvision's root of Fashion-MNIST, beside MNIST's", "fashion-mnist", () => ({
  ...standard("FashionMNIST/raw/"),
  "MNIST/raw/train-images-idx3-ubyte": imageFile(images(1)),
  "MNIST/raw/train-labels-idx1-ubyte": labelFile([5]),
}));
reads("a folder below torchvision's root", "mnist", () => standard("raw/"));
reads("dotted names", "mnist", () => ({
  "train-images.idx3-ubyte": imageFile(),
  "train-labels.idx1-ubyte": labelFile(),
}));
reads("gzip of several members, or filled up with zeros", "mnist", async () => {
  const file = imageFile();
  return {
    "train-images-idx3-ubyte.gz": Uint8Array.of(
      ...await gzip(file.slice(0, 1000)),
      ...await gzip(file.slice(1000)),
    ),
    "train-labels-idx1-ubyte.gz": Uint8Array.of(...await gzip(labelFile()), ...new Uint8Array(512)),
  };
});
reads("plain files called .gz and gzip files that are not", "mnist", async () => ({
  "train-images-idx3-ubyte.gz": imageFile(),
  "train-labels-idx1-ubyte": await gzip(labelFile()),
}));
reads(
  "labels of 32-bit integers",
  "mnist",
  () => ({ ...standard(), "train-labels-idx1-ubyte": intFile([6], LABELS) }),
);
const columns = () => intFile([6, 8], LABELS.flatMap((label, i) => [label, 4, i, 0, 0, 0, 0, 0]));
reads("QMNIST's labels of eight columns under MNIST's names", "mnist", () => ({
  ...standard(),
  "train-labels-idx1-ubyte": columns(),
}));
reads("QMNIST by its own names", "qmnist", () => ({
  "qmnist-train-images-idx3-ubyte": imageFile(),
  "qmnist-train-labels-idx2-int": columns(),
}));
reads("QMNIST where MNIST is asked for, and says so", "mnist", () => ({
  "qmnist-train-images-idx3-ubyte": imageFile(),
  "qmnist-train-labels-idx2-int": columns(),
}), { name: "qmnist", notices: ["D: qmnist in place of mnist, which is not there"] });

const letters = [1, 26, 13, 2, 5, 26];
const lettersFiles = (prefix = "emnist-letters-train") => ({
  [`${prefix}-images-idx3-ubyte`]: imageFile(turned(X)),
  [`${prefix}-labels-idx1-ubyte`]: labelFile(letters),
});
const fromZero = { labels: letters.map((label) => label - 1), classes: 26 };
reads("EMNIST's letters: upright, and from 0", "emnist-letters", lettersFiles, fromZero);
reads(
  "EMNIST's letters where torchvision keeps them",
  "emnist-letters",
  () => lettersFiles("EMNIST/raw/emnist-letters-train"),
  fromZero,
);
reads("EMNIST's letters under MNIST's names", "emnist-letters", () => lettersFiles("train"), fromZero);
reads("EMNIST's letters where MNIST is asked for, and says so", "mnist", lettersFiles, {
  ...fromZero,
  name: "emnist-letters",
  notices: ["D: emnist-letters in place of mnist, which is not there"],
});
reads(
  "EMNIST's letters under MNIST's names and as MNIST, and says what they look like",
  "mnist",
  () => lettersFiles("train"),
  {
    labels: letters,
    classes: 27,
    pixels: turned(X),
    notices: [
      "D/train-labels-idx1-ubyte: labels are 1 to 26 and never 0, as EMNIST's letters have them; the data set emnist-letters " +
      "takes them from 0 and turns the images",
    ],
  },
);
for (
  const [split, classes] of [["byclass", 62], ["bymerge", 47], ["balanced", 47], ["digits", 10], [
    "mnist",
    10,
  ]] as const
) {
  reads(`EMNIST's ${split}`, `emnist-${split}`, () => ({
    [`gzip/emnist-${split}-train-images-idx3-ubyte`]: imageFile(turned(X)),
    [`gzip/emnist-${split}-train-labels-idx1-ubyte`]: labelFile(),
  }), { classes });
}
reads("more classes than a set should have, counted and said", "mnist", () => ({
  ...standard(),
  "train-labels-idx1-ubyte": labelFile([46, 0, 9, 1, 7, 2]),
}), {
  labels: [46, 0, 9, 1, 7, 2],
  classes: 47,
  notices: ["D/train-labels-idx1-ubyte: labels go up to 46, so there are 47 classes"],
});

const npy = (data: Uint8Array, shape: number[]) =>
  npyFile(`{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`, data);
const int64 = (values: number[]) =>
  npyFile(
    `{'descr': '<i8', 'fortran_order': False, 'shape': (${values.length},), }`,
    new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  );
reads("KMNIST's NPZ files", "kmnist", () => ({
  "kmnist-train-imgs.npz": serialiseNpz([["arr_0", { data: X, shape: [6, 28, 28] }]]),
  "kmnist-train-labels.npz": serialiseNpz([["arr_0", { data: Uint8Array.from(LABELS), shape: [6] }]]),
}));
reads("Keras's mnist.npz", "mnist", () => ({
  "mnist.npz": storedZip({
    "x_test.npy": npy(images(1), [1, 28, 28]),
    "x_train.npy": npy(X, [6, 28, 28]),
    "y_train.npy": int64(LABELS),
    "y_test.npy": int64([5]),
  }),
}));
reads("NPZ files with other names", "fashion-mnist", () => ({
  "fashion_mnist.npz": serialiseNpz([
    ["train_images", { data: X, shape: [6, 28, 28, 1] }],
    ["train_labels", { data: Uint8Array.from(LABELS), shape: [6, 1] }],
  ]),
}));
const table = (separator = ",", end = "\n", pixel = (value: number) => `${value}`) =>
  LABELS.map((label, i) =>
    [`${label}`, ...Array.from(X.subarray(i * PIXELS, (i + 1) * PIXELS), pixel)].join(separator)
  ).join(end);
const heading = (label = "label") =>
  [label, ...Array.from({ length: PIXELS }, (_, i) => `pixel${i}`)].join(",");
reads("Kaggle's CSV", "mnist", () => ({ "mnist_train.csv": table() }));
reads("Kaggle's CSV with headings, blanks and another end of lines", "mnist", () => ({
  "train.csv": `${heading()}\r\n${table(", ", "\r\n\r\n")}\r\n`,
}));
reads("Kaggle's CSV of Fashion-MNIST, compressed", "fashion-mnist", async () => ({
  "fashion-mnist_train.csv.gz": await gzip(
    new TextEncoder().encode(`"label"${heading("")}\n${table(",", "\n", (v) => `${v}.0`)}`),
  ),
}));
reads("a CSV whose label is last, as its headings say", "mnist", () => ({
  "mnist_train.csv": [
    [...heading().split(",").slice(1), "class"].join(","),
    ...LABELS.map((label, i) => [...X.subarray(i * PIXELS, (i + 1) * PIXELS), `'${label}'`].join(",")),
  ].join("\n"),
}));

Deno.test("a one of EMNIST's that lies on its side is noticed under MNIST's name", () =>
  withFolder(async (folder) => {
    const upright = Uint8Array.from({ length: 20 * PIXELS }, (_, i) => {
      const row = Math.floor(i % PIXELS / 28), column = i % 28;
      return row > 3 && row < 24 && column > 12 && column < 16 ? 200 : 0;
    });
    const labels = labelFile(new Array(20).fill(1));
    write(folder, { "train-images-idx3-ubyte": imageFile(upright), "train-labels-idx1-ubyte": labels });
    assert.deepEqual((await load("mnist", folder)).notices, []);
    write(folder, { "train-images-idx3-ubyte": imageFile(turned(upright)) });
    assert.deepEqual((await load("mnist", folder)).notices, [
      "D/train-images-idx3-ubyte: ones lie on their sides, as in EMNIST's files; the data set emnist-digits turns the images",
    ]);
    assert.deepEqual((await load("fashion-mnist", folder)).notices, []);
    const { set, notices } = await load("emnist-digits", folder);
    assert.deepEqual([notices, set.images], [[], Float32Array.from(upright, (pixel) => pixel / 255)]);
  }));

Deno.test("pixels are normalised by the set's numbers, by none, or by those given, which is said", () =>
  withFolder(async (folder) => {
    write(folder, standard());
    const cases: [normalise: LoadOptions["normalise"], mean: number, deviation: number, said: string][] = [
      [undefined, 0.1307, 0.3081, "mnist: pixels normalised by mean 0.1307 and deviation 0.3081"],
      ["standard", 0.1307, 0.3081, "mnist: pixels normalised by mean 0.1307 and deviation 0.3081"],
      ["none", 0, 1, "mnist: pixels of [0, 1], not normalised"],
      [{ mean: 0.5, deviation: 0.25 }, 0.5, 0.25, "mnist: pixels normalised by mean 0.5 and deviation 0.25"],
    ];
    for (const [normalise, mean, deviation, said] of cases) {
      // `undefined` among the options counts as not given.
      const { set, last } = await load("mnist", folder, { normalise } as LoadOptions);
      assert.deepEqual(set.images, Float32Array.from(X, (pixel) => (pixel / 255 - mean) / deviation));
      assert.deepEqual(set.statistics, [{ mean: 0.1307, deviation: 0.3081 }]);
      assert.deepEqual(set.normalisation, normalise === "none" ? undefined : [{ mean, deviation }]);
      assert.equal(last, said);
    }
    for (const [mean, deviation] of [[0, 0], [0, -1], [NaN, 1], [0, Infinity]]) {
      await rejectsOneLine(
        load("mnist", folder, { normalise: { mean, deviation } }),
        /^Expected a mean and a deviation above 0 to normalise by but found /,
        "InvalidArgumentError",
      );
    }
  }));

Deno.test("relatives of MNIST are normalised by its numbers, and it is said whose they are", () =>
  withFolder(async (folder) => {
    write(folder, standard());
    assert.equal(
      (await load("kmnist", folder, { normalise: "standard" })).last,
      "kmnist: pixels normalised by MNIST's mean 0.1307 and deviation 0.3081",
    );
    assert.match(
      (await load("fashion-mnist", folder, { normalise: "standard" })).last ?? "",
      /by mean 0.286 and/,
    );
  }));

Deno.test("generated digits and colours are normalised as asked, too", async () => {
  const [raw, own] = await Promise.all(
    ["none", "standard"].map((normalise) => loadDataset("digits", { count: 3, normalise } as LoadOptions)),
  );
  const [{ mean, deviation }] = own.statistics;
  assert.ok(raw.images.every((pixel, i) => Math.abs((pixel - mean) / deviation - own.images[i]) < 1e-5));
});

Deno.test("what a data folder holds instead is said in one line", () =>
  withFolder(async (folder) => {
    const fails = async (files: Record<string, Uint8Array | string>, pattern: RegExp, name = "mnist") => {
      const inside = join(folder, `${Math.random()}`);
      Deno.mkdirSync(inside);
      write(inside, files);
      await rejectsOneLine(loadDataset(name, { dataDir: inside }), pattern);
    };
    await fails(
      { "training.pt": "", "test.pt": "" },
      /: expected mnist's files, such as .*, but found only "test.pt", "training.pt"$/,
    );
    await fails(
      { ...lettersFiles(), ...lettersFiles("emnist-digits-train") },
      /: expected one data set, or the name of one, but found several: emnist-digits, emnist-letters$/,
    );
    await fails(
      { "train-images.idx3-ubyte": imageFile() },
      /idx3-ubyte: expected train-labels-idx1-ubyte\[.gz\] beside it but found none$/,
    );
    await fails(
      { ...standard(), "train-images-idx3-ubyte": Uint8Array.of(...imageFile(), 0) },
      /images-idx3-ubyte: expected 4704 bytes of data, as the IDX shape \[6, 28, 28\] needs, but found 4705$/,
    );
    await fails(
      { ...standard(), "train-labels-idx1-ubyte": intFile([6], [1, 300, 2, 3, 4, 5]) },
      /labels-idx1-ubyte: expected labels of 0 to 255 but found 300 in row 1/,
    );
    await fails(
      { "train-images-idx3-ubyte": imageFile(), "train-labels-idx1-ubyte": labelFile([0, 1, 2, 3, 4, 5]) },
      /labels-idx1-ubyte: expected labels from 1 but found 0 in row 0/,
      "emnist-letters",
    );
    await fails(
      { "mnist.npz": serialiseNpz([["a", { data: X, shape: [6, 28, 28] }]]) },
      /mnist.npz: expected arrays x_train and y_train but found only "a"$/,
    );
    await fails({
      "mnist.npz": serialiseNpz([["x_train", { data: X, shape: [6, 14, 56] }], ["y_train", {
        data: X.slice(0, 6),
        shape: [6],
      }]]),
    }, /mnist.npz: x_train: expected images of shape \[28, 28\] but found \[14, 56\]$/);
    await fails(
      {
        "kmnist-train-imgs.npz": serialiseNpz([["a", { data: X, shape: [6, 28, 28] }], ["b", {
          data: X,
          shape: [6, 784],
        }]]),
        "kmnist-train-labels.npz": serialiseNpz([["a", { data: new Uint8Array(6), shape: [6] }]]),
      },
      /expected one array but found "a", "b"$/,
      "kmnist",
    );
    await fails(
      { "mnist_train.csv": table().split("\n").map((line) => line.slice(2)).join("\n") },
      /csv: expected lines of a label and 784 pixels but found 784 columns, as without labels$/,
    );
    await fails(
      { "mnist_train.csv": table().replace(",7,", ",256,") },
      /csv: expected a label and 784 whole numbers of 0 to 255 in line 1 but found "256" in column \d+$/,
    );
    await fails(
      { "mnist_train.csv": `${heading()}\n${table()},9` },
      /in line 7 but found "\d+,9" in column 785$/,
    );
    await fails(
      { "mnist_train.csv": table().replace(/(\n.*),\d+\n/, "$1\n") },
      /in line 2 but found ".*" in column 784$/,
    );
    await fails({ "mnist_train.csv": "" }, /found 1 columns$/);
    await rejectsOneLine(
      loadDataset("kmnist"),
      /^Expected a data folder for kmnist, which is not downloaded, but found none$/,
    );
  }));

Deno.test("readCsvImages reads back any table, and is linear in it", () =>
  withFolder(async (folder) => {
    const cases = fc.array(fc.tuple(fc.nat(255), fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS })), {
      minLength: 1,
      maxLength: 4,
    });
    const path = join(folder, "mnist_train.csv");
    await fc.assert(
      fc.asyncProperty(cases, fc.boolean(), fc.constantFrom("\n", "\r\n"), async (rows, headed, end) => {
        const lines = rows.map(([label, pixels]) => [label, ...pixels].join(","));
        Deno.writeTextFileSync(path, [...(headed ? [heading()] : []), ...lines].join(end));
        const set = await loadDataset("mnist", { dataDir: folder, normalise: "none" });
        assert.deepEqual([...set.labels], rows.map(([label]) => label));
        assert.deepEqual(
          set.images,
          Float32Array.from(rows.flatMap(([, pixels]) => [...pixels]), (pixel) => pixel / 255),
        );
      }),
      { numRuns: 30 },
    );
  }));
