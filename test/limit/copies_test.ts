import assert from "node:assert/strict";
import fc from "fast-check";
import { COPIES, type EdgeFields, ITSELF, LEAST_EXTRA, seeCopy } from "@graphon-limit/ops";
import { RandomSequence } from "@graphon-limit/runtime";
import { CavityEnd } from "../../packages/limit/cavity_end.ts";
import { CavityPopulation } from "../../packages/limit/cavity_population.ts";
import { ExplicitEdges, ScoreCounts } from "../../packages/limit/explicit_edges.ts";
import { KeptWeights } from "../../packages/limit/kept_weights.ts";
import { meanOfLeft, ofThemselves, withExtra } from "../../packages/limit/neuron_copies.ts";
import { PartnerFields } from "../../packages/limit/partner_fields.ts";

/** Values of copies that grow with what they have in addition; of some neurons the first are gone. */
function growing(random: RandomSequence, neurons: number): Float64Array {
  const out = new Float64Array(neurons * COPIES);
  for (let i = 0; i < neurons; i++) {
    let value = 0.3 + random.uniform();
    for (let copy = random.uniform() < 0.3 ? 3 : 0; copy < COPIES; copy++) {
      out[i * COPIES + copy] = value;
      value *= 1 + 0.3 * random.uniform();
    }
  }
  return out;
}

/** All copies' edges one by one, as `ExplicitEdges` has them only by where they begin. */
class EveryEdge {
  readonly #left: boolean[][];
  #seen: number[] = [];

  /** @param weights [neurons, partners] */
  constructor(readonly count: number, readonly weights: Float32Array) {
    this.#left = Array.from({ length: COPIES }, () => new Array(count * count).fill(true));
  }

