import fc from "fast-check";
import {
  addNeuronKernels,
  maskedMatmul,
  maskedMatmulTransposed,
  NEGATIVE_INFINITY,
  saliency,
} from "@graphon-limit/ops";
import { elementSeed, normalMatrix, type OpCase, output, randomBits, testOp } from "./harness.ts";
import { installedBlas } from "./installed_blas.ts";

/** Sizes whose products are a BLAS's to make, the kernels' vectors and blocks not dividing them. */
const large = fc.oneof(fc.constantFrom(128, 129, 160), fc.integer({ min: 128, max: 200 }));
const whole = fc.record({ rows: large, inner: large, cols: large, second: fc.option(large) });

/** Sizes that fall into two panels under the limit below, each large enough for a BLAS. */
const panelled = fc.record({
  rows: fc.integer({ min: 590, max: 610 }),
  inner: fc.constant(128),
  cols: fc.constant(64),
  second: fc.option(fc.constant(64)),
});
const PANEL_BYTES = 160_000;

type Sizes = typeof whole extends fc.Arbitrary<infer Drawn> ? Drawn : never;

interface Choices {
  readonly seed: number;
  /** None, one that leaves so much that all is multiplied, and one that leaves what is best visited one by one. */
  readonly density: number | undefined;
  readonly accumulate: number;
  readonly scale: number;
  readonly kind: string;
}

const choices: fc.Arbitrary<Choices> = fc.record({
  seed: elementSeed,
  density: fc.constantFrom(undefined, 0.9, 0.5, 0.1),
  accumulate: fc.constantFrom(0, 1),
  scale: fc.constantFrom(1, 0.25, -3),
  kind: fc.constantFrom("gradient", "snip", "grasp", "second", "size"),
});

function stored(rows: number, cols: number, { seed, density }: Choices) {
  const mask = density === undefined ? undefined : randomBits(seed + 5, rows, cols, density);
  return { weights: normalMatrix(seed, rows, cols), mask };
}

function forward({ rows, inner, cols }: Sizes, drawn: Choices): OpCase {
  const { seed, scale, accumulate } = drawn;
  const [x, out] = [normalMatrix(seed + 1, inner, cols), normalMatrix(seed + 2, rows, cols)];
  return { args: { ...stored(rows, inner, drawn), x, out }, settings: { scale, accumulate } };
}

function transposed({ rows, inner, cols }: Sizes, drawn: Choices): OpCase {
  const { seed, scale, accumulate } = drawn;
  const [x, out] = [normalMatrix(seed + 1, rows, cols), normalMatrix(seed + 2, inner, cols)];
  return { args: { ...stored(rows, inner, drawn), x, out }, settings: { scale, accumulate } };
}

function scores({ rows, inner, cols, second }: Sizes, drawn: Choices): OpCase {
  const { seed, scale, kind } = drawn;
  const args = {
    a: normalMatrix(seed + 1, rows, cols),
    x: normalMatrix(seed + 2, inner, cols),
    a2: second === null ? undefined : normalMatrix(seed + 3, rows, second),
    x2: second === null ? undefined : normalMatrix(seed + 4, inner, second),
    ...stored(rows, inner, drawn),
    out: output(rows, inner),
  };
  return { args, settings: { scale, kind, pruned: kind === "gradient" ? 0 : NEGATIVE_INFINITY } };
}

/** Neurons of a tangent kernel, most inputs and samples of each being listed. */
function neuronKernels({ rows, inner, cols, second }: Sizes, { seed, scale }: Choices): OpCase {
  const crossed = second !== null, groups = 2;
  const lists = (bound: number) => {
    const data = new Uint32Array(groups * (bound + 1));
    for (let group = 0; group < groups; group++) {
      const chosen = Array.from({ length: bound }, (_, i) => i).filter((i) => (i + seed + group) % 9 > 0);
      data.set([chosen.length, ...chosen], group * (bound + 1));
    }
    return { rows: groups, cols: bound + 1, data };
  };
  const args = {
    h: normalMatrix(seed, inner, rows),
    delta: normalMatrix(seed + 1, groups, rows),
    edges: lists(inner),
    samples: lists(rows),
    h2: crossed ? normalMatrix(seed + 2, inner, cols) : undefined,
    delta2: crossed ? normalMatrix(seed + 3, groups, cols) : undefined,
    samples2: crossed ? lists(cols) : undefined,
    kernels: normalMatrix(seed + 4, groups * rows, crossed ? cols : rows),
  };
  return { args, settings: { scale, classes: 1, neuron: 0, each: 1, groups, listRow: 0 } };
}

const tolerance = { absolute: 5e-4, relative: 2e-5 };

if (installedBlas()) {
  for (const [sizes, limit] of [[whole, undefined], [panelled, PANEL_BYTES]] as const) {
    for (
      const [op, build] of [
        [maskedMatmul, forward],
        [maskedMatmulTransposed, transposed],
        [saliency, scores],
      ] as const
    ) {
      const cases = fc.tuple(sizes, choices).map(([drawn, chosen]) => build(drawn, chosen));
      testOp(op, { cases, tolerance, executions: ["blas"], limits: [limit], runs: 20 });
    }
  }
  const cases = fc.tuple(whole, choices).map(([drawn, chosen]) => neuronKernels(drawn, chosen));
  testOp(addNeuronKernels, {
    cases,
    tolerance: { absolute: 1e-3, relative: 2e-5 },
    executions: ["blas"],
    runs: 20,
  });
} else {
  console.error(
    "No BLAS may be loaded here: `deno task test:blas` compares an installed OpenBLAS with the twins",
  );
}
