import assert from "node:assert/strict";
import {
  balancedBatch,
  generateDigits,
  parseSafetensors,
  readBatch,
  readNetwork,
  SafetensorsFile,
  serialiseSafetensors,
  type Tensor,
} from "@graphon-limit/data";
import { initialise, mlp, uploadBatch } from "@graphon-limit/model";
import { methodNamed, prune, type Scope } from "@graphon-limit/pruners";
import { type Device, openDevice, seedFrom, unpackBits } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { KINDS } from "../runtime/support.ts";
import { runCli } from "./run_cli.ts";

// Masks of the same weights and batch against those of an outside PyTorch implementation (test/pytorch). The variable
// names a Python with PyTorch; without it there is nothing to compare with, and `deno task test:pytorch` is the way in.
const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

const WIDTHS = [784, 200, 200, 200, 10];
const METHODS = ["magnitude", "snip", "grasp", "synflow"];
const SPARSITIES = [0.8, 0.95];
const SCOPES: readonly Scope[] = ["global", "layer"];
const LEAST_OVERLAP = 0.999;

/**
 * All of PyTorch's masks in one process, which takes seconds to start: for each method, sparsity and scope of our
 * network, and for a `torch.nn.Sequential` of PyTorch's own, which it saves with its batch as PyTorch names them.
 */
const REFERENCE = `
import json, sys
import numpy, torch
sys.path.insert(0, "test/pytorch")
import st
from network import load_batch, load_matrices
from prune_reference import prune

def save_masks(path, named, masks):
    st.save(path, {name: mask.to(torch.uint8).numpy() for name, mask in zip(named, masks)})

folder, cases = sys.argv[1], json.loads(sys.argv[2])
named = load_matrices(f"{folder}/weights", torch.float64)
batch = load_batch(f"{folder}/batch", torch.float64)
for method, sparsity, scope in cases:
    masks, _, _ = prune(method, sparsity, list(named.values()), batch, scope=scope)
    save_masks(f"{folder}/{method} {sparsity} {scope}", named, masks)

torch.manual_seed(5)
modules = [module for _ in range(6) for module in (torch.nn.Linear(12, 12), torch.nn.ReLU())][:-1]
network = torch.nn.Sequential()
network.layers = torch.nn.Sequential(*modules)
st.save(f"{folder}/torch weights", {name: tensor.numpy() for name, tensor in network.state_dict().items()})
st.save(f"{folder}/torch batch", {"x": torch.randn(40, 12).numpy(), "y": torch.randint(12, (40,)).numpy()})
named = load_matrices(f"{folder}/torch weights", torch.float64)
masks, _, _ = prune("snip", 0.5, list(named.values()), load_batch(f"{folder}/torch batch", torch.float64))
save_masks(f"{folder}/torch masks", named, masks)
`;

/** Our weights, beside biases, under names whose natural order is not the alphabetical one, and a batch of digits. */
async function writeInputs(folder: string): Promise<void> {
  // By the plain twins, whose weights are the same on every machine: SynFlow's hundred rounds can turn the last digit of one
  // weight into other masks, and float32 then stands against float64 at a place where both are right.
  using device = await openDevice({ kind: "cpu", accelerate: false });
  using network = initialise(device, WIDTHS, "he", { seed: seedFrom(21) });
  const tensors: Tensor[] = [];
  for (const [layer, weights] of network.weights.entries()) {
    const name = `layers.${layer === 3 ? 10 : 2 * layer + 2}`, { rows, cols } = weights;
    tensors.push({ name: `${name}.weight`, shape: [rows, cols], data: await device.read(weights.matrix) });
    tensors.push({ name: `${name}.bias`, shape: [rows], data: new Float32Array(rows) });
  }
  Deno.writeFileSync(`${folder}/weights`, serialiseSafetensors(tensors));
  const { x, y, count, dimension } = balancedBatch(generateDigits({ count: 1000 }), 10, 4);
  Deno.writeFileSync(
    `${folder}/batch`,
    serialiseSafetensors([
      { name: "x", shape: [count, dimension], data: x },
      { name: "y", shape: [count], data: BigInt64Array.from(y, BigInt) },
    ]),
  );
}

