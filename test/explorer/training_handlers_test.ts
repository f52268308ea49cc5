import assert from "node:assert/strict";
import { digitBatch, parseSafetensors, serialiseSafetensors } from "@graphon-limit/data";
import { seedFrom } from "@graphon-limit/runtime";
import { Lab } from "../../packages/explorer/worker/lab.ts";
import type { Call } from "../../packages/explorer/worker/serve.ts";
import { makeFilm } from "../../packages/explorer/views/training/film_handler.ts";
import { drawKernel } from "../../packages/explorer/views/training/kernel_handler.ts";
import { forecastRace, takeSteps } from "../../packages/explorer/views/training/race.ts";
import type { RaceParams } from "../../packages/explorer/views/training/requests.ts";
import { inFolder, runCli } from "../cli/run_cli.ts";
import { testDevice } from "../ops/harness.ts";

const NETWORK = { width: 32, hidden: 2, sparsity: 0.8, seed: 3 } as const;
const WIDTHS = "784,32,32,10";

/** A call that nobody watches. */
function quietly(): Call {
  return { signal: new AbortController().signal, onProgress: () => {} };
}

async function cli(line: string): Promise<Record<string, never>> {
  const { code, stdout, stderr } = await runCli(
    ...`${line} --seed ${NETWORK.seed} --device cpu --json`.split(" "),
  );
  assert.equal(code, 0, stderr.join("\n"));
  return JSON.parse(stdout[0]);
}

/** The digits that a question's kernel or training is of, as a file. */
function writeDigits(path: string, perClass: number, split: "train" | "test"): void {
  const { x, y, count, dimension } = digitBatch(perClass, seedFrom(NETWORK.seed), {
    ...{ seed: NETWORK.seed, split },
  });
  Deno.writeFileSync(
    path,
    serialiseSafetensors([
      { name: "x", shape: [count, dimension], data: x },
      { name: "y", shape: [count], data: Int32Array.from(y) },
    ]),
  );
}

async function pruneByCommand(folder: string, method: string, more = ""): Promise<void> {
  await cli(
    `prune --method ${method} --sparsity ${NETWORK.sparsity} --widths ${WIDTHS} --init he ` +
      // What reads no data needs none drawn.
      `--out ${folder}/masks --save-weights ${folder}/weights${more}${
        method === "snip" ? " --dataset digits" : ""
      }`,
  );
}

Deno.test("explorer: the kernel of a pruned network is the one of the commands", () =>
  inFolder(async (folder) => {
    await pruneByCommand(folder, "synflow");
    writeDigits(`${folder}/digits`, 2, "test");
    const { metrics } = await cli(
      `ntk --weights ${folder}/weights --masks ${folder}/masks --inputs ${folder}/digits --out ${folder}/kernel`,
    );
    const { trace, energy5, effectiveRank, decayRate, eigenvalues } = metrics;
    const lab = new Lab(await testDevice("cpu")), params = { ...NETWORK, method: "synflow", perClass: 2 };
    const picture = await drawKernel(lab, params, quietly());
    assert.deepEqual(
      { ...picture, eigenvalues: [...picture.eigenvalues.subarray(0, 10)] },
      {
        ...picture,
        ...{ trace, energy5, effectiveRank, decayRate, eigenvalues },
      },
    );
    // Class by class: digit i of the file is of class i mod 10.
    const kernel = parseSafetensors(Deno.readFileSync(`${folder}/kernel`)).readFloat32("kernel");
    assert.equal(picture.samples, 20);
    for (const [p, q] of [[0, 0], [1, 2], [5, 19]]) {
      const at = (place: number) => (place % 2) * 10 + Math.floor(place / 2);
      assert.equal(picture.kernel[p * 20 + q], kernel[at(p) * 20 + at(q)]);
    }
    let product = 0, square = 0;
    for (let i = 0; i < 20; i++) {
      for (let j = 0; j < 20; j++) {
        if (i % 10 === j % 10) product += kernel[i * 20 + j];
        square += kernel[i * 20 + j] ** 2;
      }
    }
    assert.ok(Math.abs(picture.alignment - product / Math.sqrt(square * 40)) < 1e-12);
    assert.deepEqual(await drawKernel(lab, params, quietly()), picture);
  }));

Deno.test("explorer: training and its forecast are the command's, however its steps are asked for", () =>
  inFolder(async (folder) => {
    writeDigits(`${folder}/digits`, 2, "train");
    const lab = new Lab(await testDevice("cpu"));
    const race: RaceParams = {
      ...{ ...NETWORK, method: "snip" },
      ...{ contenders: ["snip", "random", "dense"], perClass: 2 },
    };
    const rate = { share: 0.05, rates: "own" } as const;
    const [snip, , dense] = await forecastRace(lab, { race, rate, steps: 12 }, quietly());
    const steps = async (contender: string, from: number, to: number) =>
      await takeSteps(lab, { race, rate, contender, from, to }, quietly());
    const predict = `train --predict --steps 12 --batch ${folder}/digits --batch-size 20`;
    await pruneByCommand(folder, "snip");
    const pruned = await cli(`${predict} --weights ${folder}/weights --masks ${folder}/masks`);
    const whole = await cli(`${predict} --widths ${WIDTHS} --init he`);
    for (const [name, forecast, run] of [["snip", snip, pruned], ["dense", dense, whole]] as const) {
      assert.deepEqual([...forecast.losses], run.predicted);
      assert.equal(forecast.learningRate, run.learningRate);
      const [first, rest] = [await steps(name, 0, 7), await steps(name, 7, 12)];
      assert.deepEqual([...first.losses, ...rest.losses], run.losses);
      assert.deepEqual(rest.accuracies.map(({ step }) => step), [10]);
    }
    // What was trained already is told again.
    assert.deepEqual([...(await steps("snip", 2, 5)).losses], (pruned.losses as number[]).slice(2, 5));

    const common = await forecastRace(
      lab,
      { race, rate: { share: 0.5, rates: "common" }, steps: 1 },
      quietly(),
    );
    const least = Math.min(...common.map(({ largestStableRate }) => largestStableRate));
    assert.deepEqual(common.map(({ learningRate }) => learningRate), [0.5 * least, 0.5 * least, 0.5 * least]);
  }));

