import assert from "node:assert/strict";
import { inverse, Matrix as HostMatrix } from "ml-matrix";
import { frobeniusDistance, GraphonTrials, StepGraphon } from "@graphon-limit/graphon";
import { limitGraphon, limitNamed } from "@graphon-limit/limit";
import { COPIES, ITSELF, keepMoment } from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { CavityLayer } from "../../packages/limit/cavity_layer.ts";
import { CavityResponses } from "../../packages/limit/cavity_responses.ts";
import { ExplicitEdges, ScoreCounts } from "../../packages/limit/explicit_edges.ts";
import { networkLaw } from "../../packages/limit/layer_laws.ts";
import { planLimit } from "../../packages/limit/plan.ts";
import { runSynflowCavity } from "../../packages/limit/synflow_cavity.ts";
import { testDevice } from "../ops/harness.ts";
import { oneLine } from "../runtime/support.ts";

const ROUNDS = 7, NEURONS = 3;

/** A strictly lower triangular matrix. */
function triangular(random: RandomSequence): HostMatrix {
  return HostMatrix.zeros(ROUNDS, ROUNDS).apply(function (this: HostMatrix, t: number, u: number) {
    if (u < t) this.set(t, u, random.normal());
  });
}

Deno.test("CavityResponses: rows are the means of those of A (1 − D A)⁻¹ over the neurons that are left", () => {
  const random = new RandomSequence(8), responses = new CavityResponses(NEURONS, ROUNDS);
  const direct = Array.from({ length: NEURONS }, () => [triangular(random), triangular(random)]);
  const total = direct.map(([a, d]) => a.mmul(inverse(HostMatrix.eye(ROUNDS).sub(d.mmul(a)))));
  for (let t = 0; t < ROUNDS; t++) {
    const row = (which: 0 | 1) =>
      Float32Array.from(direct.flatMap((both) => Array.from({ length: t }, (_, u) => both[which].get(t, u))));
    const left = t === ROUNDS - 1 ? 1 : NEURONS;
    const sums = Float64Array.from({ length: NEURONS }, (_, neuron) => Number(neuron < left));
    const found = responses.mean(row(0), sums, t);
    responses.close(row(1), t);
    for (let u = 0; u < t; u++) {
      const value = total.slice(0, left).reduce((sum, one) => sum + one.get(t, u) / left, 0);
      assert.ok(Math.abs(found[u] - value) < 1e-4 * (1 + Math.abs(value)), `${t}, ${u}: ${found[u]}`);
    }
  }
});

Deno.test("ScoreCounts: counts above a threshold as sorting does", () => {
  const random = new RandomSequence(9), counts = new ScoreCounts(), scores: number[] = [];
  for (let at = 0; at < 20000; at++) scores.push(Math.exp(3 * random.normal()));
  for (const score of scores) counts.add(score);
  for (const threshold of [1e-9, 0.02, 1, 7.3, 1e9]) {
    const expected = scores.filter((score) => score > threshold).length;
    assert.ok(Math.abs(counts.above(threshold) - expected) < 6, `${threshold}: ${counts.above(threshold)}`);
  }
});

const COUNT = 40;

/** Copies of neurons that all are what the neurons themselves are. */
function alike(values: Float64Array): Float64Array {
  return Float64Array.from({ length: values.length * COPIES }, (_, at) => values[Math.floor(at / COPIES)]);
}

/** How edges see partners that answer nothing. */
function plainView(values: Float64Array) {
  const { length } = values;
  const none = { itself: new Float64Array(length), copies: [new Float64Array(length * COPIES)] };
  const answered = new Uint16Array(length), less = new Float32Array(length ** 2);
  return { partners: alike(values), rounds: [none], answered, less };
}

