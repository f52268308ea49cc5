import assert from "node:assert/strict";
import { openTensors } from "@graphon-limit/data";
import { inFolder, runCli } from "./run_cli.ts";

// Global magnitude pruning of a network of every kind of layer against torch.nn.utils.prune.global_unstructured. The variable names a
// Python with PyTorch.
const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

const SPARSITY = 0.7;

const REFERENCE = `
import math, sys
import torch
from torch import nn
from torch.nn.utils import prune
sys.path.insert(0, "test/pytorch")
import st

torch.manual_seed(3)
network = nn.ModuleDict({
    "wave": nn.Conv1d(5, 6, 7), "depthwise": nn.Conv2d(12, 12, (3, 5), groups=12), "pointwise": nn.Conv2d(12, 8, 1, bias=False),
    "norm": nn.BatchNorm2d(8), "volume": nn.Conv3d(3, 4, (2, 3, 2)), "embedding": nn.Embedding(30, 8),
    "attention": nn.MultiheadAttention(8, 2), "head": nn.Linear(8, 3),
})
st.save(f"{sys.argv[1]}/weights", {name: tensor.numpy() for name, tensor in network.state_dict().items()})
attention = network["attention"]
pruned = [(network[name], "weight") for name in ("wave", "depthwise", "pointwise", "volume", "head")]
pruned += [(attention, "in_proj_weight"), (attention.out_proj, "weight")]
total = sum(getattr(layer, name).numel() for layer, name in pruned)
prune.global_unstructured(pruned, prune.L1Unstructured, amount=math.floor(${SPARSITY} * total))
masks = {name: tensor for name, tensor in network.state_dict().items() if name.endswith("_mask")}
st.save(f"{sys.argv[1]}/masks", {name: mask.to(torch.uint8).numpy() for name, mask in masks.items()})
`;

function masksIn(path: string): [name: string, shape: readonly number[], bits: Uint8Array][] {
  using file = openTensors(path);
  return file.tensors.map((
    { name, shape },
  ): [string, readonly number[], Uint8Array] => [name.replace(/_mask$/, ""), shape, file.readUint8(name)])
    .sort(([a], [b]) => a < b ? -1 : 1);
}

Deno.test({
  name: "PyTorch's global magnitude masks of convolutions of every rank, attention and a head are ours",
  ignore: !python,
  fn: () =>
    inFolder(async (folder) => {
      const { success, stderr } = await new Deno.Command(python!, { args: ["-c", REFERENCE, folder] })
        .output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const pruned = await runCli(
        ...[
          "prune",
          "--weights",
          `${folder}/weights`,
          "--method",
          "magnitude",
          "--sparsity",
          String(SPARSITY),
        ],
        ...["--out", `${folder}/ours`, "--device", "cpu", "--quiet"],
      );
      assert.equal(pruned.code, 0, pruned.stderr.join("\n"));
      assert.deepEqual(masksIn(`${folder}/ours`), masksIn(`${folder}/masks`));
    }),
});
