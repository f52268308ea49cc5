import fc from "fast-check";
import { type Activation, ACTIVATIONS } from "@graphon-limit/model";
import { testStage } from "./harness.ts";
import { activation64 } from "./reference.ts";
import { somePositions, type StageFamily } from "./stage_case.ts";

const activations = (fn: Activation): StageFamily => (size) =>
  fc.record({ rows: size, positions: somePositions }).map(({ rows, positions }) => ({
    stage: activation64(fn),
    input: { rows, positions },
  }));

for (const fn of ACTIVATIONS) testStage(`activation, ${fn}`, activations(fn), { runs: 15 });
