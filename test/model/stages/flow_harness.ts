import assert from "node:assert/strict";
import fc from "fast-check";
import { type FlowMeeting, positionsOf, Resources, type SignalShape } from "@graphon-limit/model";
import { scoreFlow } from "@graphon-limit/pruners";
import { type Device, type Matrix, RandomSequence } from "@graphon-limit/runtime";
import { testDevice } from "../../ops/harness.ts";
import { registerProperty } from "./harness.ts";
import type { Factors, Path } from "./reference.ts";
import { placeWeights, type StageCase, type StageFamily } from "./stage_case.ts";

/** Sizes that leave few enough paths to walk them all. */
const few = fc.integer({ min: 1, max: 3 });

/**
 * Registers the property test of a family's rule for SynFlow: with all weights absolute and every stage linear, sums, what is
 * pulled back and every weight's score are those over the paths, walked one by one, up to one common factor that is told.
 */
export function testFlow(name: string, family: StageFamily, { runs = 40 } = {}): void {
  const drawn = fc.record({
    stageCase: family(few),
    density: fc.constantFrom(1, 0.7),
    size: fc.constantFrom(1, 1e-3, 1e3),
    seed: fc.nat(),
  }).map(({ stageCase, ...rest }): FlowCase => ({ ...stageCase, ...rest }));
  registerProperty(`${name}: SynFlow's scores are sums over paths`, drawn, runs, async (drawn) => {
    for (const kind of ["webgpu", "cpu"] as const) {
      const device = await testDevice(kind), { live } = device.memory;
      await checkFlow(device, drawn, kind);
      assert.equal(device.memory.live, live, `what is left in memory on ${kind}`);
    }
  });
}

interface FlowCase extends StageCase {
  /** Of the masks; there are none at 1. */
  readonly density: number;
  /** Of the weights. */
  readonly size: number;
  readonly seed: number;
}

async function checkFlow(
  device: Device,
  { stage: reference, input, density, size, seed }: FlowCase,
  where: string,
): Promise<void> {
  const random = new RandomSequence(seed), positions = positionsOf(input), inputs = input.rows * positions;
  const { parameters } = reference,
    output = reference.shape(input),
    outputs = output.rows * positionsOf(output);
  const values = parameters.map(({ rows, cols, role }) =>
    Float32Array.from({ length: rows * cols }, () => (role === "weight" ? size : 1) * random.normal())
  );
  const masks = parameters.map(({ role }, p) =>
    density < 1 && role === "weight"
      ? Uint8Array.from(values[p], () => Number(random.uniform() < density))
      : undefined
  );
  const factors = parameters.map(({ scale }, p): Factors => ({
    entries: Array.from(values[p], (value, at) => scale * Math.abs(value) * (masks[p]?.[at] ?? 1)),
  }));
  const starts = Array.from({ length: inputs }, (_, neuron): Path => ({
    ...{ neuron, product: 1, from: neuron, through: [] },
  }));
  const paths = reference.extend(starts, factors, input);

  using made = new Resources();
  const weights = placeWeights(device, reference, values, masks);
  for (const weight of weights) made.add(weight);
  const stage = reference.place(weights);
  const ones = ({ rows }: SignalShape, cols: number) =>
    made.add(device.upload(new Float32Array(rows * cols).fill(1), rows, cols));
  const flow = made.add(stage.flow!({ values: ones(input, positions), scales: [] }, input));
  const back = flow.pullback(ones(output, outputs / output.rows))!;
  assert.deepEqual(flow.meetings.map(({ weight }) => weight), weights.filter(({ prunable }) => prunable));
  const [sums, pulled, scales, scores] = await Promise.all([
    device.read(flow.out.values),
    device.read(back),
    Promise.all(flow.out.scales.map((scale) => device.read(scale))),
    Promise.all(flow.meetings.map(scoresOf)),
  ]);

  const divided = scales.reduce((product, [scale]) => product * scale, 1);
  const total = (kept: (path: Path) => boolean) =>
    paths.reduce((sum, path) => sum + (kept(path) ? path.product : 0), 0);
  for (let i = 0; i < outputs; i++) {
    assertPositive(sums[i] * divided, total(({ neuron }) => neuron === i), `sum ${i} ${where}`);
  }
  for (let j = 0; j < inputs; j++) {
    assertPositive(pulled[j] * divided, total(({ from }) => from === j), `input ${j} ${where}`);
  }
  let layer = 0;
  parameters.forEach(({ role }, p) => {
    if (role !== "weight") return;
    const expected = new Float64Array(values[p].length);
    for (const { product, through } of paths) {
      for (const [weight, entry] of through) if (weight === factors[p]) expected[entry] += product;
    }
    const found = scores[layer++];
    assert.equal(found.length, expected.length);
    expected.forEach((value, entry) =>
      assertPositive(found[entry] * divided, value, `score ${p} [${entry}] ${where}`)
    );
  });
}

/** A weight's scores as SynFlow makes them of what met in it. */
async function scoresOf(meeting: FlowMeeting): Promise<Float32Array> {
  const { weight: { matrix, mask, rows, cols } } = meeting, { device } = matrix;
  using scores: Matrix = device.matrix(rows, cols);
  scoreFlow(meeting, mask, scores);
  return await device.read(scores);
}

/** Nothing cancels among positive numbers: each is as exact as float32 is over some operations. */
function assertPositive(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 2e-5 * expected, `${what}: ${actual}, expected ${expected}`);
}
