import assert from "node:assert/strict";
import { balancedBatch, generateDigits, openTensors, serialiseSafetensors } from "@graphon-limit/data";
import { runCli } from "./run_cli.ts";

// Networks of convolutions and of attention: masks, losses and kernels of the same weights and samples against those of an outside
// PyTorch implementation in float64 (test/pytorch/architectures.py). The variable names a Python with PyTorch.
const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

const KINDS = ["cnn", "resnet", "vit"] as const;
type Kind = (typeof KINDS)[number];

const SPARSITY = 0.8, LEAST_OVERLAP = 0.999, STEPS = 20, BATCH = 32, INPUTS = 8;

/** What the command line must be told beside the weights. */
const FLAGS: Readonly<Record<Kind, readonly string[]>> = { cnn: [], resnet: [], vit: ["--heads", "4"] };

const METHODS = ["magnitude", "snip", "grasp", "synflow"];

/** All of PyTorch's answers in one process, which takes seconds to start. */
const REFERENCE = `
import json, sys
import numpy, torch
sys.path.insert(0, "test/pytorch")
import st
from architectures import adam_losses, draw, kernel, prune
from network import load_batch

folder, methods = sys.argv[1], json.loads(sys.argv[2])
x, y = load_batch(f"{folder}/batch", torch.float64)
x = x.view(len(x), 1, 28, 28)
answers = {}
for kind in ${JSON.stringify(KINDS)}:
    for biased in (False, True):
        torch.manual_seed(11)
        weights = {name: tensor.float() for name, tensor in draw(kind, (1, 28, 28), 10, biased).items()}
        case = f"{kind} {biased}"
        st.save(f"{folder}/{case}", {name: tensor.numpy() for name, tensor in weights.items()})
        if kind == "cnn":
            foreign = ("features.0", "features.3", "classifier")
            numpy.savez(f"{folder}/{case}.npz", **{
                foreign[int(name.split(".")[1])] + "." + name.split(".")[2]: tensor.numpy() for name, tensor in weights.items()
            })
        weights = {name: tensor.double() for name, tensor in weights.items()}
        for method in methods:
            masks = prune(method, kind, weights, ${SPARSITY}, x, y)
            st.save(f"{folder}/{case} {method}", {name: mask.to(torch.uint8).numpy() for name, mask in masks.items()})
        masks = prune("snip", kind, weights, ${SPARSITY}, x, y)
        answers[case] = {
            "losses": adam_losses(kind, weights, masks, x, y, ${STEPS}, ${BATCH}),
            "kernel": kernel(kind, weights, masks, x[:${INPUTS}]).flatten().tolist(),
        }
print(json.dumps(answers))
`;

interface Answer {
  readonly losses: readonly number[];
  readonly kernel: readonly number[];
}

let folder = "";
let answers: Readonly<Record<string, Answer>> = {};

