import assert from "node:assert/strict";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { limitGraphon, limitNamed, type LimitOrder } from "@graphon-limit/limit";
import { type Activation, initialise, type Initialiser } from "@graphon-limit/model";
import { prune, type TieRule } from "@graphon-limit/pruners";
import { deriveSeed, type Device, InvalidArgumentError, openDevice, seedFrom } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";
import { normalBatch } from "./support.ts";

const FEATURES = 16, CLASSES = 4, HIDDEN = 3, WIDTH = 60, GRID = 6, TRIALS = 60;

interface Law {
  /** Layers; {@linkcode HIDDEN} unless given. */
  readonly hidden?: number;
  readonly initialiser?: Initialiser;
  readonly activation?: Activation;
}

/** The layers between hidden ones. */
const between = (hidden: number) => Array.from({ length: hidden - 1 }, (_, index) => index + 1);

/** Every layer's sorted cells and density, one trial after the other. */
type Trials = number[][];

async function ofNetworks(
  device: Device,
  method: string,
  sparsity: number,
  { initialiser = "he", activation = "relu", hidden = HIDDEN }: Law,
  ties: TieRule = "hash",
): Promise<Trials> {
  using batch = normalBatch(device, { features: FEATURES, samples: 12, classes: CLASSES });
  const trials: Trials = [];
  for (let trial = 0; trial < TRIALS; trial++) {
    const seed = deriveSeed(seedFrom(3), trial),
      widths = [FEATURES, ...new Array(hidden).fill(WIDTH), CLASSES];
    using network = initialise(device, widths, initialiser, { activation, seed });
    await prune(network, limitNamed(method).method, {
      ...{ sparsity, batch, seed, ties, ...roundsOf(method) },
    });
    const found: number[] = [];
    for (const { mask } of network.weights) found.push((await sortAndSmooth(mask!, 1)).graphon.density);
    for (const layer of between(hidden)) {
      // Means of whole rows, which sorting by degree makes and noise blurs alike on either side.
      const { graphon } = await sortAndSmooth(network.weights[layer].mask!, GRID);
      found.push(...graphon.degrees().outputs);
    }
    trials.push(found);
  }
  return trials;
}

async function ofLimit(
  device: Device,
  method: string,
  sparsity: number,
  law: Law,
  order: LimitOrder,
  ties: TieRule = "hash",
): Promise<Trials> {
  using batch = normalBatch(device, { features: FEATURES, samples: 12, classes: CLASSES });
  const network = { inputs: FEATURES, hidden: HIDDEN, classes: CLASSES, width: WIDTH, ...law };
  const trials: Trials = [];
  for (let trial = 0; trial < TRIALS; trial++) {
    const layers = await limitGraphon(device, method, network, {
      ...{ sparsity, batch, order, ties, types: WIDTH, grid: GRID, outputDraws: 1, ...roundsOf(method) },
      seed: deriveSeed(seedFrom(4), trial),
    });
    trials.push([
      ...layers.map(({ density }) => density),
      ...between(network.hidden).flatMap((layer) => [...layers[layer].outputDegrees]),
    ]);
  }
  return trials;
}

function roundsOf(method: string): { rounds?: number } {
  return method === "synflow" ? { rounds: 20 } : {};
}

/** Differences of the means over their standard errors. */
function differences(found: Trials, expected: Trials): { off: number; errors: number }[] {
  const moments = (trials: Trials, at: number) => {
    const mean = trials.reduce((sum, trial) => sum + trial[at], 0) / TRIALS;
    const variance = trials.reduce((sum, trial) => sum + (trial[at] - mean) ** 2, 0) / (TRIALS - 1);
    return { mean, squared: variance / TRIALS };
  };
  return found[0].map((_, at) => {
    const [a, b] = [moments(found, at), moments(expected, at)];
    return { off: a.mean - b.mean, errors: (a.mean - b.mean) / Math.sqrt(a.squared + b.squared) };
  });
}

const LAYERS = HIDDEN + 1;

