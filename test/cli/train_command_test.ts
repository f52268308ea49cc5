import assert from "node:assert/strict";
import { parseSafetensors, serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { mlp, redraw } from "@graphon-limit/model";
import { deriveSeed, packBits, seedFrom } from "@graphon-limit/runtime";
import { idxFile } from "../data/support.ts";
import { testDevice } from "../ops/harness.ts";
import { KINDS } from "../runtime/support.ts";
import { inFolder, pathsBelow, runCli } from "./run_cli.ts";
import { BAD_USAGE, FAILED, NETWORK, run, words, writeFiles } from "./train_runs.ts";

for (const device of KINDS) {
  Deno.test({
    name: `train: losses, accuracy and files, and a resumed run that is the same, on ${device}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      inFolder(async (folder) => {
        writeFiles(folder);
        const settings = `--batch-size 7 --learning-rate 0.05 --device ${device} --seed 5 --evaluate 10`;
        const schedule = "--schedule step --decay-every 12 --decay 0.5 --warm-up 3";
        const whole = await run(
          folder,
          `${NETWORK} ${settings} ${schedule} --steps 30 --out FOLDER/run.json --figure FOLDER/run.svg ` +
            "--save FOLDER/whole",
        );
        assert.deepEqual(Object.keys(whole), [
          "device",
          "losses",
          "accuracy",
          "evaluations",
          "seconds",
          "notices",
        ]);
        assert.deepEqual([whole.device, whole.losses.length], [device, 30]);
        assert.ok(whole.losses[29] < whole.losses[0] / 2, `${whole.losses}`);
        const evaluations = whole.evaluations as { step: number; loss: number; accuracy: number }[];
        assert.deepEqual(evaluations.map(({ step }) => step), [10, 20, 30]);
        // Four rows of forty are held out.
        assert.equal(whole.accuracy, evaluations[2].accuracy);
        assert.ok([0, 1, 2, 3, 4].includes(4 * evaluations[2].accuracy));

        const { settings: written, provenance, ...rest } = JSON.parse(
          Deno.readTextFileSync(`${folder}/run.json`),
        );
        assert.deepEqual(rest, { ...whole, seconds: rest.seconds });
        assert.deepEqual(
          [written.steps, written.optimizer, written.schedule, written.seed],
          [30, "adam", "step", 5],
        );
        assert.equal(provenance.seed, "5");
        assert.match(Deno.readTextFileSync(`${folder}/run.svg`), /^<svg[\s\S]*held out/);

        await run(folder, `${NETWORK} ${settings} ${schedule} --steps 20 --save FOLDER/part`);
        const resumed = await run(
          folder,
          `--resume FOLDER/part --batch FOLDER/batch --steps 30 --device ${device} --save FOLDER/part`,
        );
        assert.deepEqual(resumed.losses, whole.losses);
        assert.deepEqual(resumed.evaluations, whole.evaluations);
        const tensors = (name: string) => {
          const file = parseSafetensors(Deno.readFileSync(`${folder}/${name}`));
          return file.tensors.map(({ name }) => [name, file.readBytes(name)]);
        };
        assert.deepEqual(tensors("part"), tensors("whole"));
        const file = parseSafetensors(Deno.readFileSync(`${folder}/part`));
        assert.ok(file.readFloat32("a.2").every((w, i) => i % 3 ? w !== 0 : Object.is(w, 0)));
      }),
  });

  Deno.test({
    name: `train: --predict sets the tangent kernel's curve beside training, on ${device}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      inFolder(async (folder) => {
        writeFiles(folder);
        const line =
          "--widths 6,256,3 --init ntk --activation erf --batch FOLDER/batch --predict --batch-size 16";
        const result = await run(
          folder,
          `${line} --steps 40 --figure FOLDER/p.svg --out FOLDER/p.json --device ${device}`,
        );
        const predicted = result.predicted as number[];
        assert.equal(predicted.length, 40);
        result.losses.forEach((loss, t) =>
          assert.ok(Math.abs(loss - predicted[t]) < 0.02 * result.losses[0])
        );
        assert.ok(Number(result.learningRate) > 0 && result.losses[39] < result.losses[0] / 2);
        assert.match(Deno.readTextFileSync(`${folder}/p.svg`), /tangent kernel/);
        const { settings } = JSON.parse(Deno.readTextFileSync(`${folder}/p.json`));
        assert.deepEqual([settings.optimizer, settings.loss], ["sgd", "squared"]);
      }),
  });
}

