import { methodLabel } from "../method_styles.ts";
import type { ClaimVerdict } from "./experiment.ts";
import { initialiserTitle } from "./spectrum_choices.ts";
import { DENSE, percent } from "../kinds/network.ts";
import { difference, type Estimate, sign, withMargin } from "../statistics/estimate.ts";
import {
  type Contender,
  contenderLabel,
  type Curves,
  cutSentence,
  distinct,
  finalLosses,
  findContender,
  meanLosses,
} from "./training_curves.ts";

/**
 * Claims 5 and 7: at equal sparsity these methods lose less than random pruning. One verdict per initialiser, method and
 * sparsity; and one against random pruning that keeps as many weights in each layer as the method does, where it was trained.
 */
export function fasterVerdicts(curves: Curves, methods: readonly string[], claim: 5 | 7): ClaimVerdict[] {
  const places = distinct(curves.contenders, ({ initialiser, sparsity }) => ({ initialiser, sparsity }));
  return places.flatMap((place) =>
    methods.flatMap((method) =>
      [undefined, method].flatMap((quota): ClaimVerdict[] => {
        const random = findContender(curves, {
          ...place,
          method: "random",
          ...(quota === undefined ? {} : { quota }),
        });
        const own = findContender(curves, { ...place, method });
        if (!random || !own) return [];
        const rate = claim === 7 ? ` at learning rate ${curves.learningRate}` : "";
        const verdict = aheadVerdict(claim, own, random, rate, {
          ahead: difference(meanLosses(curves, random), meanLosses(curves, own)),
          what: `Loss averaged over ${curves.steps} steps`,
          trials: curves.trials,
        });
        return [unlessCut(curves, [own, random], verdict)];
      })
    )
  );
}

/** A verdict, which networks that pruning cut in two decide nothing of. */
export function unlessCut(
  curves: Curves,
  contenders: readonly Contender[],
  verdict: ClaimVerdict,
): ClaimVerdict {
  const cut = cutSentence(curves, contenders);
  return cut === "" ? verdict : { ...verdict, verdict: "not decided", detail: `${verdict.detail} ${cut}` };
}

/** The verdict that a contender loses less than random pruning. */
export function aheadVerdict(
  claim: 5 | 7,
  own: Contender,
  random: Contender,
  where: string,
  { ahead, what, trials }: { readonly ahead: Estimate; readonly what: string; readonly trials: number },
): ClaimVerdict {
  const choice = initialiserTitle(own.initialiser);
  const against = random.quota === undefined ? "random pruning" : "random pruning with its layer counts";
  return {
    number: claim,
    choice: random.quota === undefined ? choice : `${choice}, against its own layer counts`,
    claim: `${methodLabel(own.method)} at ${
      percent(own.sparsity)
    } loses less than ${against}${where} (claim ${claim}; ${choice}).`,
    verdict: decide(sign(ahead), "above"),
    detail: `${what}, ${contenderLabel(random).replace("Random", "random")} less ${
      methodLabel(own.method)
    }: ${withMargin(ahead, 3)} (95 % confidence, ${trials} trials in pairs).`,
  };
}

/** Claim 5: the loss at the end grows with sparsity. One verdict per initialiser and method, from the least sparsity to the largest. */
export function growthVerdicts(curves: Curves): ClaimVerdict[] {
  const lines = distinct(
    curves.contenders.filter(({ method, quota }) => method !== DENSE && quota === undefined),
    ({ initialiser, method }) => ({ initialiser, method }),
  );
  return lines.flatMap(({ initialiser, method }): ClaimVerdict[] => {
    const own = curves.contenders.filter((one) =>
      one.initialiser === initialiser && one.method === method && one.quota === undefined
    );
    const least = own.reduce((a, b) => b.sparsity < a.sparsity ? b : a);
    const most = own.reduce((a, b) => b.sparsity > a.sparsity ? b : a);
    if (least === most) return [];
    const growth = difference(finalLosses(curves, most), finalLosses(curves, least));
    const choice = initialiserTitle(initialiser);
    return [unlessCut(curves, [least, most], {
      number: 5,
      choice,
      claim: `The loss at the end grows with sparsity under ${methodLabel(method)} (claim 5; ${choice}).`,
      verdict: decide(sign(growth), "above"),
      detail: `From ${percent(least.sparsity)} to ${percent(most.sparsity)}: ${
        withMargin(growth, 3)
      } (95 % confidence).`,
    })];
  });
}

/** Claim 5: magnitude pruning lies between random pruning and SNIP. */
export function betweenVerdict(curves: Curves): ClaimVerdict[] {
  const places = distinct(curves.contenders, ({ initialiser, sparsity }) => ({ initialiser, sparsity }));
  return places.flatMap((place): ClaimVerdict[] => {
    const [random, magnitude, snip] = ["random", "magnitude", "snip"].map((method) =>
      findContender(curves, { ...place, method })
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
    const choice = initialiserTitle(place.initialiser);
    return [unlessCut(curves, [random, magnitude, snip], {
      number: 5,
      choice,
      claim: `Magnitude pruning at ${
        percent(place.sparsity)
      } lies between random pruning and SNIP (claim 5; ${choice}).`,
      verdict,
      detail:
        `Loss averaged over ${curves.steps} steps: random less magnitude ${withMargin(overRandom, 3)}, ` +
        `magnitude less SNIP ${withMargin(underSnip, 3)} (95 % confidence).`,
    })];
  });
}

function decide(found: ReturnType<typeof sign>, claimed: "above" | "below"): ClaimVerdict["verdict"] {
  if (found === "undecided") return "not decided";
  return found === claimed ? "holds" : "does not hold";
}
