import assert from "node:assert/strict";
import { definePruner } from "@graphon-limit/pruners";
import { maskHistogram, prunedNetwork, type Task } from "@graphon-limit/study";
import { watchHost } from "../../bench/host_profile.ts";
import { networkParams, openTestLab } from "./support.ts";

/** Waits of a unit of work at the paper's protocols: the device is asked for everything first. */
const UNITS: readonly (readonly [what: string, waits: number, task: (network: Task["params"]) => Task])[] = [
  ["histograms", 1, (network) => ({ kind: "mask-histogram", version: 2, params: { ...network, grid: 8 } })],
  ["a kernel's spectrum", 1, (network) => ({
    ...{ kind: "spectrum", version: 2 },
    params: { network, weights: "own", drawn: null, samples: 12, output: "sum" },
  })],
  ["a kernel of fresh weights", 1, (network) => ({
    ...{ kind: "spectrum", version: 2 },
    params: { network, weights: "he", drawn: null, samples: 12, output: "sum" },
  })],
  // Neurons are ordered by two degrees on the host.
  ["graphons by axis", 2, (network) => ({
    ...{ kind: "network-graphons", version: 2 },
    params: { network, layout: { order: "axis", side: 3 } },
  })],
];

for (const method of ["random", "snip", "synflow"]) {
  Deno.test({
    name: `study: units of ${method} wait for the device once, pruning included`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      using lab = await openTestLab({ kind: "webgpu" });
      const asked = watchHost(lab.device);
      for (const [trial, [what, waits, task]] of UNITS.entries()) {
        const before = asked().waits;
        await lab.get(task(networkParams(lab, { method, trial })));
        assert.equal(asked().waits - before, waits, what);
      }
    },
  });
}

Deno.test("study: nothing rests on masks of scores that are no numbers", async () => {
  const broken = definePruner({
    ...{ name: "broken", label: "Broken", reads: "weights" },
    score: ({ network: { weights } }) =>
      weights.map(({ count }, layer) => new Float32Array(count).fill(layer === 1 ? NaN : 1)),
    style: { light: "#000000", dark: "#ffffff", shape: "circle" },
  });
  using lab = await openTestLab({ methods: new Map([["broken", broken]]) });
  const network = networkParams(lab, { method: "broken" });
  const refused = { name: "InvalidArgumentError", message: /every score of broken to be a number/ };
  const tasks = [maskHistogram.task({ ...network, grid: 4 }), ...UNITS.map(([, , task]) => task(network))];
  for (const task of tasks) {
    // Asked for again, too: what is shared with it is as bad.
    await assert.rejects(lab.get(task), refused);
    await assert.rejects(lab.get(task), refused);
    assert.equal(await lab.store.find(task), undefined);
  }
  await assert.rejects(prunedNetwork(lab, network), refused);
});
