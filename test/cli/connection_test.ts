import assert from "node:assert/strict";
import fc from "fast-check";
import { serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { disconnectionOf, initialise } from "@graphon-limit/model";
import { packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { KINDS } from "../runtime/support.ts";
import { inFolder, runCli } from "./run_cli.ts";

const FAILED = 1;

/** Masks of layers of a chain, row-major, each with the density it is drawn with. */
function drawMasks(seed: number, widths: readonly number[], density: number): Uint8Array<ArrayBuffer>[] {
  const random = new RandomSequence(seed);
  return widths.slice(1).map((rows, layer) =>
    Uint8Array.from({ length: rows * widths[layer] }, () => random.uniform() < density ? 1 : 0)
  );
}

/** Whether some path leads from an input to an output, by trying all. */
function hasPath(
  masks: readonly Uint8Array[],
  widths: readonly number[],
  layer = 0,
  neuron?: number,
): boolean {
  if (layer === masks.length) return true;
  const from = neuron === undefined ? Array.from({ length: widths[0] }, (_, input) => input) : [neuron];
  return from.some((input) =>
    Array.from({ length: widths[layer + 1] }, (_, output) => output).some((output) =>
      masks[layer][output * widths[layer] + input] === 1 && hasPath(masks, widths, layer + 1, output)
    )
  );
}

for (const kind of KINDS) {
  Deno.test({
    name: `disconnectionOf: finds a path where a search finds one, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      const property = fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        fc.nat(),
        fc.nat(),
        async (widths, density, seed, dense) => {
          using network = initialise(device, widths, "he", { seed: seedFrom(0) });
          const masks = drawMasks(seed, widths, density);
          // A layer without a mask keeps everything.
          if (masks.length > 1) masks[dense % masks.length].fill(1);
          network.weights.forEach((weight, layer) => {
            if (masks.length > 1 && layer === dense % masks.length) return;
            weight.setMask(
              device.uploadBits(packBits(masks[layer], weight.rows, weight.cols), weight.rows, weight.cols),
            );
          });
          const found = await disconnectionOf(network);
          assert.equal(found === undefined, hasPath(masks, widths));
          for (const [layer, mask] of masks.entries()) {
            if (mask.includes(1)) continue;
            assert.match(found!, /^no path leads from inputs to outputs: layers? .* no weight$/);
            assert.ok(found!.includes(`layers.${layer}.weight`));
          }
        },
      );
      await fc.assert(property, { numRuns: 60 });
    },
  });
}

/** A network 3→3→2 whose first layer has entries below all others, one that has no path at half the weights, inputs, samples. */
function writeFiles(folder: string): void {
  const write = (name: string, ...tensors: Tensor[]) =>
    Deno.writeFileSync(`${folder}/${name}`, serialiseSafetensors(tensors));
  const matrix = (name: string, rows: number, values: number[]): Tensor => ({
    name,
    shape: [rows, values.length / rows],
    data: Float32Array.from(values),
  });
  const first = (values: number[]) => matrix("a", 3, values),
    second = (values: number[]) => matrix("b", 2, values);
  write("small", first(new Array(9).fill(0.01)), second([1, 2, 3, 4, 5, 6]));
  // The first layer keeps what leads to its first neuron, the second what leads on from its last.
  write("apart", first([5, 5, 5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]), second([0.1, 0.1, 5, 0.1, 0.1, 5]));
  write("biased", first(new Array(9).fill(1)), second([1, 1, 1, 1, 1, 1]), {
    name: "b_bias",
    shape: [2],
    data: Float32Array.of(0.5, 1),
  });
  write("nothing", first(new Array(9).fill(0)), second([1, 1, 1, 1, 1, 1]));
  write("x", matrix("x", 4, [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]), {
    name: "y",
    shape: [4],
    data: Int32Array.of(0, 1, 0, 1),
  });
}

const words = (line: string, folder: string) =>
  `${line} --device cpu --json`.replaceAll("FOLDER", folder).split(" ");

Deno.test("prune: says which layer keeps nothing, or that kept weights do not meet, also when quiet", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const cases: [string, string][] = [
      ["small --sparsity 0.6", "no path leads from inputs to outputs: layer a keeps no weight"],
      [
        "apart --sparsity 0.66",
        "no path leads from inputs to outputs: no weight that layer b keeps goes on from what inputs reach",
      ],
    ];
    for (const [rest, notice] of cases) {
      for (const quiet of ["", " --quiet"]) {
        const line = `prune --method magnitude --weights FOLDER/${rest} --out FOLDER/m${quiet}`;
        const { code, stdout, stderr } = await runCli(...words(line, folder));
        assert.equal(code, 0, stderr.join("\n"));
        assert.ok(JSON.parse(stdout[0]).notices.includes(notice), stdout[0]);
        assert.ok(stderr.includes(notice), stderr.join("\n"));
      }
    }
    const { stdout } = await runCli(
      ...words("prune --method random --weights FOLDER/small --sparsity 0.1 --out FOLDER/m", folder),
    );
    assert.deepEqual(JSON.parse(stdout[0]).notices.filter((line: string) => /path/.test(line)), []);
  }));

Deno.test("train, ntk: a network without a path is a notice, and its kernel's message speaks of it", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const notice = "no path leads from inputs to outputs: layer a keeps no weight";
    const masked = "--masks FOLDER/nothing --batch FOLDER/x";
    for (
      const line of [
        `train --weights FOLDER/small ${masked} --steps 2 --batch-size 2`,
        "ntk --weights FOLDER/small --masks FOLDER/nothing --inputs FOLDER/x",
        // A bias of the last layer is moved all the same.
        `train --weights FOLDER/biased ${masked} --predict --batch-size 4 --steps 2`,
      ]
    ) {
      const { code, stdout, stderr } = await runCli(...words(line, folder));
      assert.equal(code, 0, stderr.join("\n"));
      assert.ok(JSON.parse(stdout[0]).notices.includes(notice), stdout[0]);
    }
    const line = `train --weights FOLDER/small ${masked} --predict --batch-size 4`;
    const { code, stderr } = await runCli(...words(line, folder), "--quiet");
    assert.deepEqual([code, stderr], [FAILED, [
      notice,
      `error: ${notice}; there is no kernel to predict training by`,
    ]]);
  }));

Deno.test("compare: says which masks disconnect the network, also when quiet", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const line =
      "compare --weights FOLDER/small --masks all=FOLDER/nothing --methods magnitude --sparsity 0.6 " +
      "--controls quota --out FOLDER/report --quiet";
    const { code, stdout, stderr } = await runCli(...words(line, folder));
    assert.equal(code, 0, stderr.join("\n"));
    const nothing = "no path leads from inputs to outputs: layer a keeps no weight";
    assert.deepEqual(stderr, [`all: ${nothing}`, `magnitude: ${nothing}`]);
    assert.ok(stderr.every((line) => JSON.parse(stdout[0]).notices.includes(line)), stdout[0]);
  }));

Deno.test("train --predict: a kernel that is zero though there are paths is said to be", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    // Every neuron of the hidden layer is below zero on samples that are not.
    const data = Float32Array.from({ length: 9 }, () => -1);
    Deno.writeFileSync(
      `${folder}/dead`,
      serialiseSafetensors([
        { name: "a", shape: [3, 3], data },
        { name: "b", shape: [2, 3], data: data.slice(0, 6) },
      ]),
    );
    const line = "train --weights FOLDER/dead --batch FOLDER/x --predict --batch-size 4 --quiet";
    const { code, stderr } = await runCli(...words(line, folder));
    assert.equal(code, FAILED);
    assert.match(
      stderr.join("\n"),
      /^error: Expected a network whose tangent kernel is not zero but found that no/,
    );
  }));
