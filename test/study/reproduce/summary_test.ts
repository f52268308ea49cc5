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