  /** Partners as they are seen by what each of these answers to, and how that grows with it. */
  #see(partners: Float64Array, field: (own: number, other: number) => number, less: Float32Array) {
    return Array.from(this.weights, (weight, at) => {
      const seen = { value: 0, slope: 0 }, own = Math.floor(at / this.count), other = at % this.count;
      seeCopy(partners, other, weight * field(own, other) - less[at], seen);
      return seen;
    });
  }

  /** @param first the edges of the kind that the neurons themselves are of */
  sums(
    partners: Float64Array,
    fieldsOf: (partner: number) => EdgeFields,
    kind: number,
    less: Float32Array,
    first: EveryEdge,
  ) {
    const { count, weights } = this,
      out = new Float64Array(count * COPIES),
      columns = Array.from({ length: count }, (_, j) => j);
    const near = this.#see(partners, (i, j) => fieldsOf(j).itself[i], less),
      own = near.map(({ value }) => value);
    const has = (i: number, j: number) => first.#left[ITSELF][i * count + j] ? weights[i * count + j] : 0;
    const sum = (of: (i: number) => number, over = columns) => over.reduce((total, i) => total + of(i), 0);
    // Of the neurons that have an edge: the mean weight of each partner's edges, by what they show, and what they show on average.
    const some = columns.filter((i) => columns.some((j) => first.#left[ITSELF][i * count + j]));
    const shown = columns.map((j) => sum((i) => own[i * count + j], some));
    const means = columns.map((j) =>
      shown[j] > 0 ? sum((i) => has(i, j) * own[i * count + j]) / shown[j] : 0
    );
    this.#seen = [];
    for (let copy = 0; copy < COPIES; copy++) {
      const fieldOf = (i: number, j: number) => fieldsOf(j).copies[kind][i * COPIES + copy];
      const seen = this.#see(partners, fieldOf, less).map(({ value }) => value);
      this.#seen.push(...seen.map((value, at) => value * weights[at]));
      for (let i = 0; i < count; i++) {
        const left = this.#left[copy].slice(i * count, (i + 1) * count);
        if (!left.includes(true)) continue;
        // A partner counts as it is on average, and by what it is more by the neuron's weight over the mean.
        const total = sum((j) => {
          // What no copy has left goes by the slope where the neuron itself sees it.
          const any = this.#left.some((edges) => edges[i * count + j]), at = i * count + j;
          const more = weights[at] * (fieldOf(i, j) - fieldsOf(j).itself[i]);
          const value = any ? seen[at] : own[at] + near[at].slope * more,
            average = some.length > 0 ? shown[j] / some.length : 0;
          return (left[j] ? weights[i * count + j] : 0) * value - means[j] * (value - average);
        });
        out[i * COPIES + copy] = Math.max(total, 0);
      }
    }
    return out;
  }

  remove(threshold: number, values: Float64Array): void {
    const { count } = this;
    for (let copy = 0, k = 0; copy < COPIES; copy++) {
      for (let at = 0; at < count * count; at++, k++) {
        const own = Math.floor(at / count);
        if (!(this.#seen[k] * values[own * COPIES + copy] > threshold)) this.#left[copy][at] = false;
      }
    }
  }

  degrees(): number[] {
    const { count } = this, out = new Array(count).fill(0);
    this.#left[ITSELF].forEach((left, at) => out[Math.floor(at / count)] += Number(left));
    return out;
  }
}

Deno.test("ExplicitEdges: every copy's edges are those that it would have by itself", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 9 }), fc.nat(), (count, seed) => {
      const random = new RandomSequence([seed, 2]);
      using edges = new ExplicitEdges({ count, width: count, kinds: 2, rounds: 4 }, random, "normal");
      const drawn = edges.weights(new Float64Array(1));
      const each = [0, 1].map(() => new EveryEdge(count, drawn));
      const rounds: { itself: Float64Array; copies: Float64Array[] }[] = [];
      for (let round = 0; round < 4; round++) {
        const partners = growing(random, count), pairs = { length: count * count };
        const less = Float32Array.from(pairs, () => random.uniform());
        const copies = [0, 1].map(() => growing(random, count)), [first] = copies;
        // Both kinds are the same neurons.
        for (let i = 0; i < count; i++) copies[1][i * COPIES + ITSELF] = first[i * COPIES + ITSELF];
        copies[1] = monotone(copies[1]);
        rounds.push({ itself: ofThemselves(first), copies });
        const answered = Uint16Array.from({ length: count }, () => random.integer(round + 1));
        const found = edges.sums({ partners, rounds, answered, less });
        const values = [0, 1].map(() => growing(random, count));
        for (let i = 0; i < count; i++) values[1][i * COPIES + ITSELF] = values[0][i * COPIES + ITSELF];
        for (const [kind, one] of each.entries()) {
          one.sums(partners, (other) => rounds[answered[other]], kind, less, each[0]).forEach((sum, at) => {
            const off = Math.abs(found[kind][at] - sum);
            assert.ok(off < 1e-5 * (1 + sum), `round ${round}, kind ${kind}, ${at}: ${off}`);
          });
        }
        const threshold = 0.05 + 0.1 * round, counts = new ScoreCounts();
        edges.score(ofThemselves(values[0]), counts);
        edges.remove(threshold, values.map(monotone), round);
        each.forEach((one, kind) => one.remove(threshold, monotone(values[kind])));
        assert.deepEqual([...edges.degrees()], each[0].degrees());
      }
    }),
    { numRuns: 150 },
  );
});

/** The largest of each neuron's copies so far: what has more in addition is more. */
function monotone(copies: Float64Array): Float64Array {
  const out = copies.slice();
  out.forEach((value, at) => {
    if (at % COPIES > 0) out[at] = Math.max(value, out[at - 1]);
  });
  return out;
}

Deno.test("copies: neurons themselves, the mean of those that are left, and what copies have more", () => {
  const copies = Float64Array.from({ length: 2 * COPIES }, (_, at) => at);
  assert.deepEqual([...ofThemselves(copies)], [ITSELF, COPIES + ITSELF]);
  assert.equal(meanOfLeft(Float64Array.of(0, 2, 4, 0)), 3);
  assert.equal(meanOfLeft(new Float64Array(3)), 0);
  const more = withExtra(new Float64Array(COPIES).fill(0.25), 0.5);
  assert.deepEqual([...more], Array.from(more, (_, k) => Math.max(0.25 + 0.5 * (LEAST_EXTRA + k), 0)));
  assert.equal(more[0], 0);
});

