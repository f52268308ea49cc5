import assert from "node:assert/strict";
import fc from "fast-check";
import {
  gradientDirection,
  matrixDirection,
  parameterGradient,
  parameterGradientTangent,
  Resources,
} from "@graphon-limit/model";
import { onBothDevices } from "../../runtime/support.ts";
import { residualsInChains } from "./families.ts";
import { type Drawn, numbersOf, placeWeights } from "./stage_case.ts";

onBothDevices(
  "gradientDirection: moves any stages as the gradient's own matrices do, biases apart,",
  async (device) => {
    const drawn = fc.record({
      stageCase: residualsInChains(fc.integer({ min: 4, max: 12 })),
      samples: fc.constantFrom(2, 5),
      masked: fc.boolean(),
      signalMoves: fc.boolean(),
      seed: fc.nat(),
    }).map(({ stageCase, ...rest }): Drawn => ({ ...stageCase, ...rest }));
    const property = fc.asyncProperty(drawn, async (drawn) => {
      const { stage: reference, input } = drawn, numbers = numbersOf(drawn), { live } = device.memory;
      {
        using made = new Resources();
        const upload = (values: Float32Array, rows: number) =>
          made.add(device.upload(values, rows, values.length / rows));
        const weights = placeWeights(device, reference, numbers.parameters, numbers.masks);
        for (const weight of weights) made.add(weight);
        const stage = reference.place(weights), { rows } = reference.shape(input);
        const pass = made.add(stage.forward(upload(numbers.signal, input.rows), input));
        pass.pullback(upload(numbers.deltas[0], rows), false);
        const gradients = pass.meetings.map((meeting) =>
          meeting.weight.prunable ? made.add(parameterGradient(meeting)) : undefined
        );
        const dx = numbers.signalTangent && upload(numbers.signalTangent, input.rows);
        const deltaTangent = upload(numbers.deltaTangent, rows);
        const found = [];
        for (const direction of [gradientDirection(pass), matrixDirection(stage, gradients)]) {
          using tangent = pass.tangent(dx, direction);
          tangent.pullback(deltaTangent, false);
          const matrices = [
            tangent.out!,
            ...pass.meetings.map((met) => made.add(parameterGradientTangent(met))),
          ];
          found.push(await Promise.all(matrices.map((matrix) => device.read(matrix))));
        }
        const [byRank, byMatrices] = found;
        byMatrices.forEach((expected, index) => {
          const size = Math.hypot(...expected),
            error = Math.hypot(...expected.map((x, i) => x - byRank[index][i]));
          assert.ok(
            error <= 1e-4 * size,
            `${index === 0 ? "out" : weights[index - 1].name}: off by ${error} of ${size}`,
          );
        });
      }
      assert.equal(device.memory.live, live);
    });
    await fc.assert(property, { seed: 1, numRuns: 20 });
  },
);
