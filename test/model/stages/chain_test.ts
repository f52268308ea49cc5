import assert from "node:assert/strict";
import { cnn, crossEntropyLoss, gradients, initialise, uploadBatch } from "@graphon-limit/model";
import { openDevice, seedFrom } from "@graphon-limit/runtime";
import { testStage } from "./harness.ts";
import { chains } from "./families.ts";

testStage("chain", chains);
testStage("chain, nested", (size) => chains(size, { nested: true }));
testStage("chain, a bias first and last", (size) => chains(size, { biases: true, nested: true }));

Deno.test("chain: nothing is pulled back to a network's inputs through stages that take no note of it", async () => {
  using device = await openDevice({ kind: "cpu" });
  using network = initialise(
    device,
    cnn({ image: [1, 6, 6], classes: 3, kernel: 3, channels: [4, 5] }),
    "he",
    {
      seed: seedFrom(0),
    },
  );
  using batch = uploadBatch(device, new Float32Array(72).fill(1), [0, 2]);
  const launched: string[] = [], run = device.run;
  device.run = function (op, ...rest) {
    launched.push(op.name);
    return Reflect.apply(run, device, [op, ...rest]);
  };
  using _slope = gradients(network, batch, crossEntropyLoss());
  const times = (name: string) => launched.filter((each) => each === name).length;
  // Of two convolutions and a product at the end, the first convolution gives nothing back.
  assert.deepEqual([times("unfold_windows"), times("fold_windows"), times("masked_matmul_transposed")], [
    2,
    1,
    2,
  ]);
});
