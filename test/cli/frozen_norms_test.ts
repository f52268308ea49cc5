import assert from "node:assert/strict";
import { balancedBatch, generateDigits, openTensors, serialiseSafetensors } from "@graphon-limit/data";
import { RandomSequence } from "@graphon-limit/runtime";
import { inFolder, runCli } from "./run_cli.ts";

const NETWORK = ["--network", "./test/cli/normed_network.ts", "--image", "1,28,28", "--classes", "10"];

const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

type Tensors = Record<string, { shape: number[]; data: Float32Array }>;

/** A state dict with running statistics that are not at their beginning. */
function stateDict(): Tensors {
  const random = new RandomSequence(5);
  const draw = (shape: number[], deviation = 1, mean = 0) => ({
    shape,
    data: Float32Array.from(
      { length: shape.reduce((a, b) => a * b) },
      () => mean + deviation * random.normal(),
    ),
  });
  const variance = draw([4]);
  variance.data.forEach((value, at) => variance.data[at] = 0.1 + value ** 2);
  return {
    ...{ "conv.weight": draw([4, 1, 3, 3], 0.5), "conv.bias": draw([4], 0.1) },
    ...{ "bn.weight": draw([4], 0.3, 1), "bn.bias": draw([4], 0.2) },
    ...{ "bn.running_mean": draw([4], 0.3), "bn.running_var": variance },
    ...{ "last.weight": draw([10, 196], 0.1), "last.bias": draw([10], 0.1) },
  };
}

function save(path: string, tensors: Tensors): void {
  Deno.writeFileSync(
    path,
    serialiseSafetensors(Object.entries(tensors).map(([name, tensor]) => ({ name, ...tensor }))),
  );
}

function saveBatch(path: string): void {
  const { x, y, count } = balancedBatch(generateDigits({ count: 300 }), 2, 4);
  const labels = { name: "y", shape: [count], data: BigInt64Array.from(y, BigInt) };
  Deno.writeFileSync(path, serialiseSafetensors([{ name: "x", shape: [count, 1, 28, 28], data: x }, labels]));
}

async function run(...args: string[]) {
  const { code, stdout, stderr } = await runCli(...args, "--device", "cpu", "--json", "--quiet");
  assert.equal(code, 0, stderr.join("\n"));
  return JSON.parse(stdout.join("\n"));
}

const lossOf = async (folder: string, weights: string) =>
  await run(
    "train",
    ...NETWORK,
    "--weights",
    `${folder}/${weights}`,
    "--batch",
    `${folder}/batch`,
    "--steps",
    "0",
  );

Deno.test("batch normalisation in files: running statistics are folded in, which is said, and stay in training", async () => {
  await inFolder(async (folder) => {
    const tensors = stateDict();
    save(`${folder}/statistics`, tensors);
    saveBatch(`${folder}/batch`);
    const mean = tensors["bn.running_mean"].data, variance = tensors["bn.running_var"].data;
    const gain = tensors["bn.weight"].data, shift = tensors["bn.bias"].data;
    // The same by hand, as the convolution's own numbers.
    const { "bn.running_mean": _m, "bn.running_var": _v, ...folded } = structuredClone(tensors);
    for (let channel = 0; channel < 4; channel++) {
      const root = Math.sqrt(variance[channel] + 1e-5);
      folded["bn.weight"].data[channel] = gain[channel] / root;
      folded["bn.bias"].data[channel] = shift[channel] - gain[channel] * mean[channel] / root;
    }
    save(`${folder}/folded`, folded);
    const one = await lossOf(folder, "statistics"), other = await lossOf(folder, "folded");
    assert.ok(one.notices.some((line: string) => /bn taken as batch normalisation in evaluation/.test(line)));
    assert.ok(!other.notices.some((line: string) => /bn/.test(line)), other.notices.join("\n"));
    assert.deepEqual([one.loss, one.accuracy], [other.loss, other.accuracy]);
    assert.ok(Number.isFinite(one.loss));

    await run(
      ...["train", ...NETWORK, "--weights", `${folder}/statistics`, "--batch", `${folder}/batch`],
      ...["--steps", "3", "--batch-size", "10", "--save", `${folder}/run`],
    );
    using saved = openTensors(`${folder}/run`);
    const name = saved.tensors.map(({ name }) => name).find((name) => name.endsWith("bn.weight"))!;
    assert.deepEqual(saved.readFloat32(name), folded["bn.weight"].data);

    const { "bn.running_var": _, ...half } = tensors;
    save(`${folder}/half`, half);
    const { code, stderr } = await runCli(
      ...["prune", ...NETWORK, "--weights", `${folder}/half`, "--method", "random", "--sparsity", "0.5"],
      ...["--out", `${folder}/m`, "--device", "cpu", "--quiet"],
    );
    assert.equal(code, 1);
    assert.match(stderr.join(), /expected "bn.running_var" beside running_mean but found none/);
  });
});

const REFERENCE = `
import json, sys
import torch
sys.path.insert(0, "test/pytorch")
import st
from network import load_batch

folder = sys.argv[1]
state = {name: torch.as_tensor(array).double() for name, array in st.load(f"{folder}/statistics").items()}
model = torch.nn.Sequential()
for name, module in [("conv", torch.nn.Conv2d(1, 4, 3, padding=1)), ("bn", torch.nn.BatchNorm2d(4)), ("relu", torch.nn.ReLU()),
                     ("pool", torch.nn.AvgPool2d(4)), ("flat", torch.nn.Flatten()), ("last", torch.nn.Linear(196, 10))]:
    model.add_module(name, module)
model.double().load_state_dict(state, strict=False)
model.eval()
x, y = load_batch(f"{folder}/batch", torch.float64)
loss = torch.nn.functional.cross_entropy(model(x.view(-1, 1, 28, 28)), y)
loss.backward()
scores = [(name, (parameter * parameter.grad).abs()) for name, parameter in model.named_parameters() if name in ("conv.weight", "last.weight")]
flat = torch.cat([score.flatten() for _, score in scores])
threshold = flat.sort().values[len(flat) * 4 // 5 - 1]
print(json.dumps({"loss": loss.item(), "masks": {name: (score > threshold).int().flatten().tolist() for name, score in scores}}))
`;

Deno.test({
  name: "batch normalisation in files: loss and SNIP's masks are those of PyTorch's model in evaluation",
  ignore: python === undefined,
  async fn() {
    await inFolder(async (folder) => {
      save(`${folder}/statistics`, stateDict());
      saveBatch(`${folder}/batch`);
      const { success, stdout, stderr } = await new Deno.Command(python!, { args: ["-c", REFERENCE, folder] })
        .output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const answer = JSON.parse(new TextDecoder().decode(stdout));
      const { loss } = await lossOf(folder, "statistics");
      assert.ok(Math.abs(loss - answer.loss) < 1e-5 * answer.loss, `${loss}, ${answer.loss}`);
      await run(
        ...[
          "prune",
          ...NETWORK,
          "--weights",
          `${folder}/statistics`,
          "--method",
          "snip",
          "--sparsity",
          "0.8",
        ],
        ...["--batch", `${folder}/batch`, "--out", `${folder}/masks`],
      );
      using file = openTensors(`${folder}/masks`);
      let both = 0, either = 0;
      for (const [name, wanted] of Object.entries<number[]>(answer.masks)) {
        file.readUint8(name).forEach((bit, at) => {
          if (bit & wanted[at]) both++;
          if (bit | wanted[at]) either++;
        });
      }
      assert.ok(both / either >= 0.999, `${both} of ${either}`);
    });
  },
});