const CASES: [string, number, Law, TieRule?][] = [
  // A few neurons are dead on all samples: scores of exactly 0 are at the threshold, and some of them stay, or none.
  ["grasp", 0.5, {}],
  ["grasp", 0.5, {}, "drop"],
  ["grasp", 0.6, {}],
  ["grasp", 0.8, { activation: "tanh", initialiser: "ntk" }],
  ["snip", 0.8, { activation: "erf", initialiser: "lecun" }],
  ["snip", 0.8, { hidden: 1 }],
  ["snip", 0.9, { activation: "tanh", initialiser: "torch" }],
  ["grasp", 0.8, { initialiser: "torch" }],
  ["synflow", 0.5, { hidden: 1 }],
  ["synflow", 0.9, { hidden: 1 }],
];
for (const [method, sparsity, law, ties] of CASES) {
  const what = [sparsity, JSON.stringify(law), ties ?? ""].join(" ");
  Deno.test(`limitGraphon, finite: ${method}'s layers keep what networks' do, ${what}`, async () => {
    using device = await openDevice({ kind: "cpu" });
    const networks = await ofNetworks(device, method, sparsity, law, ties);
    const finite = differences(await ofLimit(device, method, sparsity, law, "finite", ties), networks);
    for (const [layer, { off, errors }] of finite.slice(0, (law.hidden ?? HIDDEN) + 1).entries()) {
      assert.ok(Math.abs(errors) < 4.5, `layer ${layer}: off by ${off}, ${errors} standard errors`);
    }
    if (method !== "grasp") return;
    const strict = differences(await ofLimit(device, method, sparsity, law, "strict"), networks);
    assert.ok(Math.abs(strict[HIDDEN].errors) > 8, `strict, the outputs' layer: ${strict[HIDDEN].errors}`);
  });
}

Deno.test("limitGraphon, finite: samples whose gradients vanish count for nothing", async () => {
  using device = await openDevice({ kind: "cpu" });
  // As of inputs that nobody scaled: softmax is 1 to float32's last bit, or its rest a denormal number.
  const settings = { features: FEATURES, samples: 12, classes: CLASSES, scale: 100 };
  using batch = normalBatch(device, settings);
  for (const method of ["snip", "grasp", "fisher"]) {
    for (let trial = 0; trial < 4; trial++) {
      const network = { inputs: FEATURES, hidden: 2, classes: CLASSES, width: WIDTH };
      const options = {
        sparsity: 0.5,
        batch,
        order: "finite",
        grid: GRID,
        seed: deriveSeed(seedFrom(4), trial),
      } as const;
      const layers = await limitGraphon(device, method, network, options);
      const counts = [FEATURES * WIDTH, WIDTH * WIDTH, WIDTH * CLASSES];
      const kept = layers.reduce((sum, { density }, layer) => sum + density * counts[layer], 0);
      const all = counts.reduce((sum, count) => sum + count);
      assert.ok(Math.abs(kept / all - 0.5) < 1e-3, `${method} keeps ${kept / all}`);
    }
  }
});

Deno.test("limitGraphon, finite: SynFlow's sorted rows keep what networks' do", async () => {
  using device = await openDevice({ kind: "cpu" });
  const networks = await ofNetworks(device, "synflow", 0.8, {});
  const [finite, strict] = [
    differences(await ofLimit(device, "synflow", 0.8, {}, "finite"), networks),
    differences(await ofLimit(device, "synflow", 0.8, {}, "strict"), networks),
  ];
  const distance = (all: typeof finite) => Math.hypot(...all.slice(LAYERS).map(({ off }) => off));
  assert.ok(distance(finite) < 0.08, `${distance(finite)}`);
  assert.ok(distance(finite) < distance(strict) / 4, `${distance(finite)}, ${distance(strict)}`);
});

Deno.test("limitGraphon, finite: given outputs are met", async () => {
  using device = await openDevice({ kind: "cpu" });
  using batch = normalBatch(device, { features: FEATURES, samples: 12, classes: CLASSES });
  const network = { inputs: FEATURES, hidden: HIDDEN, classes: CLASSES, width: WIDTH };
  // Outputs that say the labels: next to nothing flows back for samples that are right, so that scores are those of the others.
  const labels = await device.read(batch.labels), outputs = new Float32Array(CLASSES * 12);
  labels.forEach((label, sample) => outputs[label * 12 + sample] = 4);
  const of = async (order: LimitOrder) => {
    const layers = await limitGraphon(device, "snip", network, {
      ...{ sparsity: 0.8, batch, order, outputs, types: 200, outputDraws: 12, seed: seedFrom(5) },
    });
    return layers.map(({ density }) => density);
  };
  const [finite, strict] = [await of("finite"), await of("strict")];
  finite.forEach((density, layer) =>
    assert.ok(Math.abs(density / strict[layer] - 1) < 0.25, `${finite}, ${strict}`)
  );
});

Deno.test("limitGraphon: an order that there is not, and a finite one of no width, are refused", async () => {
  using device = await openDevice({ kind: "cpu" });
  const network = { inputs: FEATURES, hidden: HIDDEN, classes: CLASSES, width: Infinity };
  const call = (order: LimitOrder) =>
    limitGraphon(device, "magnitude", network, { sparsity: 0.5, order, seed: seedFrom(0) });
  await assert.rejects(call("finite"), oneLine(InvalidArgumentError, "finite width"));
  await assert.rejects(call("other" as LimitOrder), oneLine(InvalidArgumentError, '"other"'));
  assert.ok(Math.abs((await call("strict"))[1].density - 0.5) < 1e-6);
});