/** A layer after one round that everything in it has been through. */
async function prunedLayer(law: "normal" | "uniform", threshold: number) {
  const device = await testDevice("cpu"), random = new RandomSequence(10);
  const shape = { count: COUNT, width: COUNT, rounds: 1 };
  const layer = new CavityLayer(device, shape, { outputs: 1, inputs: 1 }, random, law);
  const r = Float64Array.from({ length: COUNT }, () => 0.5 + random.uniform());
  const c = Float64Array.from({ length: COUNT }, () => 0.5 + random.uniform());
  layer.incoming.sums(plainView(r));
  layer.outgoing.sums(plainView(c));
  layer.score(r, c);
  const left = layer.fractionAbove(threshold);
  const side = (values: Float64Array) => ({
    kinds: [alike(values)],
    seen: alike(values),
    fields: new Float64Array(COUNT),
  });
  layer.raise(threshold, 0, side(r), side(c));
  return { layer, r, c, left };
}

for (const law of ["normal", "uniform"] as const) {
  Deno.test(`CavityLayer: direct responses are derivatives of the expected sums, ${law}`, async () => {
    const threshold = 0.8, { layer: pruned, r, c } = await prunedLayer(law, threshold);
    using layer = pruned;
    const expected = (own: number, others: Float64Array) =>
      others.reduce(
        (sum, other) =>
          sum + other * keepMoment(1, threshold / (own * other), { law, moment: "first" }) / COUNT,
        0,
      );
    const step = 1e-4;
    const found = [
      layer.direct("outputs", r, Float32Array.from(c), 1),
      layer.direct("inputs", c, Float32Array.from(r), 1),
    ];
    for (const [side, [own, others]] of [[c, r], [r, c]].entries()) {
      own.forEach((value, neuron) => {
        const slope = (expected(value + step, others) - expected(value - step, others)) / (2 * step);
        assert.ok(Math.abs(found[side][neuron] - slope) < 2e-3 * Math.abs(slope), `${side}, ${neuron}`);
      });
    }
  });
}

Deno.test("CavityLayer: P(kept) is the closed form, tilted to the degrees that there are", async () => {
  const { layer: pruned, r, c, left } = await prunedLayer("normal", 0.8);
  using layer = pruned;
  const { probability, second } = await layer.moments();
  const rows = layer.incoming.degrees(), columns = layer.outgoing.degrees();
  const kept = (rows.reduce((a, b) => a + b) + columns.reduce((a, b) => a + b)) / (2 * COUNT ** 2);
  assert.ok(Math.abs(kept - left) < 2e-3, `${kept}, ${left}`);
  const plain = (i: number, j: number) => keepMoment(1, 0.8 / (c[i] * r[j]), { law: "normal" });
  const odds = (i: number, j: number, chance: number) => Math.log(chance / (1 - chance)) - plainLogOdds(i, j);
  const plainLogOdds = (i: number, j: number) => Math.log(plain(i, j) / (1 - plain(i, j)));
  const factor = (i: number, j: number) => odds(i, j, probability[i * COUNT + j]);
  for (let i = 1; i < COUNT; i++) {
    for (let j = 1; j < COUNT; j++) {
      const mixed = factor(i, j) - factor(0, j) - factor(i, 0) + factor(0, 0);
      assert.ok(Math.abs(mixed) < 1e-3, `odds of ${i}, ${j} have a factor of their own, e^${mixed}`);
      const at = i * COUNT + j;
      assert.ok(second[at] > probability[at] - 1e-6);
    }
  }
});

