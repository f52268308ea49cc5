import assert from "node:assert/strict";
import { generateDigits, openTensors, serialiseNpy } from "@graphon-limit/data";
import { inFolder, runCli } from "./run_cli.ts";

/** What each kind is made by, and the shapes of its weights. */
const MADE = {
  cnn: { flags: ["--channels", "4,6", "--kernel", "3"], shapes: [[4, 1, 3, 3], [6, 4, 3, 3], [10, 294]] },
  resnet: {
    flags: ["--channels", "4,8"],
    shapes: [
      [4, 1, 3, 3],
      ...[[4, 4, 3, 3], [4, 4, 3, 3]],
      ...[[8, 4, 3, 3], [8, 8, 3, 3], [8, 4, 1, 1]],
      [10, 8],
    ],
  },
  vit: {
    flags: ["--width", "16", "--heads", "4", "--blocks", "1", "--patch", "7", "--expansion", "2"],
    shapes: [[16, 49], [16, 16], [16, 16], [16, 16], [16, 16], [32, 16], [16, 32], [10, 16]],
  },
} as const;

async function run(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(...args, "--device", "cpu", "--json", "--quiet");
  assert.equal(code, 0, stderr.join("\n"));
  return JSON.parse(stdout.join("\n"));
}

function shapesIn(path: string): Map<string, readonly number[]> {
  using file = openTensors(path);
  return new Map(file.tensors.map(({ name, shape }) => [name, shape]));
}

for (const [kind, { flags, shapes }] of Object.entries(MADE)) {
  Deno.test(`--network ${kind}: made, pruned, looked at, trained, and its kernel`, async () => {
    await inFolder(async (folder) => {
      const [masks, weights, graphons, saved] = ["masks", "weights", "graphons", "run"]
        .map((name) => `${folder}/${name}.safetensors`);
      const network = ["--network", kind, ...flags], digits = ["--dataset", "digits"];
      const made = ["--init", "he", "--bias", "zero", ...digits, "--samples-per-class", "2"];
      const pruned = await run(
        ...["prune", "--method", "snip", "--sparsity", "0.7", ...network, ...made],
        ...["--out", masks, "--save-weights", weights],
      ) as { kept: number; total: number; layers: { name: string; kept: number; shape: number[] }[] };
      assert.deepEqual(pruned.layers.map(({ shape }) => shape), shapes);
      assert.equal(pruned.kept, pruned.total - Math.floor(0.7 * pruned.total));

      // Made again and read from its file it is the same network.
      const again = `${folder}/again.safetensors`;
      const heads = kind === "vit" ? ["--heads", "4"] : [];
      await run(
        ...["prune", "--method", "snip", "--sparsity", "0.7", "--network", kind, ...heads, ...digits],
        ...["--samples-per-class", "2", "--weights", weights, "--out", again],
      );
      assert.deepEqual(Deno.readFileSync(again), Deno.readFileSync(masks));

      const seen = await run(
        ...["graphon", "--masks", masks, "--layers", "all", "--grid", "4", ...network, "--image", "1,28,28"],
        ...["--classes", "10", "--out", graphons, "--figure", `${folder}/taps.svg`],
      ) as { layers: { name: string; density: number; tapDensities?: number[] }[] };
      const tensors = shapesIn(graphons);
      shapes.forEach(({ length, 2: height, 3: width }, index) => {
        const expected = length === 4 ? [height * width, 4, 4] : [4, 4];
        assert.deepEqual(tensors.get(`graphon.${index}`), expected, `layer ${index}`);
        assert.deepEqual(tensors.get(`graphon.${index}.channels`), length === 4 ? [4, 4] : undefined);
      });
      assert.deepEqual(tensors.get("graphon.1.joint"), kind === "vit" ? [4, 4, 4] : undefined);
      for (const { density, tapDensities } of seen.layers) {
        if (!tapDensities) continue;
        const mean = tapDensities.reduce((sum, value) => sum + value, 0) / tapDensities.length;
        assert.ok(Math.abs(mean - density) < 1e-9);
      }

      const training = ["--masks", masks, ...digits, "--batch-size", "20", "--learning-rate", "0.01"];
      const { losses } = await run(
        ...["train", "--network", kind, ...heads, "--weights", weights, ...training, "--steps", "30"],
        ...["--save", saved],
      ) as { losses: number[] };
      const mean = (some: number[]) => some.reduce((sum, loss) => sum + loss, 0) / some.length;
      assert.ok(mean(losses.slice(-5)) < mean(losses.slice(0, 5)), `losses ${losses.join()}`);
      const resumed = await run(
        ...["train", "--resume", saved, ...digits, "--steps", "32"],
      ) as { losses: number[] };
      assert.deepEqual(resumed.losses.slice(0, 30), losses);

      // Weights made again whenever they are read give the same masks; a quota is met by name.
      const regenerated = `${folder}/regenerated.safetensors`, quota = `${folder}/quota.safetensors`;
      await run(
        ...["prune", "--method", "snip", "--sparsity", "0.7", ...network, ...made],
        ...["--weight-storage", "regenerated", "--out", regenerated],
      );
      assert.deepEqual(Deno.readFileSync(regenerated), Deno.readFileSync(masks));
      const asked = await run(
        ...["prune", "--method", "random", "--quota-from", masks, "--network", kind, ...heads],
        ...["--weights", weights, "--image", "1,28,28", "--out", quota],
      ) as { layers: { name: string; kept: number }[] };
      const keptOf = (found: { layers: { name: string; kept?: number }[] }) =>
        found.layers.map(({ name, kept }) => [name, kept]);
      assert.deepEqual(keptOf(asked), keptOf(pruned));

      const compared = await run(
        ...["compare", "--network", kind, ...heads, "--weights", weights, "--masks", `snip=${masks}`],
        ...["--masks", `at random=${quota}`, "--methods", "magnitude", "--controls", "random", ...digits],
        ...["--samples", "8", "--grid", "4", "--train-steps", "2", "--out", `${folder}/compared`],
      ) as {
        masks: { name: string; kept: number; layers: { name: string; kept: number }[]; loss: number }[];
        distances: unknown[];
      };
      assert.deepEqual(compared.masks.map(({ name }) => name), ["snip", "at random", "magnitude", "random"]);
      for (const found of compared.masks.slice(0, 2)) assert.deepEqual(keptOf(found), keptOf(asked));
      assert.equal(compared.distances.length, 6 * shapes.length);
      const report = Deno.readTextFileSync(`${folder}/compared/report.html`);
      assert.doesNotMatch(report, /NaN|undefined/);
      assert.equal(/tap by tap/.test(report), kind !== "vit");

      const kernel = ["ntk", "--network", kind, ...heads, "--weights", weights, "--masks", masks];
      const inputs = `${folder}/inputs.npy`;
      writeInputs(inputs);
      const traces: number[] = [];
      for (const fixed of [[], ["--fixed", "norm,position"]]) {
        const { metrics } = await run(...kernel, ...fixed, "--inputs", inputs, "--image", "1,28,28") as {
          metrics: { trace: number };
        };
        traces.push(metrics.trace);
      }
      assert.ok(kind === "vit" ? traces[1] < traces[0] : traces[1] === traces[0]);
    });
  });
}

