import assert from "node:assert/strict";
import type { ClaimVerdict, Experiment, Outcome } from "../../../packages/study/reproduce/experiment.ts";
import { type PaperGap, paperGap } from "../../../packages/study/reproduce/paper_gap.ts";
import type { Finding } from "../../../packages/study/reproduce/findings.ts";
import { estimate } from "../../../packages/study/statistics/estimate.ts";
import { summarySections } from "../../../packages/study/reproduce/summary.ts";

const verdict = (number: number, choice: string, found: ClaimVerdict["verdict"]): ClaimVerdict => ({
  number,
  choice,
  verdict: found,
  claim: "",
  detail: "",
});

function findings(verdicts: ClaimVerdict[], gaps: PaperGap[] = []): Finding[] {
  const outcome: Outcome = { text: "", verdicts, figures: [], tables: [], records: [], gaps };
  const experiment: Experiment = {
    id: "F2",
    title: "",
    question: "",
    tasks: () => [],
    evaluate: () => Promise.resolve(outcome),
  };
  return [{ experiment, outcome, seconds: 1, tasks: 1 }];
}

Deno.test("summary: verdicts counted by claim and choice, and what chance would decide", () => {
  const [claims] = summarySections(findings([
    ...Array.from({ length: 30 }, () => verdict(5, "PyTorch", "holds")),
    ...[verdict(5, "He", "does not hold"), verdict(5, "He", "not decided"), verdict(3, "He", "holds")],
  ]));
  assert.match(claims.text!, /33 verdicts .* 32 of them decided.* about 2 of so many/);
  assert.match(
    claims.text!,
    /Claim 5 holds wherever it is decided under “PyTorch”, and not everywhere under “He”\./,
  );
  assert.doesNotMatch(claims.text!, /Claim 3 holds/);
  assert.deepEqual(claims.tables![0].rows.map((row) => row.slice(1)), [
    ["He", "1", "0", "0"],
    ["PyTorch", "30", "0", "0"],
    ["He", "0", "1", "1"],
  ]);
  assert.match(claims.tables![0].rows[0][0] as string, /^3\. Random pruning/);
});

Deno.test("summary: the choice nearest to the paper, table by table, the least marked", () => {
  const [choices] = summarySections(findings([], [
    paperGap("R4", "training loss", "He", [[estimate([0.1, 0.3]), 0.5], [estimate([0.4, 0.4]), 0.8]]),
    paperGap("R4", "training loss", "PyTorch", [[estimate([0.5, 0.5]), 0.6], [estimate([0.5, 0.5]), 0.4]]),
    paperGap("R2", "top-5 energy", "He · own weights", [[estimate([1]), 3]]),
    paperGap("R2", "top-5 energy", "He · fresh, He", []),
  ]));
  assert.match(choices.text!, /R4: nearest is “PyTorch” at 0\.100, then “He” at 0\.354/);
  assert.deepEqual(choices.tables!.map(({ rows }) => rows), [
    [["He", "0.354 (0.071)"], ["PyTorch", "▸ 0.100 (0.000)"]],
    [["He · own weights", "▸ 2.000"], ["He · fresh, He", "—"]],
  ]);
});

/** A gap whose trials' spread is known to a tenth of it. */
const gap = (table: string, choice: string, value: number, noise = 0.01): PaperGap => ({
  ...{ table, choice, gap: value, noise, unit: "loss" },
});

Deno.test("summary: the choice that is nearest in all tables is most probably the paper's, with what it leaves", () => {
  const [{ text }] = summarySections(findings([], [
    ...[gap("R4", "PyTorch", 0.05), gap("R4", "He", 0.15)],
    ...[gap("R8", "PyTorch", 0.015), gap("R8", "He", 0.03)],
  ]));
  assert.match(text!, /Most probably the paper's choice is “PyTorch”: nearest in all 2 tables/);
  // In R8 twice the joint error, 0.028, does not tell the two apart.
  assert.match(text!, /rules out is 3\.0 times as far, in 1 of 2\./);
  assert.match(text!, /Unexplained by any: R4 is 0\.050 off at the nearest, .* makes 0\.010\./);
});

Deno.test("summary: a table that speaks against the choice that meets the most is named", () => {
  const [{ text }] = summarySections(findings([], [
    ...[gap("R2", "fresh", 0.01), gap("R2", "own", 0.2)],
    ...[gap("R7, SNIP", "fresh", 0.01), gap("R7, SNIP", "own", 5)],
    ...[gap("R7, Magnitude", "fresh", 4), gap("R7, Magnitude", "own", 0.5)],
  ]));
  assert.match(text!, /No choice is nearest everywhere: “fresh” is so in 2 of 3 tables/);
  assert.match(text!, /R7, Magnitude speaks against it: “own” is 0\.500 off, it 4\.000\./);
  assert.match(text!, /Unexplained by any: R7, Magnitude is 0\.500 off/);
});