Deno.test("train: shuffling and the seed decide the losses; in order they are the rows'", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const line = `${NETWORK} --steps 8 --batch-size 7 --device cpu`;
    const [a, b, other, ordered] = [
      await run(folder, line),
      await run(folder, line),
      await run(folder, `${line} --seed 1`),
      await run(folder, `${line} --no-shuffle --optimizer sgd --learning-rate 1e-9`),
    ];
    assert.deepEqual(a.losses, b.losses);
    assert.notDeepEqual(a.losses, other.losses);
    // 40 rows in batches of 7: with weights that hardly move, epoch after epoch would repeat after 40 steps of 7, not before.
    const again = await run(
      folder,
      `${line} --no-shuffle --optimizer sgd --learning-rate 1e-9 --steps 48`.replace("--steps 8 ", ""),
    );
    for (let t = 0; t < 8; t++) {
      assert.ok(Math.abs(again.losses[t] - ordered.losses[t]) < 1e-6);
      assert.ok(Math.abs(again.losses[t + 40] - again.losses[t]) < 1e-5);
    }
  }));

Deno.test("train --redraw: the losses of the same masks with fresh weights, from a file of them or from the masks alone", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const device = await testDevice("cpu");
    using network = mlp(device, [device.matrix(12, 6), device.matrix(3, 12)].map((weight) => ({ weight })));
    const bits = [(i: number) => i % 3 ? 1 : 0, (i: number) => i % 2];
    network.weights.forEach((weight, layer) => {
      const { rows, cols } = weight;
      const mask = Uint8Array.from({ length: rows * cols }, (_, i) => bits[layer](i));
      weight.setMask(device.uploadBits(packBits(mask, rows, cols), rows, cols));
    });
    redraw(network, "fan-in", { seed: deriveSeed(seedFrom(7), 0x72656472) });
    const weights = await Promise.all(network.weights.map(({ matrix }) => device.read(matrix)));
    const tensors = ["a.2", "a.10"].map((name, layer): Tensor => ({
      name,
      shape: [network.weights[layer].rows, network.weights[layer].cols],
      data: weights[layer],
    }));
    Deno.writeFileSync(`${folder}/drawn`, serialiseSafetensors(tensors));
    const rest = "--batch FOLDER/batch --steps 12 --batch-size 7 --seed 7 --device cpu --quiet";
    const { losses } = await run(folder, `--weights FOLDER/drawn --masks FOLDER/masks ${rest}`);
    for (const from of ["--weights FOLDER/weights --masks FOLDER/masks", "--masks FOLDER/masks"]) {
      assert.deepEqual((await run(folder, `${from} --redraw fan-in ${rest}`)).losses, losses, from);
    }
  }));

Deno.test("train: without --json a table for a reader; test files are used, or the last rows held back", () =>
  inFolder(async (folder) => {
    const images = (count: number) => Uint8Array.from({ length: count * 784 }, (_, i) => (i * 37) % 256);
    const labels = (count: number) => Array.from({ length: count }, (_, i) => i % 10);
    Deno.writeFileSync(`${folder}/t10k-images-idx3-ubyte`, idxFile([30, 28, 28], images(30)));
    Deno.writeFileSync(`${folder}/t10k-labels-idx1-ubyte`, idxFile([30], labels(30)));
    const line =
      "train --widths 784,12,10 --init he --dataset mnist --data-dir FOLDER --steps 4 --evaluate 4";
    const alone = await runCli(...words(`${line} --batch-size 5 --device cpu`, folder));
    assert.equal(alone.code, 0, alone.stderr.join("\n"));
    assert.match(alone.stdout.join("\n"), /step +loss[\s\S]* 3 [\s\S]*accuracy .* held out/);
    assert.match(alone.stderr.join("\n"), /evaluating on the last 3 rows/);
    Deno.writeFileSync(`${folder}/train-images-idx3-ubyte`, idxFile([20, 28, 28], images(20)));
    Deno.writeFileSync(`${folder}/train-labels-idx1-ubyte`, idxFile([20], labels(20)));
    const both = await runCli(...words(`${line} --batch-size 5 --device cpu`, folder));
    assert.equal(both.code, 0);
    assert.doesNotMatch(both.stderr.join("\n"), /held back|last .* rows/);
  }));

