import { type Device, RandomSequence, setSampleJob } from "@graphon-limit/runtime";
import { addScaled } from "./add_scaled.ts";
import { maskedMatmul } from "./masked_matmul.ts";
import { saliency } from "./saliency.ts";

// What `openDevice` compares two devices by: a forward product and a scoring of one layer. Two implementations of WebGPU on the same
// hardware are as fast at these, and differ in what a launch is for the host: there the job has many small ones, as pruning has.

/** Rows and columns of the layer, and samples in its batch. */
const WIDTH = 768, SAMPLES = 100;

/** Small launches on hardware, each of which needs what the one before wrote; and numbers in one. */
const LAUNCHES = 200, COUNT = 64;

function prepare(device: Device): Disposable & { run(): Promise<void> } {
  using opened = new DisposableStack();
  const random = new RandomSequence(1);
  const normals = (rows: number, cols: number) =>
    opened.use(device.upload(Float32Array.from({ length: rows * cols }, () => random.normal()), rows, cols));
  const weights = normals(WIDTH, WIDTH), x = normals(WIDTH, SAMPLES);
  const product = opened.use(device.matrix(WIDTH, SAMPLES)), scores = opened.use(device.matrix(WIDTH, WIDTH));
  const signal = normals(COUNT, 1), sum = normals(COUNT, 1);
  const launches = device.info.kind === "webgpu" && !device.info.software ? LAUNCHES : 0;
  const held = opened.move();
  return {
    async run() {
      device.run(maskedMatmul, { weights, x, out: product }, { scale: 1, accumulate: 0 });
      device.run(saliency, { a: product, x, weights, out: scores }, { scale: 1, pruned: 0, kind: "snip" });
      for (let i = 0; i < launches; i++) device.run(addScaled, { x: signal, y: sum }, { scale: 1 });
      await device.read(scores, [0, 1]);
    },
    [Symbol.dispose]: () => held.dispose(),
  };
}

setSampleJob({ version: "0.1.0, sample job 4, ops 2", prepare });
