import { existsSync } from "node:fs";
import { generateDigits, serialiseSafetensors } from "@graphon-limit/data";

/** A command that is killed, what goes on with it, and what it leaves. */
export interface KilledCommand {
  readonly name: string;
  /** The command line that begins a run with results in a folder. */
  readonly begin: (inputs: string, folder: string, seed: number) => string;
  /** The one that goes on with a run that was killed; the same, unless given. */
  readonly goOn?: (inputs: string, folder: string, seed: number) => string;
  /** The file that {@linkcode KilledCommand.goOn} reads, where there is one: it changes on the way. */
  readonly state?: string;
}

const train = (inputs: string, folder: string) =>
  `train --batch ${inputs}/batch.safetensors --save ${folder}/saved.safetensors --checkpoint-every 15 ` +
  `--out ${folder}/run.json --figure ${folder}/losses.svg`;

/** Small enough that a run takes a second or two. */
export const KILLED_COMMANDS: readonly KilledCommand[] = [
  {
    name: "train",
    begin: (inputs, folder, seed) =>
      `${
        train(inputs, folder)
      } --widths 784,64,10 --init he --steps 400 --batch-size 32 --evaluate 40 --seed ${seed}`,
    goOn: (inputs, folder) => `${train(inputs, folder)} --resume ${folder}/saved.safetensors`,
    state: "saved.safetensors",
  },
  {
    name: "reproduce",
    begin: (_inputs, folder, seed) =>
      "reproduce F5 R5 --quick --trials 2 --training-trials 1 --widths 16,32 --width 24 --sparsities 0.5 " +
      `--out ${folder} --seed ${seed}`,
  },
  {
    name: "converge",
    begin: (inputs, folder, seed) =>
      "converge --methods random,snip,synflow --widths 16,32 --reference 48 --trials 3 --grid 16 --no-limit " +
      `--dataset mnist --data-dir ${inputs} --out ${folder} --seed ${seed}`,
  },
  {
    name: "prune",
    begin: (_inputs, folder, seed) =>
      "prune --method synflow --rounds 40 --sparsity 0.9 --widths 784,500,500,500,10 --init he " +
      `--out ${folder}/masks.safetensors --save-weights ${folder}/weights.safetensors --seed ${seed}`,
  },
];

/** Samples to train on. */
const SAMPLES = 400;

/** Writes what the commands read: a batch, and images in MNIST's own files. */
export function writeInputs(inputs: string): void {
  if (existsSync(`${inputs}/batch.safetensors`)) return;
  Deno.mkdirSync(inputs, { recursive: true });
  const { images, labels, pixels } = digits();
  Deno.writeFileSync(`${inputs}/train-images-idx3-ubyte`, idxFile([SAMPLES, 28, 28], pixels));
  Deno.writeFileSync(`${inputs}/train-labels-idx1-ubyte`, idxFile([SAMPLES], labels));
  Deno.writeFileSync(
    `${inputs}/batch.safetensors`,
    serialiseSafetensors([
      { name: "x", shape: [SAMPLES, 784], data: images },
      { name: "y", shape: [SAMPLES], data: Int32Array.from(labels) },
    ]),
  );
}

/** Generated digits, a row each, and their pixels as bytes. */
function digits() {
  const { images, labels } = generateDigits({ count: SAMPLES });
  const [least, most] = images.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  const pixels = Uint8Array.from(images, (x) => Math.round(255 * (x - least) / (most - least)));
  return { images, labels: Uint8Array.from(labels), pixels };
}

/** An IDX file of unsigned bytes. */
function idxFile(shape: readonly number[], data: Uint8Array): Uint8Array {
  const start = 4 + 4 * shape.length, file = new Uint8Array(start + data.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  file.set(data, start);
  return file;
}