/** Writes our inputs, then lets PyTorch prune; the folder with it all. */
async function runReference(): Promise<string> {
  await writeInputs(folder);
  const cases = METHODS.flatMap((method) =>
    SPARSITIES.flatMap((sparsity) => SCOPES.map((scope) => [method, sparsity, scope]))
  );
  const { success, stderr } = await new Deno.Command(python!, {
    args: ["-c", REFERENCE, folder, JSON.stringify(cases)],
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return folder;
}

type Masks = ReadonlyMap<string, Uint8Array>;

function readMasks(path: string): Masks {
  using file = parseSafetensors(Deno.readFileSync(path), path);
  return new Map(file.tensors.map(({ name }) => [name, file.readUint8(name)]));
}

/** The masks of a method on our inputs, on a device. */
async function pruneOn(device: Device, method: string, sparsity: number, scope: Scope): Promise<Masks> {
  using file = SafetensorsFile.open(`${folder}/weights`);
  const layers = readNetwork({ weights: file }, { chain: true }).layers.map(({ weight }) => weight!);
  using network = mlp(
    device,
    layers.map(({ rows, columns, read }) => ({ weight: device.upload(read(), rows, columns) })),
  );
  const { x, y } = readBatch(`${folder}/batch`);
  using batch = uploadBatch(device, x, y);
  await prune(network, methodNamed(method), { sparsity, scope, batch, seed: seedFrom(0) });
  const masks = new Map<string, Uint8Array>();
  for (const [layer, { name, rows, columns }] of layers.entries()) {
    masks.set(name, unpackBits(await device.readBits(network.weights[layer].mask!), rows, columns));
  }
  return masks;
}

/** Ones in both over ones in either, over all layers. */
function overlap(a: Masks, b: Masks): number {
  assert.deepEqual([...a.keys()].sort(), [...b.keys()].sort());
  let both = 0, either = 0;
  for (const [name, mask] of a) {
    const other = b.get(name)!;
    assert.equal(mask.length, other.length);
    mask.forEach((bit, i) => {
      both += bit & other[i];
      either += bit | other[i];
    });
  }
  assert.ok(either > 0, "masks that keep nothing");
  return both / either;
}

const folder = python ? Deno.makeTempDirSync({ prefix: "graphon-limit-pytorch-" }) : "";
let reference: Promise<string> | undefined;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({
    name: `PyTorch: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await (reference ??= runReference());
      await run();
    },
  });
}

if (python) {
  for (const method of METHODS) {
    for (const kind of KINDS) {
      test(`${method} keeps the same weights on ${kind}, at 80 and 95 %, globally and by layer`, async () => {
        const device = await testDevice(kind);
        for (const sparsity of SPARSITIES) {
          for (const scope of SCOPES) {
            const theirs = readMasks(`${folder}/${method} ${sparsity} ${scope}`);
            const share = overlap(await pruneOn(device, method, sparsity, scope), theirs);
            assert.ok(share >= LEAST_OVERLAP, `${sparsity}, ${scope}: overlap ${share}`);
          }
        }
      });
    }
  }

  test("the command line prunes a file that PyTorch saved under its own names", async () => {
    // Layers 0, 2, … 10, all 12×12: the alphabetical order of the names would chain too, to another network.
    const { code, stdout, stderr } = await runCli(
      ...["prune", "--method", "snip", "--sparsity", "0.5", "--weights", `${folder}/torch weights`],
      ...[
        "--batch",
        `${folder}/torch batch`,
        "--out",
        `${folder}/out`,
        "--device",
        "cpu",
        "--json",
        "--no-bias",
      ],
    );
    assert.equal(code, 0, stderr.join("\n"));
    assert.match(stderr[1], /biases are left out: layers\.0\.bias, layers\.2\.bias, .*layers\.10\.bias$/);
    const { layers } = JSON.parse(stdout[0]) as { layers: { name: string }[] };
    assert.deepEqual(layers.map(({ name }) => name), [0, 2, 4, 6, 8, 10].map((i) => `layers.${i}.weight`));
    assert.ok(overlap(readMasks(`${folder}/out`), readMasks(`${folder}/torch masks`)) >= LEAST_OVERLAP);
  });

  Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));
}
