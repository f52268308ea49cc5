import assert from "node:assert/strict";
import { generateDigits, SafetensorsFile, serialiseSafetensors } from "@graphon-limit/data";
import { initialise } from "@graphon-limit/model";
import { openDevice, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { KINDS } from "../runtime/support.ts";
import { runCli } from "./run_cli.ts";

// Losses from the same weights, masks and batches in order against those of PyTorch's own optimisers (test/pytorch). The
// variable names a Python with PyTorch; without it there is nothing to compare with.
const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

const WIDTHS = [784, 200, 200, 200, 10], SAMPLES = 200, STEPS = 30, BATCH = 64;
const LARGEST_DIFFERENCE = 5e-3;

/** Optimisers with a learning rate at which each gets somewhere. */
const CASES: readonly [optimiser: string, rate: string][] = [
  ["adam", "0.001"],
  ["sgd", "0.5"],
  ["momentum", "0.1"],
];

/** All runs in one process, which takes seconds to start. */
const REFERENCE = `
import json, sys
import torch
sys.path.insert(0, "test/pytorch")
from network import Form, load_batch, load_masks, load_matrices
from train_reference import train

folder, steps, batch, cases = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
named = load_matrices(f"{folder}/weights", torch.float32)
masks = load_masks(f"{folder}/masks", named)
x, y = load_batch(f"{folder}/batch", torch.float32)
losses = {}
for optimizer, rate in cases:
    run = train(Form("relu", "standard"), list(named.values()), masks, x, y, steps, batch, optimizer, float(rate))
    losses[optimizer] = run[0]
print(json.dumps(losses))
`;

/** Our weights, masks that keep a fifth of them, and digits, in a folder. */
async function writeInputs(folder: string): Promise<void> {
  using device = await openDevice({ kind: "cpu" });
  using network = initialise(device, WIDTHS, "he", { seed: seedFrom(21) });
  const random = new RandomSequence(5);
  const write = (name: string, tensors: Parameters<typeof serialiseSafetensors>[0]) =>
    Deno.writeFileSync(`${folder}/${name}`, serialiseSafetensors(tensors));
  const weights = await Promise.all(network.weights.map(async ({ name, shape, matrix }) => ({
    name,
    shape,
    data: await device.read(matrix),
  })));
  write("weights", weights);
  write(
    "masks",
    weights.map(({ name, shape, data }) => ({
      name,
      shape,
      data: Uint8Array.from(data, () => random.uniform() < 0.2 ? 1 : 0),
    })),
  );
  const { images, labels, dimension } = generateDigits({ count: SAMPLES });
  write("batch", [
    { name: "x", shape: [SAMPLES, dimension], data: images },
    { name: "y", shape: [SAMPLES], data: BigInt64Array.from(labels, BigInt) },
  ]);
}

async function runReference(): Promise<Record<string, number[]>> {
  await writeInputs(folder);
  const { success, stdout, stderr } = await new Deno.Command(python!, {
    args: ["-c", REFERENCE, folder, String(STEPS), String(BATCH), JSON.stringify(CASES)],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const folder = python ? Deno.makeTempDirSync({ prefix: "graphon-limit-pytorch-" }) : "";
let reference: Promise<Record<string, number[]>> | undefined;

if (python) {
  for (const kind of KINDS) {
    for (const [optimiser, rate] of CASES) {
      Deno.test({
        name: `PyTorch: the first ${STEPS} losses of ${optimiser} agree on ${kind}, pruned weights zero`,
        sanitizeOps: false,
        sanitizeResources: false,
        async fn() {
          const theirs = (await (reference ??= runReference()))[optimiser];
          const { code, stdout, stderr } = await runCli(
            ...["train", "--weights", `${folder}/weights`, "--masks", `${folder}/masks`],
            ...["--batch", `${folder}/batch`, "--no-shuffle", "--steps", String(STEPS)],
            ...["--batch-size", String(BATCH), "--optimizer", optimiser, "--learning-rate", rate],
            ...["--save", `${folder}/trained`, "--device", kind, "--json"],
          );
          assert.equal(code, 0, stderr.join("\n"));
          const { losses } = JSON.parse(stdout[0]) as { losses: number[] };
          assert.equal(losses.length, STEPS);
          const largest = Math.max(...losses.map((value, step) => Math.abs(value - theirs[step])));
          assert.ok(largest < LARGEST_DIFFERENCE, `largest difference ${largest}`);
          assert.ok(losses[STEPS - 1] < losses[0] - 0.5, "a network that learns nothing compares nothing");
          using trained = SafetensorsFile.open(`${folder}/trained`);
          using masks = SafetensorsFile.open(`${folder}/masks`);
          for (const { name } of masks.tensors) {
            const mask = masks.readUint8(name);
            assert.ok(trained.readFloat32(name).every((weight, i) => mask[i] === 1 || Object.is(weight, 0)));
          }
        },
      });
    }
  }

  Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));
}
