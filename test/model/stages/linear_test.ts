import fc from "fast-check";
import { linear64 } from "./reference.ts";
import { somePositions, type StageFamily } from "./stage_case.ts";
import { testStage } from "./harness.ts";

const linears: StageFamily = (size) =>
  fc.record({ rows: size, cols: size, scale: fc.constantFrom(1, 0.5, 3 ** -0.5), positions: somePositions })
    .map(({ rows, cols, scale, positions }) => ({
      stage: linear64(rows, cols, scale),
      input: { rows: cols, positions },
    }));

testStage("linear", linears);
