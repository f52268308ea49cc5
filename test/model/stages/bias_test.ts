import fc from "fast-check";
import { testStage } from "./harness.ts";
import { bias64, chain64, linear64 } from "./reference.ts";
import { somePositions, type StageFamily } from "./stage_case.ts";

const biases: StageFamily = (size) =>
  fc.record({ rows: size, positions: somePositions }).map(({ rows, positions }) => ({
    stage: bias64(rows),
    input: { rows, positions },
  }));

/** After a product, into which it is added. */
const biasesInPlace: StageFamily = (size) =>
  fc.record({ rows: size, cols: size, positions: somePositions }).map(({ rows, cols, positions }) => ({
    stage: chain64([linear64(rows, cols), bias64(rows), bias64(rows)]),
    input: { rows: cols, positions },
  }));

testStage("bias", biases);
testStage("bias, in place", biasesInPlace);
