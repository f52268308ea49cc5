import assert from "node:assert/strict";
import {
  balancedBatch,
  generateDigits,
  parseSafetensors,
  readBatch,
  SafetensorsFile,
  serialiseSafetensors,
} from "@graphon-limit/data";
import { adam, mlp, type Network, type OwnedBatch, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import { methodNamed, prune } from "@graphon-limit/pruners";
import { type Device, packBits, seedFrom, unpackBits } from "@graphon-limit/runtime";
import { train } from "@graphon-limit/training";
import { onBothDevices } from "../runtime/support.ts";

// Networks with biases, made by PyTorch's own Linear layers, against what PyTorch makes of them in float64
// (test/pytorch/bias_reference.py). The variable names a Python with PyTorch; without it there is nothing to compare with.
const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

const WIDTHS = [784, 200, 200, 200, 10], SPARSITY = 0.8;
const METHODS = ["magnitude", "snip", "grasp", "synflow"];
const KERNEL_SAMPLES = 30, STEPS = 30, BATCH = 64, LEARNING_RATE = 0.001;
const LEAST_OVERLAP = 0.999, KERNEL_ERROR = 1e-5, LARGEST_DIFFERENCE = 5e-3;

const folder = python ? Deno.makeTempDirSync({ prefix: "graphon-limit-pytorch-" }) : "";
let reference: Promise<number[]> | undefined;

/** Writes digits, and lets PyTorch do the rest, in one process; the losses of its training. */
async function runReference(): Promise<number[]> {
  const { x, y, count, dimension } = balancedBatch(generateDigits({ count: 1000 }), 10, 4);
  Deno.writeFileSync(
    `${folder}/batch`,
    serialiseSafetensors([
      { name: "x", shape: [count, dimension], data: x },
      { name: "y", shape: [count], data: BigInt64Array.from(y, BigInt) },
    ]),
  );
  const { success, stdout, stderr } = await new Deno.Command(python!, {
    args: [
      "test/pytorch/bias_reference.py",
      ...["--batch", `${folder}/batch`, "--folder", folder, "--widths", WIDTHS.join(",")],
      ...["--sparsity", String(SPARSITY), "--samples", String(KERNEL_SAMPLES), "--steps", String(STEPS)],
      ...["--batch-size", String(BATCH), "--learning-rate", String(LEARNING_RATE)],
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return (JSON.parse(new TextDecoder().decode(stdout)) as { losses: number[] }).losses;
}

/** PyTorch's network, its layers under PyTorch's names, 0, 2, 4 and 6. */
function placeNetwork(device: Device): Network {
  using file = SafetensorsFile.open(`${folder}/weights`);
  const layers = WIDTHS.slice(1).map((rows, l) => {
    const [name, biasName] = [`${2 * l}.weight`, `${2 * l}.bias`];
    return {
      ...{ name, weight: device.upload(file.readFloat32(name), rows, WIDTHS[l]) },
      ...{ biasName, bias: device.upload(file.readFloat32(biasName), rows, 1) },
    };
  });
  return mlp(device, layers);
}

/** Puts masks of PyTorch's on a network. */
function putMasks({ device, weights }: Network, method: string): void {
  const masks = readMasks(method);
  for (const weight of weights) {
    const { rows, cols } = weight;
    weight.setMask(device.uploadBits(packBits(masks.get(weight.name)!, rows, cols), rows, cols));
  }
}

function readMasks(method: string): Map<string, Uint8Array> {
  using file = parseSafetensors(Deno.readFileSync(`${folder}/${method}`), method);
  return new Map(file.tensors.map(({ name }) => [name, file.readUint8(name)]));
}

function placeBatch(device: Device): OwnedBatch {
  const { x, y } = readBatch(`${folder}/batch`);
  return uploadBatch(device, x, y);
}

function test(name: string, run: (device: Device, losses: readonly number[]) => Promise<void>): void {
  onBothDevices(
    `PyTorch: with biases ${name}`,
    async (device) => run(device, await (reference ??= runReference())),
  );
}

if (python) {
  for (const method of METHODS) {
    test(`${method} keeps the same weights`, async (device) => {
      using network = placeNetwork(device);
      using batch = placeBatch(device);
      assert.equal(network.parameters.length, 8);
      await prune(network, methodNamed(method), { sparsity: SPARSITY, batch, seed: seedFrom(0) });
      const theirs = readMasks(method);
      let both = 0, either = 0;
      for (const { name, mask, rows, cols } of network.weights) {
        const other = theirs.get(name)!;
        unpackBits(await device.readBits(mask!), rows, cols).forEach((bit, i) => {
          both += bit & other[i];
          either += bit | other[i];
        });
      }
      assert.ok(either > 0 && both / either >= LEAST_OVERLAP, `overlap ${both / either}`);
    });
  }

  for (const output of ["sum", "trace"] as const) {
    test(`the tangent kernel is the same, ${output}`, async (device) => {
      using network = placeNetwork(device);
      putMasks(network, "snip");
      const { x, y } = readBatch(`${folder}/batch`);
      using batch = uploadBatch(
        device,
        x.slice(0, KERNEL_SAMPLES * WIDTHS[0]),
        y.slice(0, KERNEL_SAMPLES),
      );
      using kernel = await empiricalKernel(network, batch.inputs, { output });
      using file = SafetensorsFile.open(`${folder}/kernel`);
      const values = await device.read(kernel),
        theirs = new Float64Array(file.readBytes(output).slice().buffer);
      assert.equal(values.length, theirs.length);
      const norm = (of: (value: number, at: number) => number) => Math.hypot(...Array.from(theirs, of));
      const error = norm((value, at) => values[at] - value) / norm((value) => value);
      assert.ok(error < KERNEL_ERROR, `relative error ${error}`);
    });
  }

  test(`the first ${STEPS} losses of adam agree`, async (device, theirs) => {
    using network = placeNetwork(device);
    putMasks(network, "snip");
    using batch = placeBatch(device);
    const { losses } = await train(network, batch, {
      ...{ steps: STEPS, batchSize: BATCH, optimiser: adam(), learningRate: LEARNING_RATE, shuffle: false },
    });
    const largest = Math.max(...losses.map((value, step) => Math.abs(value - theirs[step])));
    assert.ok(largest < LARGEST_DIFFERENCE, `largest difference ${largest}`);
    assert.ok(losses[STEPS - 1] < losses[0] - 0.5, "a network that learns nothing compares nothing");
  });

  Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));
}
