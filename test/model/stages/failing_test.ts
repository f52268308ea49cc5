import assert from "node:assert/strict";
import {
  axis,
  bias,
  chain,
  linear,
  type Pass,
  residual,
  type Stage,
  vectorShape,
  Weight,
} from "@graphon-limit/model";
import { type Device, InvalidArgumentError } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../../runtime/support.ts";

const INPUT = vectorShape(2), ENOUGH = new RangeError("enough");

function fail(): never {
  throw ENOUGH;
}

/** A stage through which nothing gets: not even forward, or no tangent. */
function failing(when: "forward" | "tangent"): Stage {
  return {
    parameters: [],
    shape: (input) => input,
    forward: (x): Pass =>
      when === "forward"
        ? fail()
        : { out: x, meetings: [], pullback: (delta) => delta, tangent: fail, [Symbol.dispose]() {} },
    flow: fail,
  };
}

/** A square product, made of nothing. */
function product(device: Device): { weight: Weight; stage: Stage } {
  const size = axis("square", 2), matrix = device.upload(Float32Array.of(1, 2, 3, 4), 2, 2);
  const weight = new Weight(matrix, { name: "w", output: size, input: size });
  return { weight, stage: linear(weight) };
}

onBothDevices("stages: where one of them fails the others leave nothing in memory", (device) => {
  const { weight, stage } = product(device);
  using _weight = weight;
  using x = device.upload(Float32Array.of(1, 2), 2, 1);
  const { live } = device.memory;
  for (const when of ["forward", "tangent"] as const) {
    const broken = failing(when);
    const stages = [
      chain([stage, broken]),
      chain([chain([stage, stage]), broken, stage]),
      residual(chain([stage, broken])),
      residual(stage, broken),
      residual(residual(stage), chain([stage, broken])),
    ];
    for (const whole of stages) {
      if (when === "forward") assert.throws(() => whole.forward(x, INPUT), ENOUGH);
      else {
        using pass = whole.forward(x, INPUT);
        pass.pullback(x);
        const held = device.memory.live;
        assert.throws(() => pass.tangent(x, { of: () => undefined }), ENOUGH);
        assert.equal(device.memory.live, held);
      }
      assert.equal(device.memory.live, live);
      assert.throws(() => whole.flow!({ values: x, scales: [] }, INPUT), ENOUGH);
      assert.equal(device.memory.live, live);
    }
  }
  return Promise.resolve();
});

onBothDevices("stages: refuse signals that do not fit, and ways of different shapes", (device) => {
  const { weight, stage } = product(device);
  const tall = new Weight(device.matrix(3, 2), {
    name: "tall",
    output: axis("three", 3),
    input: weight.input!,
  });
  const offset = new Weight(device.matrix(3, 1), { name: "b", output: tall.output, role: "bias" });
  const { live } = device.memory;
  const refused = (run: () => unknown, ...words: string[]) =>
    assert.throws(run, oneLine(InvalidArgumentError, ...words));
  refused(() => stage.shape(vectorShape(3)), "w", "2 inputs", "3");
  refused(() => bias(offset).shape({ rows: 2, positions: [4, 5] }), "b", "3 rows", "2 × 4·5");
  refused(() => chain([stage, bias(offset)]).shape(INPUT), "b", "3 rows", "2");
  refused(() => residual(linear(tall)).shape(INPUT), "one shape", "3 and 2");
  refused(() => residual(stage, linear(tall)).shape(INPUT), "one shape", "2 and 3");
  assert.deepEqual(residual(linear(tall), linear(tall)).shape(INPUT), vectorShape(3));
  assert.equal(device.memory.live, live);
  for (const parameter of [weight, tall, offset]) parameter[Symbol.dispose]();
  return Promise.resolve();
});

Deno.test("stages: SynFlow runs through a chain or a residual stage if it does through all that is in it", () => {
  const { flow: _, ...blocked } = failing("forward");
  assert.equal(chain([failing("forward"), blocked]).flow, undefined);
  assert.equal(residual(blocked).flow, undefined);
  assert.equal(residual(failing("forward"), blocked).flow, undefined);
  assert.ok(residual(failing("forward")).flow && chain([failing("forward")]).flow);
});