function writeInputs(path: string): void {
  const { images } = generateDigits({ count: 5 });
  Deno.writeFileSync(path, serialiseNpy(images, [5, 784]));
}

Deno.test("--network ./scripts/own_network.ts: a network of one's own", async () => {
  await inFolder(async (folder) => {
    const { layers } = await run(
      ...["prune", "--network", "./scripts/own_network.ts", "--init", "torch", "--method", "grasp"],
      ...["--sparsity", "0.5", "--dataset", "digits", "--samples-per-class", "1", "--out", `${folder}/masks`],
    ) as { layers: { name: string; shape: number[] }[] };
    assert.deepEqual(layers.map(({ name, shape }) => [name, shape]), [
      ["first.weight", [12, 1, 5, 5]],
      ["last.weight", [10, 588]],
    ]);
    const { masks } = await run(
      ...["compare", "--network", "./scripts/own_network.ts", "--init", "torch", "--dataset", "digits"],
      ...["--masks", `mine=${folder}/masks`, "--samples", "4", "--grid", "4", "--out", `${folder}/compared`],
    ) as { masks: { name: string; layers: { density: number }[] }[] };
    assert.deepEqual(masks.map(({ name }) => name), ["mine", "random", "quota"]);
    assert.deepEqual(
      masks[2].layers.map(({ density }) => density),
      masks[0].layers.map(({ density }) => density),
    );
  });
});

Deno.test("--network: what is missing, or goes with another kind, is said in one line", async () => {
  await inFolder(async (folder) => {
    const prune = ["prune", "--method", "magnitude", "--sparsity", "0.5", "--out", `${folder}/masks`];
    const refused = async (code: number, message: RegExp, ...flags: string[]) => {
      const run = await runCli(...prune, ...flags, "--device", "cpu", "--quiet");
      assert.equal(run.code, code);
      assert.equal(run.stderr.length, 1, run.stderr.join("\n"));
      assert.match(run.stderr[0], message);
    };
    const vit = ["--network", "vit", "--init", "he", "--dataset", "digits", "--width", "16"];
    await refused(2, /one of mlp, cnn, resnet, vit or a module/, "--network", "rnn");
    await refused(2, /Expected --image/, "--network", "cnn", "--init", "he", "--channels", "4");
    await refused(2, /Expected --channels/, "--network", "cnn", "--init", "he", "--dataset", "digits");
    await refused(2, /Expected --heads/, ...vit);
    await refused(2, /--kernel not to go with --network vit/, ...vit, "--kernel", "3");
    const huge = [...vit, "--heads", "4", "--patch", "7", "--blocks", "1", "--expansion", "9000000000"];
    await refused(1, /network that fits but magnitude on a vit of .*expansion 9000000000/, ...huge);
    await refused(2, /--image not to go with --network mlp/, "--image", "1,28,28");
    await refused(
      2,
      /--weights or, for a network to make, --init/,
      "--network",
      "cnn",
      "--dataset",
      "digits",
    );
    await refused(1, /a width that 3 heads share/, ...vit, "--heads", "3", "--patch", "7", "--blocks", "1");
    await refused(1, /whole patches of 5×5/, ...vit, "--heads", "4", "--patch", "5", "--blocks", "1");
    await refused(
      1,
      /Cannot load the network/,
      "--network",
      "./nowhere.ts",
      "--init",
      "he",
      "--dataset",
      "digits",
    );
  });
});
