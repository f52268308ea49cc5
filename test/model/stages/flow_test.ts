import fc from "fast-check";
import { ACTIVATIONS } from "@graphon-limit/model";
import { chains, residuals, residualsInChains, smallResiduals } from "./families.ts";
import { testFlow } from "./flow_harness.ts";
import { activation64, bias64, chain64, linear64 } from "./reference.ts";

testFlow("linear", (size) =>
  fc.tuple(size, size, fc.constantFrom(1, 0.5)).map(([rows, cols, scale]) => ({
    stage: linear64(rows, cols, scale),
    input: { rows: cols, positions: [] },
  })));
testFlow(
  "bias and activation",
  (size) =>
    fc.tuple(size, fc.constantFrom(...ACTIVATIONS)).map(([rows, fn]) => ({
      stage: chain64([activation64(fn), bias64(rows), activation64(fn), bias64(rows)]),
      input: { rows, positions: [] },
    })),
);
testFlow("chain", (size) => chains(size, { nested: true }));
testFlow("chain with biases", (size) => chains(size, { nested: true, biases: true }));
testFlow("residual", (size) => residuals(size, { skips: ["nothing"] }));
testFlow("residual with a stage beside", (size) => residuals(size, { skips: ["product", "chain"] }));
testFlow("residual of little", smallResiduals);
testFlow("residual in a chain", residualsInChains);
