import { methodLabel } from "../figures/palette.ts";
import type { ReportVerdict } from "../report/report.ts";
import { percent } from "./spectrum_units.ts";
import { difference, estimate, sign, withMargin } from "./statistics.ts";
import { type Contender, type Curves, finalLosses } from "./training_experiments.ts";

/** Each trial's mean loss over all steps: how fast a network trains, with far less noise than any one step's loss. */
function meanLosses(curves: Curves, contender: Contender): number[] {
  return curves.of(contender).map((losses) => estimate(losses).mean);
}

function find({ contenders }: Curves, method: string, sparsity: number): Contender | undefined {
  return contenders.find((contender) => contender.method === method && contender.sparsity === sparsity);
}

/** Claims 5 and 7: at equal sparsity these methods lose less than random pruning. One verdict per method and sparsity. */
export function fasterVerdicts(curves: Curves, methods: readonly string[], claim: 5 | 7): ReportVerdict[] {
  const sparsities = [...new Set(curves.contenders.map(({ sparsity }) => sparsity))];
  return methods.flatMap((method) =>
    sparsities.flatMap((sparsity): ReportVerdict[] => {
      const random = find(curves, "random", sparsity), own = find(curves, method, sparsity);
      if (!random || !own) return [];
      const ahead = difference(meanLosses(curves, random), meanLosses(curves, own));
      const rate = claim === 7 ? ` at learning rate ${curves.learningRate}` : "";
      return [{
        claim: `${methodLabel(method)} at ${
          percent(sparsity)
        } loses less than random pruning${rate} (claim ${claim}).`,
        verdict: decide(sign(ahead), "above"),
        detail: `Loss averaged over ${curves.steps} steps, random less ${methodLabel(method)}: ${
          withMargin(ahead, 3)
        } (95 % confidence, ${curves.trials} trials in pairs).`,
      }];
    })
  );
}

/** Claim 5: the loss at the end grows with sparsity. One verdict per method, from the least to the largest sparsity. */
export function growthVerdicts(curves: Curves): ReportVerdict[] {
  const methods = [...new Set(curves.contenders.map(({ method }) => method))].filter((name) =>
    name !== "dense"
  );
  return methods.flatMap((method): ReportVerdict[] => {
    const own = curves.contenders.filter((contender) => contender.method === method);
    const least = own.reduce((a, b) => b.sparsity < a.sparsity ? b : a);
    const most = own.reduce((a, b) => b.sparsity > a.sparsity ? b : a);
    if (least === most) return [];
    const growth = difference(finalLosses(curves, most), finalLosses(curves, least));
    return [{
      claim: `The loss at the end grows with sparsity under ${methodLabel(method)} (claim 5).`,
      verdict: decide(sign(growth), "above"),
      detail: `From ${percent(least.sparsity)} to ${percent(most.sparsity)}: ${
        withMargin(growth, 3)
      } (95 % confidence).`,
    }];
  });
}

/** Claim 5: magnitude pruning lies between random pruning and SNIP. */
export function betweenVerdict(curves: Curves): ReportVerdict[] {
  const sparsities = [...new Set(curves.contenders.map(({ sparsity }) => sparsity))];
  return sparsities.flatMap((sparsity): ReportVerdict[] => {
    const [random, magnitude, snip] = ["random", "magnitude", "snip"].map((name) =>
      find(curves, name, sparsity)
    );
    if (!random || !magnitude || !snip) return [];
    const [slowest, middle, fastest] = [random, magnitude, snip].map((one) => meanLosses(curves, one));
    const overRandom = difference(slowest, middle), underSnip = difference(middle, fastest);
    const signs = [sign(overRandom), sign(underSnip)];
    const verdict = signs.every((one) => one === "above")
      ? "holds"
      : signs.includes("below")
      ? "does not hold"
      : "not decided";
    return [{
      claim: `Magnitude pruning at ${percent(sparsity)} lies between random pruning and SNIP (claim 5).`,
      verdict,
      detail:
        `Loss averaged over ${curves.steps} steps: random less magnitude ${withMargin(overRandom, 3)}, ` +
        `magnitude less SNIP ${withMargin(underSnip, 3)} (95 % confidence).`,
    }];
  });
}

function decide(found: ReturnType<typeof sign>, claimed: "above" | "below"): ReportVerdict["verdict"] {
  if (found === "undecided") return "not decided";
  return found === claimed ? "holds" : "does not hold";
}
