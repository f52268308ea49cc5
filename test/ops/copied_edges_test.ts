import assert from "node:assert/strict";
import fc from "fast-check";
import { copiedEdges, copiedEdgesBytes, COPIES, type EdgeFields } from "@graphon-limit/ops";
import { HostKernels, RandomSequence } from "@graphon-limit/runtime";

/** Values of copies that grow with what they have in addition; of some neurons the first are gone. */
function growing(random: RandomSequence, neurons: number): Float64Array {
  const out = new Float64Array(neurons * COPIES);
  for (let i = 0; i < neurons; i++) {
    let value = 0.3 + random.uniform();
    for (let copy = random.uniform() < 0.3 ? random.integer(COPIES + 1) : 0; copy < COPIES; copy++) {
      out[i * COPIES + copy] = value;
      value *= 1 + 0.3 * random.uniform();
    }
  }
  return out;
}

Deno.test("copiedEdges: the kernels do what the twin does, bit by bit, round after round", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(),
      (count, width, kinds, rounds, seed) => {
        const random = new RandomSequence([seed, 3]), shape = { count, width, kinds, rounds };
        using plain = copiedEdges(shape, null);
        using kernels = copiedEdges(shape, HostKernels.open());
        for (let edge = 0; edge < count * width; edge++) {
          plain.partners[edge] = kernels.partners[edge] = random.integer(count);
          plain.magnitudes[edge] = kernels.magnitudes[edge] = Math.abs(random.normal());
        }
        const fields: EdgeFields[] = [],
          copies = () => Array.from({ length: kinds }, () => growing(random, count));
        for (let round = 0; round < rounds; round++) {
          const itself = Float64Array.from({ length: count }, () => 0.3 + random.uniform());
          fields.push({ itself, copies: copies() });
          const view = {
            ...{ partners: growing(random, count), rounds: fields },
            answered: Uint16Array.from({ length: count }, () => random.integer(round + 1)),
            less: Float32Array.from({ length: count * count }, () => 2 * random.uniform()),
          };
          assert.deepEqual(kernels.sums(view), plain.sums(view));
          const threshold = 0.1 + 0.2 * round, values = copies();
          for (const edges of [plain, kernels]) edges.remove(threshold, values, round);
          for (const key of ["partners", "magnitudes", "rounds", "first", "seen", "left"] as const) {
            assert.deepEqual(copied(kernels[key]), copied(plain[key]), key);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

/** Numbers outside the memory that they are in. */
function copied(numbers: ArrayLike<number> | readonly ArrayLike<number>[]): unknown {
  return Array.from(
    numbers as ArrayLike<unknown>,
    (each) => typeof each === "number" ? each : Array.from(each as ArrayLike<number>),
  );
}

Deno.test("copiedEdges: what they take grows with each of their sizes", () => {
  const shape = { count: 10, width: 20, kinds: 1, rounds: 3 }, bytes = copiedEdgesBytes(shape);
  // 15 bytes an edge, 4 of each pair, and in each round the fields of ten copies and a number more.
  assert.equal(bytes, 10 * (20 * 15 + 10 * 4 + 3 * 11 * 8));
  assert.ok(copiedEdgesBytes({ ...shape, kinds: 2 }) > bytes);
});