async function runReference(): Promise<void> {
  const { x, y, count, dimension } = balancedBatch(generateDigits({ count: 1000 }), 10, 4);
  const labels = { name: "y", shape: [count], data: BigInt64Array.from(y, BigInt) };
  const images = { name: "x", shape: [count, 1, 28, 28], data: x };
  Deno.writeFileSync(`${folder}/images`, serialiseSafetensors([images, labels]));
  Deno.writeFileSync(
    `${folder}/batch`,
    serialiseSafetensors([{ ...images, shape: [count, dimension] }, labels]),
  );
  const first = { name: "x", shape: [INPUTS, 1, 28, 28], data: x.slice(0, INPUTS * dimension) };
  Deno.writeFileSync(`${folder}/inputs`, serialiseSafetensors([first]));
  const { success, stdout, stderr } = await new Deno.Command(python!, {
    args: ["-c", REFERENCE, folder, JSON.stringify(METHODS)],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  answers = JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test.beforeAll(async () => {
  if (!python) return;
  folder = await Deno.makeTempDir({ prefix: "graphon-limit-" });
  await runReference();
});

Deno.test.afterAll(async () => {
  if (folder) await Deno.remove(folder, { recursive: true });
});

function readMasks(path: string): Map<string, Uint8Array> {
  using file = openTensors(path);
  return new Map(file.tensors.map(({ name }) => [name, file.readUint8(name)]));
}

/** Intersection over union of all masks of a file with those of another, paired in order where names differ. */
function overlap(path: string, expectedPath: string): number {
  const found = readMasks(path), expected = readMasks(expectedPath);
  assert.equal(found.size, expected.size);
  let both = 0, either = 0;
  const inOrder = [...found.values()];
  [...expected].forEach(([name, bits], index) => {
    const mask = found.get(name) ?? inOrder[index];
    assert.equal(mask.length, bits.length, name);
    bits.forEach((bit, at) => {
      both += bit & mask[at];
      either += bit | mask[at];
    });
  });
  return both / either;
}

async function run(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(...args, "--device", "cpu", "--json", "--quiet");
  assert.equal(code, 0, stderr.join("\n"));
  return JSON.parse(stdout.join("\n"));
}

for (const kind of KINDS) {
  for (const biased of [false, true]) {
    const name = `${kind} ${biased ? "True" : "False"}`, title = `${kind}${biased ? " with biases" : ""}`;
    const weights = () => ["--network", kind, ...FLAGS[kind], "--weights", `${folder}/${name}`];

    Deno.test({
      name: `PyTorch's masks of a ${title} are ours`,
      ignore: !python,
      async fn() {
        for (const method of METHODS) {
          const out = `${folder}/${name} ours ${method}`;
          const batch = method === "synflow" || method === "magnitude"
            ? ["--image", "1,28,28"]
            : ["--batch", `${folder}/images`];
          await run(
            "prune",
            ...weights(),
            "--method",
            method,
            "--sparsity",
            String(SPARSITY),
            ...batch,
            "--out",
            out,
          );
          const iou = overlap(out, `${folder}/${name} ${method}`);
          assert.ok(iou >= LEAST_OVERLAP, `${method}: intersection over union ${iou}`);
        }
      },
    });

    Deno.test({
      name: `PyTorch's losses of a ${title} under a mask are ours`,
      ignore: !python,
      async fn() {
        const { losses } = await run(
          "train",
          ...weights(),
          ...["--masks", `${folder}/${name} snip`, "--batch", `${folder}/images`, "--no-shuffle"],
          ...["--steps", String(STEPS), "--batch-size", String(BATCH), "--optimizer", "adam"],
          ...["--learning-rate", "0.001"],
        ) as { losses: number[] };
        answers[name].losses.forEach((loss, step) =>
          assert.ok(Math.abs(losses[step] - loss) <= 5e-3, `step ${step}: ${losses[step]}, expected ${loss}`)
        );
      },
    });

    Deno.test({
      name: `PyTorch's tangent kernel of a ${title} under a mask is ours`,
      ignore: !python,
      async fn() {
        const out = `${folder}/${name} kernel`;
        await run(
          "ntk",
          ...weights(),
          ...["--masks", `${folder}/${name} snip`, "--inputs", `${folder}/inputs`, "--out", out],
        );
        using file = openTensors(out);
        const found = file.readFloat32("kernel"), expected = answers[name].kernel;
        const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expected.forEach((value, at) =>
          assert.ok(Math.abs(found[at] - value) <= 1e-5 * size, `[${at}]: ${found[at]}, expected ${value}`)
        );
      },
    });
  }
}

Deno.test({
  name: "PyTorch's ConvNet under names of its own, from an .npz file",
  ignore: !python,
  async fn() {
    const masks = `${folder}/foreign`;
    const { notices } = await run(
      ...["prune", "--network", "cnn", "--weights", `${folder}/cnn True.npz`, "--method", "snip"],
      ...["--sparsity", String(SPARSITY), "--batch", `${folder}/images`, "--out", masks],
    ) as { notices: string[] };
    assert.ok(
      notices.some((line) =>
        /features\.0\.weight, features\.3\.weight, classifier\.weight taken as a cnn/.test(line)
      ),
    );
    assert.ok(overlap(masks, `${folder}/cnn True snip`) >= LEAST_OVERLAP);
    assert.deepEqual([...readMasks(masks).keys()].sort(), [
      "classifier.weight",
      "features.0.weight",
      "features.3.weight",
    ]);
  },
});
