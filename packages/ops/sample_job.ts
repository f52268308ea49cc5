import { type Device, RandomSequence, setSampleJob } from "@graphon-limit/runtime";
import { maskedMatmul } from "./masked_matmul.ts";
import { saliency } from "./saliency.ts";

// What `openDevice` compares a software adapter and the CPU device by: a forward product and a scoring of one layer.

/** Rows and columns of the layer, and samples in its batch. */
const WIDTH = 768, SAMPLES = 100;

function prepare(device: Device): Disposable & { run(): Promise<void> } {
  using opened = new DisposableStack();
  const random = new RandomSequence(1);
  const normals = (rows: number, cols: number) =>
    opened.use(device.upload(Float32Array.from({ length: rows * cols }, () => random.normal()), rows, cols));
  const weights = normals(WIDTH, WIDTH), x = normals(WIDTH, SAMPLES);
  const product = opened.use(device.matrix(WIDTH, SAMPLES)), scores = opened.use(device.matrix(WIDTH, WIDTH));
  const held = opened.move();
  return {
    async run() {
      device.run(maskedMatmul, { weights, x, out: product }, { scale: 1, accumulate: 0 });
      device.run(saliency, { a: product, x, weights, out: scores }, { scale: 1, pruned: 0, kind: "snip" });
      await device.read(scores, [0, 1]);
    },
    [Symbol.dispose]: () => held.dispose(),
  };
}

setSampleJob({ version: "0.1.0, sample job 3, ops 2", prepare });
