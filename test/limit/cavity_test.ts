import assert from "node:assert/strict";
import { inverse, Matrix as HostMatrix } from "ml-matrix";
import { frobeniusDistance, GraphonTrials, StepGraphon } from "@graphon-limit/graphon";
import { limitGraphon } from "@graphon-limit/limit";
import { keepMoment, type SeenAnswers } from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { CavityLayer } from "../../packages/limit/cavity_layer.ts";
import { CavityResponses } from "../../packages/limit/cavity_responses.ts";
import { ExplicitEdges, ScoreCounts } from "../../packages/limit/explicit_edges.ts";
import { testDevice } from "../ops/harness.ts";
import { oneLine } from "../runtime/support.ts";

const ROUNDS = 7, NEURONS = 3;

/** A strictly lower triangular matrix. */
function triangular(random: RandomSequence): HostMatrix {
  return HostMatrix.zeros(ROUNDS, ROUNDS).apply(function (this: HostMatrix, t: number, u: number) {
    if (u < t) this.set(t, u, random.normal());
  });
}

Deno.test("CavityResponses: rows are those of A (1 − D A)⁻¹", () => {
  const random = new RandomSequence(8), responses = new CavityResponses(NEURONS, ROUNDS);
  const direct = Array.from({ length: NEURONS }, () => [triangular(random), triangular(random)]);
  const total = direct.map(([a, d]) => a.mmul(inverse(HostMatrix.eye(ROUNDS).sub(d.mmul(a)))));
  for (let t = 0; t < ROUNDS; t++) {
    const row = (which: 0 | 1) =>
      Float32Array.from(direct.flatMap((both) => Array.from({ length: t }, (_, u) => both[which].get(t, u))));
    const found = responses.total(row(0), t);
    responses.close(row(1), t);
    for (let u = 0; u < t; u++) {
      total.forEach((expected, neuron) => {
        const value = expected.get(t, u), off = Math.abs(found[u * NEURONS + neuron] - value);
        assert.ok(off < 1e-4 * (1 + Math.abs(value)), `${t}, ${u}: ${off}`);
      });
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

/** A layer after one round that everything in it has been through. */
async function prunedLayer(law: "normal" | "uniform", threshold: number) {
  const device = await testDevice("cpu"), random = new RandomSequence(10);
  const layer = new CavityLayer(device, COUNT, COUNT, random, law);
  const r = Float64Array.from({ length: COUNT }, () => 0.5 + random.uniform());
  const c = Float64Array.from({ length: COUNT }, () => 0.5 + random.uniform());
  const none: SeenAnswers = { slopes: new Float32Array(COUNT ** 2), means: new Float64Array(COUNT) };
  layer.sums("outputs", r, none);
  layer.sums("inputs", c, none);
  layer.score(r, c);
  const left = layer.fractionAbove(threshold);
  layer.raise(threshold, 0, r, c, { r: none, c: none });
  return { layer, r, c, left };
}

for (const law of ["normal", "uniform"] as const) {
  Deno.test(`CavityLayer: direct responses are derivatives of the expected sums, ${law}`, async () => {
    const threshold = 0.8, { layer, r, c } = await prunedLayer(law, threshold);
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
  const { layer, r, c, left } = await prunedLayer("normal", 0.8);
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

for (const side of ["outputs", "inputs"] as const) {
  Deno.test(`ExplicitEdges: as many as the width of each neuron, with all types as partners alike, ${side}`, () => {
    const count = 7, none = { slopes: new Float32Array(count ** 2), means: new Float64Array(count) };
    for (const width of [7, 16, 35]) {
      const edges = new ExplicitEdges(count, width, side, new RandomSequence(11), "uniform");
      assert.deepEqual([...edges.degrees()], new Array(count).fill(width));
      // What is seen of one partner at a time, and what of all.
      const each = Array.from({ length: count }, (_, partner) => {
        const values = Float64Array.from({ length: count }, (_, j) => Number(j === partner));
        return edges.sums(values, none);
      });
      const all = edges.sums(new Float64Array(count).fill(1), none), least = Math.floor(width / count);
      all.forEach((sum, own) => {
        const parts = each.map((sums) => sums[own]);
        assert.ok(Math.abs(parts.reduce((a, b) => a + b) - sum) < 1e-3);
        // Magnitudes are below √3.
        assert.ok(parts.every((part) => part > 0 && part < (least + 1) * Math.sqrt(3)), `${width}: ${parts}`);
      });
    }
  });
}

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
