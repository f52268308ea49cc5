import assert from "node:assert/strict";
import { snip } from "@graphon-limit/pruners";
import { openDevice, OutOfDeviceMemoryError } from "@graphon-limit/runtime";
import { storageThatFits } from "../../packages/cli/doctor/memory_budget.ts";
import { oneLine } from "../runtime/support.ts";
import { inFolder, pathsBelow, runCli } from "./run_cli.ts";

const DEMAND = { network: [784, 2000, 2000, 10], method: snip, samples: 100 };

Deno.test("storageThatFits: weights are kept where they fit, else regenerated, else refused with what would fit", async () => {
  using device = await openDevice({ kind: "cpu", sliceBytes: 2 ** 20 });
  const choose = (budget: number, wanted?: "kept" | "regenerated") =>
    storageThatFits(DEMAND, device.info, budget, wanted);
  assert.equal(choose(2 ** 28), "kept");
  assert.equal(choose(2 ** 24), "regenerated");
  assert.equal(choose(2 ** 28, "regenerated"), "regenerated");
  assert.throws(() => choose(2 ** 24, "kept"), oneLine(OutOfDeviceMemoryError, "16 MiB", /up to \d+ would/));
  assert.throws(() => choose(2 ** 22), oneLine(OutOfDeviceMemoryError, "4 MiB", /up to \d+ would fit/));
  assert.throws(() => choose(0), oneLine(OutOfDeviceMemoryError, "no hidden width would fit"));
});

Deno.test("storageThatFits: more than 2³² scores under one threshold are no reason to refuse", async () => {
  using device = await openDevice({ kind: "cpu" });
  const demand = { ...DEMAND, network: [784, 60000, 60000, 60000, 10] };
  assert.equal(storageThatFits(demand, device.info, Infinity), "kept");
  assert.equal(storageThatFits(demand, device.info, 2 ** 33), "regenerated");
});

const HUGE = "784,1000000,1000000,10";
const CASES = [
  ["prune", "--method", "magnitude", "--sparsity", "0.8", "--widths", HUGE, "--init", "he", "--out", "OUT/m"],
  ["train", "--widths", HUGE, "--init", "he", "--dataset", "digits", "--out", "OUT/run.json"],
  [
    ...["converge", "--methods", "snip", "--widths", "20", "--reference", "1000000", "--hidden", "2"],
    ...["--dataset", "digits", "--out", "OUT/folder"],
  ],
];
for (const [command, ...words] of CASES) {
  Deno.test(`${command}: a network that no machine holds is refused at once, and leaves nothing`, async () => {
    await inFolder(async (folder) => {
      const args = words.map((word) => word.replace("OUT", folder));
      const { code, stderr } = await runCli(command, ...args, "--device", "cpu", "--quiet");
      assert.equal(code, 1);
      assert.equal(stderr.length, 1);
      assert.match(stderr[0], /^error: Expected a network that fits but .*1000000/);
      assert.deepEqual(pathsBelow(folder), []);
    });
  });
}

Deno.test("prune: regenerated weights give the same files as kept ones", async () => {
  await inFolder(async (folder) => {
    for (const storage of ["kept", "regenerated"]) {
      const words = "prune --method synflow --rounds 3 --sparsity 0.8 --widths 50,90,70,10 --init he --quiet";
      const { code, stderr } = await runCli(
        ...words.split(" "),
        ...["--device", "cpu", "--weight-storage", storage],
        ...["--save-weights", `${folder}/weights-${storage}`, "--out", `${folder}/masks-${storage}`],
      );
      assert.equal(code, 0, stderr.join());
    }
    for (const name of ["masks", "weights"]) {
      const [kept, regenerated] = ["kept", "regenerated"].map((storage) =>
        Deno.readFileSync(`${folder}/${name}-${storage}`)
      );
      assert.deepEqual(regenerated, kept);
    }
  });
});

Deno.test("prune: weights of a file are not regenerated, and the command says so", async () => {
  const words = "prune --method random --sparsity 0.5 --weights w --out m --weight-storage regenerated";
  const { code, stderr } = await runCli(...words.split(" "), "--device", "cpu", "--quiet");
  assert.equal(code, 2);
  assert.match(stderr.join(), /--weight-storage regenerated only with --widths or --init/);
});
