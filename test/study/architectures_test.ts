import assert from "node:assert/strict";
import { balancedBatch, openTensors } from "@graphon-limit/data";
import { definePruner, prune, random, snip } from "@graphon-limit/pruners";
import {
  architectureClaims,
  type ArchitectureQuestion,
  type ArchitectureResult,
  ARCHITECTURES,
  MemoryStore,
  runArchitectures,
} from "@graphon-limit/study";
import { cnn, initialise, uploadBatch } from "@graphon-limit/model";
import { frobeniusDistance, kernelHistograms } from "@graphon-limit/graphon";
import { deriveSeed, seedFrom } from "@graphon-limit/runtime";
import { inFolder, runCli } from "../cli/run_cli.ts";
import { openTestLab } from "./support.ts";

type Asked = Partial<ArchitectureQuestion["network"]>;

/** A question of seconds. */
function question(lab: Awaited<ReturnType<typeof openTestLab>>, asked: Asked = {}): ArchitectureQuestion {
  return {
    network: {
      ...{ data: lab.data, seed: 3, architecture: "cnn", depth: 2, sparsity: 0.8, rounds: null, grid: 4 },
      ...{ kernel: 3, patch: 14, headSize: 4, expansion: 2, scope: "global", schedule: "exponential" },
      ...{ samplesPerClass: 1, initialiser: "he", activation: "relu" },
      ...asked,
    },
    ...{ methods: [{ method: "random" }, { method: "snip" }], widths: [4], reference: 8, trials: 2 },
  };
}

async function run(asked: Asked = {}): Promise<ArchitectureResult> {
  using lab = await openTestLab({ images: 200 });
  return await runArchitectures(lab, question(lab, asked));
}

Deno.test("runArchitectures: a row for every method, width and layer, nothing at the reference itself", async () => {
  for (const architecture of ARCHITECTURES) {
    const { rows, graphons, streams } = await run({ architecture });
    const layers = rows.filter(({ method, width }) => method === "snip" && width === 8).map(({ name }) =>
      name
    );
    assert.equal(rows.length, 2 * 2 * layers.length);
    rows.forEach(
      ({ width, distance, noiseFloor, tapDensities, shape, density, centreGap, headSpread }, index) => {
        assert.equal(distance === 0 && noiseFloor === 0, width === 8);
        const { length: taps } = tapDensities;
        assert.equal(taps, (shape[2] ?? 1) * (shape[3] ?? 1));
        assert.deepEqual([graphons[index].rows, graphons[index].cols], [4 * taps, 4]);
        const mean = tapDensities.reduce((sum, tap) => sum + tap.mean, 0) / taps;
        assert.ok(Math.abs(mean - density.mean) < 1e-9);
        assert.equal(centreGap !== undefined, taps === 9);
        assert.ok(headSpread === undefined || architecture === "vit");
      },
    );
    assert.equal(streams.length > 0, architecture !== "cnn");
    for (const { degrees } of streams) {
      assert.ok(degrees.every((d, i) => i === 0 || d <= degrees[i - 1] + 1e-9));
    }
  }
});

Deno.test("runArchitectures: its graphons are those of the network that it names, pruned by hand", async () => {
  using lab = await openTestLab({ images: 200 });
  const asked = { ...question(lab), methods: [{ method: "snip" }], trials: 1, widths: [] };
  const { rows, graphons } = await runArchitectures(lab, asked);
  // The seed of a trial: depth, width, number.
  const seed = deriveSeed(seedFrom(3), 2, 8, 0), { image, classes } = lab.images;
  using network = initialise(lab.device, cnn({ image, classes, kernel: 3, channels: [8, 8] }), "he", {
    seed,
  });
  const samples = balancedBatch(lab.images, 1, seed);
  using batch = uploadBatch(lab.device, samples.x, samples.y);
  await prune(network, snip, { sparsity: 0.8, batch, seed });
  const placed = network.weights.map(({ mask, taps, output, input }) => ({
    ...{ mask: mask!, taps, output, input: input! },
  }));
  const found = await kernelHistograms(placed, 4);
  found.forEach(({ taps, kept }, layer) => {
    assert.equal(kept / network.weights[layer].count, rows[layer].density.mean);
    taps.forEach(({ values }, tap) =>
      values.forEach((value, cell) =>
        assert.ok(Math.abs(graphons[layer].values[tap * 16 + cell] - value) < 1e-6)
      )
    );
  });
});

