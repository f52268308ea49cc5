import assert from "node:assert/strict";
import { definePruner, prune, snip } from "@graphon-limit/pruners";
import { seedFrom } from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";
import { network, samples, unmask } from "./support.ts";

const seed = seedFrom(1);

onBothDevices("prune: a signal ends it between rounds", async (device) => {
  using placed = network(device, [10, 20, 10]);
  using batch = samples(device, placed, 5);
  const { live } = device.memory, controller = new AbortController();
  let scored = 0;
  const counting = definePruner({
    ...snip,
    name: "counting",
    score(context) {
      scored++;
      return snip.score!(context);
    },
  });
  const onProgress = (round: number) => round === 2 && controller.abort(new RangeError("enough"));
  const options = { sparsity: 0.9, rounds: 50, batch, seed, onProgress, signal: controller.signal };
  await assert.rejects(() => prune(placed, counting, options), { message: "enough" });
  // Rounds that take milliseconds are reported several at a time.
  assert.ok(scored >= 2 && scored <= 4, `${scored} rounds`);
  unmask(placed);
  assert.equal(device.memory.live, live);
  await assert.rejects(() => prune(placed, counting, options), { message: "enough" });
  assert.ok(scored <= 4, "nothing begins after the signal");
  assert.ok(placed.weights.every(({ mask }) => mask === undefined));
});

onBothDevices("prune: a signal from outside is heard while nothing waits", async (device) => {
  using placed = network(device, [10, 20, 10]);
  using batch = samples(device, placed, 5);
  const controller = new AbortController();
  // A round that keeps the thread, as those of wide networks do.
  const busy = definePruner({
    ...snip,
    name: "busy",
    score(context) {
      for (const begun = performance.now(); performance.now() - begun < 20;);
      return snip.score!(context);
    },
  });
  setTimeout(() => controller.abort(new RangeError("enough")), 1);
  const begun = performance.now(), options = { sparsity: 0.9, rounds: 500, batch, seed };
  await assert.rejects(() => prune(placed, busy, { ...options, signal: controller.signal }), {
    message: "enough",
  });
  assert.ok(performance.now() - begun < 5000, "500 rounds take ten seconds");
});