/** The mean cross-entropy and accuracy of relu networks without biases on columns of samples, in doubles. */
function scoreByHand(layers: readonly (readonly number[])[][], x: readonly number[][], y: ArrayLike<number>) {
  let loss = 0, right = 0;
  x.forEach((sample, b) => {
    let values: readonly number[] = sample;
    layers.forEach((rows, layer) => {
      const sums = rows.map((row) => row.reduce((sum, weight, j) => sum + weight * values[j], 0));
      values = layer < layers.length - 1 ? sums.map((sum) => Math.max(sum, 0)) : sums;
    });
    loss += Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0)) - values[y[b]];
    if (values[y[b]] === Math.max(...values)) right++;
  });
  return { loss: loss / x.length, accuracy: right / x.length };
}

/** Rows of a tensor in a file. */
function rowsIn(path: string, name: string): number[][] {
  const file = parseSafetensors(Deno.readFileSync(path), path), { shape: [rows, cols] } = file.info(name);
  const data = file.readFloat32(name);
  return Array.from({ length: rows }, (_, i) => Array.from(data.slice(i * cols, (i + 1) * cols)));
}

for (const device of KINDS) {
  Deno.test({
    name: `train --steps 0: loss and accuracy of the masked network as it stands, on ${device}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      inFolder(async (folder) => {
        writeFiles(folder);
        const layers = ["a.2", "a.10"].map((name) => {
          const masks = rowsIn(`${folder}/masks`, name);
          return rowsIn(`${folder}/weights`, name).map((row, i) => row.map((w, j) => w * masks[i][j]));
        });
        const labels = Array.from({ length: 40 }, (_, i) => i % 3);
        const expected = scoreByHand(layers, rowsIn(`${folder}/batch`, "x"), labels);
        const found = await run(folder, `${NETWORK} --steps 0 --device ${device} --out FOLDER/run.json`);
        assert.ok(Math.abs(found.loss as number - expected.loss) < 1e-5 * expected.loss);
        assert.equal(found.accuracy, Math.fround(expected.accuracy * 40) / 40);
        assert.deepEqual([found.samples, found.losses], [40, []]);
        const { loss, accuracy } = found;
        assert.deepEqual(found.evaluations, [{ step: 0, loss, accuracy }]);
        const written = JSON.parse(Deno.readTextFileSync(`${folder}/run.json`));
        assert.deepEqual([written.accuracy, written.loss, written.settings.steps], [accuracy, loss, 0]);
        // As a run of training sees it, before its first step, on the rows that it holds out.
        const held = await run(folder, `${NETWORK} --steps 0 --evaluate 5 --device ${device}`);
        const last = scoreByHand(layers, rowsIn(`${folder}/batch`, "x").slice(36), labels.slice(36));
        assert.equal(held.samples, 4);
        assert.ok(Math.abs(held.loss as number - last.loss) < 1e-5 * last.loss);
      }),
  });
}

Deno.test("train --steps 0: a data set's test images, in words for a reader", () =>
  inFolder(async (folder) => {
    for (const [prefix, count] of [["train", 20], ["t10k", 30]] as const) {
      const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (i * 37) % 256);
      const labels = Array.from({ length: count }, (_, i) => i % 10);
      Deno.writeFileSync(`${folder}/${prefix}-images-idx3-ubyte`, idxFile([count, 28, 28], pixels));
      Deno.writeFileSync(`${folder}/${prefix}-labels-idx1-ubyte`, idxFile([count], labels));
    }
    const line =
      "train --widths 784,12,10 --init he --dataset mnist --data-dir FOLDER --steps 0 --device cpu";
    const { code, stdout, stderr } = await runCli(...words(line, folder));
    assert.equal(code, 0, stderr.join("\n"));
    assert.match(stdout.join("\n"), /^accuracy [\d.]+ and loss [\d.]+ on 30 samples$/);
  }));

/** Arguments, the exit code, and what the one line must name. */
const table: readonly [string, number, RegExp][] = [
  ["--weights FOLDER/weights", BAD_USAGE, /--dataset or --batch/],
  ["--batch FOLDER/batch", BAD_USAGE, /--weights or --widths/],
  ["--widths 6,3 --batch FOLDER/batch", BAD_USAGE, /--init/],
  [`${NETWORK} --dataset digits`, BAD_USAGE, /--batch or --dataset.*both/],
  [`${NETWORK} --data-dir FOLDER`, BAD_USAGE, /--dataset with --data-dir/],
  [`${NETWORK} --steps -1`, BAD_USAGE, /--steps.*"-1"/],
  [`${NETWORK} --steps 0 --save FOLDER/s`, BAD_USAGE, /--save not to go with --steps 0, which evaluates/],
  [`${NETWORK} --steps 0 --predict`, BAD_USAGE, /--predict not to go with --steps 0/],
  [`${NETWORK} --steps 0 --figure FOLDER/f.svg`, BAD_USAGE, /--figure not to go with --steps 0/],
  ["--resume FOLDER/weights --batch FOLDER/batch --steps 0", BAD_USAGE, /--resume not to go with --steps 0/],
  [`${NETWORK} --optimizer rmsprop`, BAD_USAGE, /adam.*rmsprop/],
  [`${NETWORK} --learning-rate 0`, BAD_USAGE, /--learning-rate.*"0"/],
  [`${NETWORK} --momentum 0.5`, BAD_USAGE, /--momentum only with --optimizer momentum.*adam/],
  [`${NETWORK} --decay 0.5`, BAD_USAGE, /--decay only with --schedule step.*constant/],
  [`${NETWORK} --decay-every 5 --schedule cosine`, BAD_USAGE, /--decay-every only with.*cosine/],
  [`${NETWORK} --figure FOLDER/f.pdf`, BAD_USAGE, /\.svg or \.png.*f\.pdf/],
  [`${NETWORK} --out FOLDER/same --save FOLDER/same`, BAD_USAGE, /different files/],
  [`${NETWORK} --checkpoint-every 5`, BAD_USAGE, /--checkpoint-every only with --save/],
  ...["0", "0s", "-3", "1.5", "3m", "s", ""].map((every): [string, number, RegExp] => [
    `${NETWORK} --save FOLDER/s --checkpoint-every ${every}`,
    BAD_USAGE,
    /--checkpoint-every to be a number of steps such as 100, or of seconds such as 30s,/,
  ]),
  [`${NETWORK} --predict --loss squared`, BAD_USAGE, /--loss.*--predict/],
  [`${NETWORK} --predict --save FOLDER/s`, BAD_USAGE, /--save.*--predict/],
  [`${NETWORK} --resume FOLDER/weights`, BAD_USAGE, /--weights.*--resume/],
  ["--weights FOLDER/weights --redraw he --batch FOLDER/batch", BAD_USAGE, /--masks with --redraw/],
  [
    "--widths 6,12,3 --init he --masks FOLDER/masks --redraw he --batch FOLDER/batch",
    BAD_USAGE,
    /no --widths/,
  ],
  [`${NETWORK} --predict --batch-size 41`, FAILED, /at least 41 samples.*40/],
  ["--resume FOLDER/weights --batch FOLDER/batch", FAILED, /weights.*train --save/],
  ["--resume FOLDER/missing --batch FOLDER/batch", FAILED, /missing/],
  ["--weights FOLDER/weights --masks FOLDER/strange --batch FOLDER/batch", FAILED, /b\.7.*a\.2/],
  [
    "--weights FOLDER/weights --masks FOLDER/othermasks --batch FOLDER/batch",
    FAILED,
    /a\.2.*\[12, 6\].*\[11, 6\]/,
  ],
  ["--weights FOLDER/weights --batch FOLDER/wide", FAILED, /samples of 6 numbers.*7/],
  ["--weights FOLDER/weights --batch FOLDER/fourth", FAILED, /labels below 3.*3/],
  ["--weights FOLDER/weights --batch FOLDER/one --evaluate 1", FAILED, /at least two samples/],
  [`${NETWORK} --optimizer sgd --learning-rate 1e30`, FAILED, /diverged.*below 1e\+30/],
];

for (const [line, expected, named] of table) {
  Deno.test(`train: says in one line what is wrong: ${line}`, () =>
    inFolder(async (folder) => {
      writeFiles(folder);
      const before = pathsBelow(folder).length;
      const out = line.includes("--out") ? "" : " --out FOLDER/new/out.json";
      const args = words(`train ${line}${out} --quiet --device cpu`, folder);
      const { code, stdout, stderr } = await runCli(...args);
      assert.deepEqual([code, stdout], [expected, []], stderr.join("\n"));
      assert.equal(stderr.length, 1, stderr.join("\n"));
      assert.match(stderr[0], named);
      assert.equal(pathsBelow(folder).length, before);
    }));
}