Deno.test("runArchitectures: what has heads is compared on cells of whole heads, at all widths", async () => {
  using lab = await openTestLab({ images: 200 });
  // Two heads and four; a grid of eight cells would cut them all.
  const asked = question(lab, { architecture: "vit", grid: 8 });
  const { rows, graphons } = await runArchitectures(lab, { ...asked, widths: [8], reference: 16, trials: 1 });
  const of = (name: string) =>
    [8, 16].map((width) =>
      rows.findIndex((row) => row.method === "snip" && row.name === name && row.width === width)
    );
  for (const [name, cells] of [["blocks.0.q.weight", [2, 8]], ["blocks.0.o.weight", [8, 2]]] as const) {
    const [narrow, wide] = of(name);
    assert.deepEqual(rows[narrow].cells, cells);
    const [one, other] = [narrow, wide].map((at) => graphons[at].regrid(cells[0], cells[1]));
    assert.equal(graphons[narrow].rows, 8);
    assert.ok(Math.abs(rows[narrow].distance - frobeniusDistance(one, other)) < 1e-12);
  }
  assert.deepEqual(rows[of("blocks.0.up.weight")[0]].cells, [8, 8]);
});

Deno.test("runArchitectures: a rate for each layer of which three distances are seen, and for no others", async () => {
  using lab = await openTestLab({ images: 200 });
  const asked = question(lab, { architecture: "cnn" });
  const { rates, rows } = await runArchitectures(lab, { ...asked, widths: [2, 3, 4, 5], trials: 2 });
  for (const { method, name, exponent, widths } of rates) {
    const seen = rows.filter((row) => row.method === method && row.name === name && row.debiased > 0);
    assert.equal(widths, seen.length);
    assert.ok(widths >= 3 && Number.isFinite(exponent));
  }
  assert.deepEqual((await run()).rates, []);
});

Deno.test("runArchitectures: what a store has is not computed again", async () => {
  const store = new MemoryStore();
  let calls = 0;
  const counted = definePruner({
    ...{ name: "counted", reads: "nothing" },
    score(context) {
      calls++;
      return random.score!(context);
    },
  });
  const methods = new Map([["counted", counted]]);
  for (const expected of [2, 2]) {
    using lab = await openTestLab({ images: 200, store, methods });
    await runArchitectures(lab, {
      ...question(lab),
      methods: [{ method: "counted" }],
      widths: [],
      trials: 2,
    });
    assert.equal(calls, expected);
  }
});

Deno.test("architectureClaims: what is predicted of a method, with verdicts that intervals decide", async () => {
  const cnnClaims = architectureClaims(await run());
  assert.deepEqual(cnnClaims.map(({ claim }) => /layers\.(\d)/.exec(claim)![1]), ["0", "1"]);
  const [match] = architectureClaims(await run({ architecture: "vit" }));
  assert.match(match.claim, /SNIP prunes queries and keys harder/);
  assert.match(match.detail, /queries and keys keep .* ± /);
});

Deno.test("converge --network: table, report, figures and arrays; flags of other networks are refused", async () => {
  await inFolder(async (folder) => {
    const converge = ["converge", "--methods", "random,snip", "--widths", "4", "--reference", "8"];
    const rest = ["--dataset", "digits", "--trials", "2", "--grid", "4", "--samples-per-class", "1"];
    const more = ["--out", folder, "--device", "cpu", "--json", "--quiet"];
    const { code, stdout, stderr } = await runCli(
      ...[...converge, "--network", "resnet", "--hidden", "2", ...rest, ...more],
      ...["--png", "--weight-storage", "regenerated"],
    );
    assert.equal(code, 0, stderr.join("\n"));
    const { rows, claims } = JSON.parse(stdout.join("\n"));
    assert.equal(rows.length, 2 * 2 * 7);
    assert.equal(claims.length, 5);
    for (const file of ["report.html", "convergence.json", "convergence.csv", "layers.svg", "stream.png"]) {
      assert.ok(Deno.statSync(`${folder}/${file}`).size > 0, file);
    }
    using arrays = openTensors(`${folder}/histograms.npz`);
    assert.deepEqual(arrays.info("snip_8_stages.0.0.conv1.weight").shape, [9, 4, 4]);

    const refused = await runCli(...[...converge, "--network", "cnn", "--patch", "7", ...rest, ...more]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr.join("\n"), /--patch not to go with --network cnn/);
    const huge = await runCli(
      ...[
        "converge",
        "--methods",
        "random",
        "--widths",
        "4",
        "--reference",
        "1000000",
        "--network",
        "resnet",
      ],
      ...["--hidden", "2", ...rest, ...more],
    );
    assert.equal(huge.code, 1);
    assert.match(huge.stderr.join("\n"), /network that fits but random on a resnet of .*1000000/);
  });
});