Deno.test("ExplicitEdges: as many as the width of each neuron, with all types as partners alike", () => {
  const count = 7;
  for (const width of [7, 16, 35]) {
    using edges = new ExplicitEdges({ count, width, kinds: 1, rounds: 1 }, new RandomSequence(11), "uniform");
    assert.deepEqual([...edges.degrees()], new Array(count).fill(width));
    const sumsOf = (values: Float64Array) =>
      edges.sums(plainView(values))[0].filter((_, at) => at % COPIES === ITSELF);
    // What is seen of one partner at a time, and what of all.
    const each = Array.from({ length: count }, (_, partner) => {
      const values = Float64Array.from({ length: count }, (_, j) => Number(j === partner));
      return sumsOf(values);
    });
    const all = sumsOf(new Float64Array(count).fill(1)), least = Math.floor(width / count);
    all.forEach((sum, own) => {
      const parts = each.map((sums) => sums[own]);
      assert.ok(Math.abs(parts.reduce((a, b) => a + b) - sum) < 1e-3);
      // Magnitudes are below √3.
      assert.ok(parts.every((part) => part > 0 && part < (least + 1) * Math.sqrt(3)), `${width}: ${parts}`);
    });
  }
});

/** The average graphon of the last hidden→hidden layer over some seeds, and its squared error. */
async function averaged(types: number) {
  const device = await testDevice("cpu"), trials = new GraphonTrials(12);
  const network = { inputs: 40, hidden: 3, classes: 4, width: 240 };
  for (let seed = 0; seed < 6; seed++) {
    const options = { sparsity: 0.8, rounds: 40, types, grid: 12, outputDraws: 1, seed: seedFrom(seed) };
    const { graphon: { rows, cols, values } } = (await limitGraphon(device, "synflow", network, options))[2];
    trials.add(new StepGraphon(rows, cols, values));
  }
  return { mean: trials.mean, squaredError: trials.squaredError! };
}

Deno.test("limitGraphon of synflow, finite: a third of the types have the width's fluctuations", async () => {
  const all = await averaged(240), third = await averaged(80);
  const distance = frobeniusDistance(all.mean, third.mean);
  const floor = Math.sqrt(all.squaredError + third.squaredError);
  assert.ok(distance < 1.8 * floor, `${distance} apart, by chance ${floor}`);
});

Deno.test("runSynflowCavity: incoming and outgoing edges, which know nothing of one another, are as many", async () => {
  const device = await testDevice("cpu"), network = { inputs: 100, hidden: 3, classes: 10, width: 150 };
  const sums = [0, 1].map(() => ({ incoming: 0, outgoing: 0 }));
  for (let trial = 0; trial < 6; trial++) {
    const options = { sparsity: 0.8, rounds: 50, types: 150, grid: 8, outputDraws: 1, seed: seedFrom(trial) };
    const plan = planLimit(limitNamed("synflow"), network, { ...options, order: "finite" });
    using rounds = await runSynflowCavity(device, networkLaw(network), plan, options.seed, async () => {});
    for (const [layer, { incoming, outgoing }] of rounds.between.entries()) {
      sums[layer].incoming += incoming.degrees().reduce((a, b) => a + b);
      sums[layer].outgoing += outgoing.degrees().reduce((a, b) => a + b);
    }
  }
  for (const { incoming, outgoing } of sums) {
    const ratio = incoming / outgoing;
    assert.ok(Math.abs(ratio - 1) < 0.025, `${incoming} edges in, ${outgoing} out`);
  }
});

Deno.test("limitGraphon of synflow, finite: more neurons than there is memory for are an error that says so", async () => {
  const device = await testDevice("cpu");
  const network = { inputs: 6, hidden: 3, classes: 3, width: 2 ** 24 };
  await assert.rejects(
    limitGraphon(device, "synflow", network, { sparsity: 0.5, rounds: 2, seed: seedFrom(0) }),
    oneLine(InvalidArgumentError, "order strict"),
  );
});

Deno.test("limitGraphon of synflow, finite: more rounds than there is memory for are an error that says so", async () => {
  const device = await testDevice("cpu");
  const network = { inputs: 6, hidden: 3, classes: 3, width: 100 };
  await assert.rejects(
    limitGraphon(device, "synflow", network, { sparsity: 0.5, rounds: 2000, seed: seedFrom(0) }),
    oneLine(InvalidArgumentError, "order strict"),
  );
});