Deno.test("explorer: a film's rounds are those of the command, the last its masks", () =>
  inFolder(async (folder) => {
    const lab = new Lab(await testDevice("cpu"));
    for (
      const [method, rounds, schedule] of [
        ["synflow", 4, "exponential"],
        ["snip", 3, "linear"],
        ["uniform", 2, "linear"],
        ["magnitude", 1, "linear"],
      ] as const
    ) {
      await pruneByCommand(folder, method, ` --rounds ${rounds} --schedule ${schedule}`);
      await cli(`graphon --masks ${folder}/masks --layers all --out ${folder}/graphons`);
      const expected = parseSafetensors(Deno.readFileSync(`${folder}/graphons`)).readFloat32("graphon.1");
      const params = { ...NETWORK, method, layer: 1, rounds, schedule }, progress: number[] = [];
      const made = await makeFilm(lab, params, { ...quietly(), onProgress: (done) => progress.push(done) });
      const cells = made.grid ** 2;
      assert.equal(made.frames.length, (rounds + 1) * cells);
      assert.deepEqual([...made.frames.subarray(rounds * cells)], [...expected], method);
      assert.deepEqual(progress, Array.from({ length: rounds }, (_, round) => round));
      assert.ok(made.frames.subarray(0, cells).every((share) => share === 1));
      // Each round keeps as much of all weights as the schedule says.
      const counts = [784 * 32, 32 * 32, 32 * 10], all = counts.reduce((a, b) => a + b);
      for (let round = 1; round <= rounds; round++) {
        const kept = counts.reduce((sum, count, l) => sum + count * made.densities[round * 3 + l], 0);
        const share = schedule === "linear" ? 1 - 0.8 * round / rounds : 0.2 ** (round / rounds);
        assert.ok(Math.abs(kept - share * all) < 3.5, `${method}, round ${round}: ${kept / all}`);
      }
    }
  }));

Deno.test("explorer: long questions of training hear that they are taken back", async () => {
  const lab = new Lab(await testDevice("cpu"));
  const network = { ...NETWORK, method: "synflow", width: 256, hidden: 3 };
  // Each takes seconds where nobody takes it back: parts of less than a twentieth of a second are not heard between.
  const race: RaceParams = { ...network, contenders: ["random", "dense"], perClass: 20 };
  const rate = { share: 0.05, rates: "own" } as const;
  const questions = [
    (call: Call) => drawKernel(lab, { ...network, perClass: 40 }, call),
    (call: Call) => forecastRace(lab, { race, rate, steps: 10 }, call),
    (call: Call) => makeFilm(lab, { ...network, layer: 0, rounds: 200, schedule: "linear" }, call),
  ];
  for (const question of questions) {
    const end = new AbortController(), reason = new DOMException("taken back", "AbortError");
    setTimeout(() => end.abort(reason), 20);
    await assert.rejects(() => question({ signal: end.signal, onProgress: () => {} }), reason);
  }
});

Deno.test("explorer: a network that leads nowhere has no kernel and learns nothing", async () => {
  const lab = new Lab(await testDevice("cpu"));
  const network = { width: 16, hidden: 4, sparsity: 0.99, seed: 1, method: "random" };
  const picture = await drawKernel(lab, { ...network, perClass: 1 }, quietly());
  assert.equal(picture.trace, 0);
  const race: RaceParams = { ...network, contenders: ["random"], perClass: 1 };
  const rate = { share: 0.05, rates: "own" } as const;
  const [forecast] = await forecastRace(lab, { race, rate, steps: 3 }, quietly());
  assert.equal(forecast.largestStableRate, Infinity);
  const { losses } = await takeSteps(lab, { race, rate, contender: "random", from: 0, to: 3 }, quietly());
  for (const loss of [...losses, ...forecast.losses]) assert.ok(Math.abs(loss - 0.1) < 1e-7);
});

Deno.test("explorer: training that diverges is told, and the others go on", async () => {
  const lab = new Lab(await testDevice("cpu"));
  // Random pruning leaves a kernel so small that its own largest stable rate is far beyond what training bears.
  const network = { width: 64, hidden: 5, sparsity: 0.9, seed: 0, method: "magnitude" };
  const race: RaceParams = { ...network, contenders: ["magnitude", "random"], perClass: 2 };
  const rate = { share: 1, rates: "own" } as const;
  const steps = (contender: string, from: number, to: number) =>
    takeSteps(lab, { race, rate, contender, from, to }, quietly());
  const random = await steps("random", 0, 40);
  assert.ok(random.diverged && random.losses.length < 40, `${random.losses.length}`);
  assert.ok(random.losses.every(Number.isFinite));
  assert.deepEqual(await steps("random", 0, 40), random);
  const gentle = { share: 0.05, rates: "common" } as const;
  const magnitude = await takeSteps(
    lab,
    { race, rate: gentle, contender: "magnitude", from: 0, to: 5 },
    quietly(),
  );
  assert.ok(!magnitude.diverged && magnitude.losses.length === 5);
});
