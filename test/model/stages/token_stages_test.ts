import fc from "fast-check";
import { testFlow } from "./flow_harness.ts";
import { testStage } from "./harness.ts";
import { activation64, bias64, chain64, linear64, residual64 } from "./reference.ts";
import { somePositions, type StageFamily } from "./stage_case.ts";
import { attention64, gain64, layerNorm64, position64, standardise64 } from "./token_reference.ts";

const few = (size: fc.Arbitrary<number>, most: number) => size.map((rows) => Math.min(rows, most));
const someTokens: fc.Arbitrary<readonly number[]> = fc.constantFrom([1], [2], [3], [2, 2], [5]);
const epsilons = fc.constantFrom(1e-5, 0.5);

const gains: StageFamily = (size) =>
  fc.record({ rows: size, positions: somePositions }).map(({ rows, positions }) => ({
    stage: gain64(rows),
    input: { rows, positions },
  }));

const positions: StageFamily = (size) =>
  fc.record({ rows: few(size, 9), positions: someTokens, between: fc.boolean() })
    .map(({ rows, positions, between }) => {
      const tokens = positions.reduce((product: number, extent) => product * extent, 1);
      const stage = position64(tokens, rows);
      return {
        stage: between ? chain64([linear64(rows, rows), stage, linear64(2, rows)]) : stage,
        input: { rows, positions },
      };
    });

/** Columns of one number, or of two, are the same after all of it: what flows through is noise. */
const norms: StageFamily = (size) =>
  fc.record({
    rows: size.map((rows) => Math.max(rows, 3)),
    positions: somePositions,
    epsilon: epsilons,
    whole: fc.boolean(),
  })
    .map(({ rows, positions, epsilon, whole }) => ({
      stage: whole ? layerNorm64(rows, epsilon) : standardise64(epsilon),
      input: { rows, positions },
    }));

const attentions: StageFamily = (size) =>
  fc.record({
    each: few(size, 4),
    heads: fc.constantFrom(1, 2, 3),
    cols: few(size, 6),
    positions: someTokens,
  }).map(({ each, heads, cols, positions }) => ({
    stage: attention64(each * heads, cols, heads),
    input: { rows: cols, positions },
    // Each head's share of every token in every other.
    most: heads * positions.reduce((product: number, extent) => product * extent, 1) ** 2,
  }));

/** A transformer's block. */
const blocks: StageFamily = (size) =>
  fc.record({ each: few(size, 2), positions: fc.constantFrom([2], [3]) }).map(({ each, positions }) => {
    const rows = 2 * each + 2,
      attend = [layerNorm64(rows, 0.5), attention64(rows, rows, 2), linear64(rows, rows)];
    const think = [layerNorm64(rows, 0.5), linear64(3, rows), activation64("gelu"), linear64(rows, 3)];
    return {
      stage: chain64([residual64(chain64(attend)), residual64(chain64(think)), bias64(rows)]),
      input: { rows, positions },
      most: 2 * positions[0] ** 2,
    };
  });

const gelus: StageFamily = (size) =>
  fc.record({ rows: size, positions: somePositions }).map(({ rows, positions }) => ({
    stage: activation64("gelu"),
    input: { rows, positions },
  }));

testStage("activation, gelu", gelus, { runs: 15 });
testStage("gain", gains);
testStage("positions", positions);
testStage("normalisation", norms);
testStage("attention", attentions);
testStage("a transformer's block", blocks, { runs: 6 });

testFlow("gain", (size) => gains(size.map((rows) => Math.min(rows, 3))), { runs: 20 });
testFlow("positions", (size) => positions(size.map((rows) => Math.min(rows, 3))), { runs: 20 });