Deno.test("CavityPopulation: fields are sums over those of an average neuron, by how they are answered", () => {
  const population = new CavityPopulation(2, 3, { first: false, last: false });
  assert.deepEqual(population.kinds, ["r", "c"]);
  const rising = Float64Array.from({ length: 2 * COPIES }, (_, at) => at + 1);
  // The first neuron and some of its copies are gone in the second round.
  const gone = rising.map((value, at) => at < ITSELF + 2 ? 0 : value);
  population.note(0, { r: [rising, rising], c: [rising, rising] });
  population.note(1, { r: [rising, rising], c: [gone, gone] });
  const one = ITSELF + 1, other = COPIES + ITSELF + 1, last = COPIES - 1;
  // Of the one that is gone what its first copy that is left has.
  const left = ITSELF + 3;
  assert.deepEqual([...population.history("c", 2)], [one, left, other, other]);
  const { weights, itself, copies, parts } = population.fields("c", Float64Array.of(2, 3));
  const first = 2 * (one + other) / 2, all = first + 3 * other;
  assert.deepEqual([...parts], [0, first / all, 1]);
  assert.deepEqual([...weights], [2 / all, 3 / all]);
  [2 * one + 3 * left, 5 * other].forEach((sum, i) => assert.ok(Math.abs(itself[i] - sum / all) < 1e-6));
  assert.deepEqual(population.weighed("c", weights), itself);
  for (const [at, sum] of [[ITSELF, 2 * one], [last, 5 * rising[last]], [COPIES + ITSELF, 5 * other]]) {
    for (const kind of copies) assert.ok(Math.abs(kind[at] - sum / all) < 1e-6);
  }
  const none = population.fields("r", new Float64Array());
  assert.deepEqual([...none.parts, ...none.copies[0]], new Array(1 + 2 * COPIES).fill(0));
});

Deno.test("PartnerFields: partners lack what they had of a neuron, and answer the fields of the round they went in", () => {
  const count = 3, random = new RandomSequence(6), view = new PartnerFields(count);
  using edges = new ExplicitEdges({ count, width: count, kinds: 1, rounds: 3 }, random, "normal");
  const fields = () => {
    const copies = [growing(random, count)];
    return {
      weights: Float64Array.of(1),
      parts: Float64Array.of(0, 1),
      itself: ofThemselves(copies[0]),
      copies,
    };
  };
  const own = Float64Array.of(0.3, 0.5, 0.7), partners = new Float64Array(count * COPIES).fill(1);
  const [first, second, third] = [fields(), fields(), fields()], drawn = edges.weights(first.parts);
  const all = view.next(first, partners, own, edges);
  assert.deepEqual([...all.answered], [0, 0, 0]);
  const lacks = (less: Float32Array, { itself }: typeof first, partner: number, has: number) => {
    const each = itself.map((field, i) => field * drawn[partner * count + i]),
      sum = each.reduce((a, b) => a + b);
    each.forEach((field, i) =>
      assert.ok(Math.abs(less[i * count + partner] - field / sum * count * has) < 1e-5)
    );
  };
  for (let partner = 0; partner < count; partner++) lacks(all.less, first, partner, own[partner]);
  // One goes in the second round, and one of its copies is left.
  partners.fill(0, COPIES, COPIES + ITSELF + 1);
  for (const [round, now] of [second, third].entries()) {
    const { rounds, answered, less } = view.next(now, partners, own.map((sum) => (round + 2) * sum), edges);
    assert.deepEqual([...answered], [round + 1, 1, round + 1]);
    assert.deepEqual(rounds, [first, second, third].slice(0, round + 2));
    // Twice 0.5, as in the round it went in.
    lacks(less, second, 1, 1);
    lacks(less, now, 0, (round + 2) * own[0]);
    lacks(less, now, 2, (round + 2) * own[2]);
  }
});

Deno.test("CavityEnd: each copy keeps the weights beyond its own bound", () => {
  const kept = new KeptWeights(2, 30, new RandomSequence(4), "normal"), end = new CavityEnd(kept, 5);
  const scales = Float64Array.from({ length: 2 * COPIES }, (_, at) => 1 + 0.1 * at);
  end.pruned(scales, 1, 0).raise(0.7);
  end.sums().forEach((sum, at) => {
    const neuron = Math.floor(at / COPIES), copy = at % COPIES;
    assert.equal(sum, kept.sum(neuron, 0.7 / scales[at]) / 5);
    if (copy === ITSELF) assert.equal(sum, kept.sum(neuron) / 5);
  });
  assert.ok(end.sums()[COPIES - 1] > end.sums()[0]);
});
