import type { StepGraphon } from "@graphon-limit/graphon";
import { methodLabel } from "../method_styles.ts";
import { GRAPHON_CLAIMS } from "./paper.ts";
import type { ClaimVerdict } from "./experiment.ts";
import { type Configuration, referenceOf } from "./configuration.ts";
import { fall, signOf, squaredDistance, withBounds } from "../statistics/squared_distance.ts";
import { initialiserTitle } from "./spectrum_choices.ts";
import { percent } from "../kinds/network.ts";
import { estimate, sign, withInterval } from "../statistics/estimate.ts";

/** The largest width of each method, depth, sparsity and layer. */
function references(configurations: readonly Configuration[]): Configuration[] {
  return configurations.filter((one) => referenceOf(configurations, one) === one);
}

function about({ initialiser, hidden, sparsity }: Configuration): string {
  return `${initialiserTitle(initialiser)}, ${hidden + 1} layers, ${percent(sparsity)}`;
}

/**
 * How uneven a graphon's degrees are, as a multiple of what sorting makes of a constant graphon's masks: there a degree is a
 * binomial count, and the spread of the two degree functions adds up to `p(1−p)/n` each.
 */
function unevenness(graphon: StepGraphon, width: number): number {
  const { outputs, inputs } = graphon.degrees(), p = graphon.density;
  const variance = (degrees: Float64Array) =>
    degrees.reduce((sum, degree) => sum + (degree - p) ** 2, 0) / degrees.length;
  return Math.sqrt((variance(outputs) + variance(inputs)) / (2 * p * (1 - p) / width));
}

/** A constant graphon's masks are as uneven as binomial degrees, up to this factor. */
const CONSTANT = 1.25;
/** Graded graphons are more uneven than that by far. */
const GRADED = 3;
/** This fraction of a layer's neurons without a weight makes a block of dead ones. */
const DEAD_BLOCK = 0.05;

/** Claim 1: random and magnitude masks converge to a constant graphon. */
export function constantVerdicts(configurations: readonly Configuration[]): ClaimVerdict[] {
  return references(configurations).filter(({ method }) => GRAPHON_CLAIMS.constant.includes(method)).map(
    (one) => {
      const ratio = estimate(one.masks.graphons.map((graphon) => unevenness(graphon, one.width)));
      const beyond = { ...ratio, mean: ratio.mean - CONSTANT };
      const found = sign(beyond);
      return {
        number: 1,
        choice: initialiserTitle(one.initialiser),
        claim: `${methodLabel(one.method)} masks have a constant graphon (claim 1; ${
          initialiserTitle(one.initialiser)
        }).`,
        verdict: found === "undecided" ? "not decided" : found === "below" ? "holds" : "does not hold",
        detail: `Spread of the degrees at n = ${one.width}, as a multiple of a constant graphon's: ${
          withInterval(ratio, 2)
        } (95 % confidence; up to ${CONSTANT} counts as constant; ${about(one)}).`,
      };
    },
  );
}

/**
 * Claim 1: the distance of every method falls with width. Judged on the debiased squared distance to the largest width: its fall
 * from the smallest width to the last one before that must be above zero, and none of the steps between may rise; a rise counts
 * where it is beyond what one step in all of them would show by chance.
 */
export function convergenceVerdicts(configurations: readonly Configuration[]): ClaimVerdict[] {
  return references(configurations).flatMap((reference): ClaimVerdict[] => {
    const smaller = configurations
      .filter((one) => one !== reference && referenceOf(configurations, one) === reference)
      .sort((a, b) => a.width - b.width);
    if (smaller.length < 2) return [];
    const squaresAt = (level: number) =>
      smaller.map(({ masks }) => squaredDistance(masks.graphons, reference.masks.graphons, level));
    const squares = squaresAt(0.95);
    // A rise of any step would refute the claim: all steps together are looked at with this confidence (Bonferroni).
    const surer = squaresAt(1 - 0.05 / (smaller.length - 1));
    const steps = surer.slice(1).map((wider, i) => signOf(fall(surer[i], wider)));
    const whole = fall(squares[0], squares[squares.length - 1]);
    const verdict = steps.includes("below") || signOf(whole) === "below"
      ? "does not hold"
      : signOf(whole) === "above"
      ? "holds"
      : "not decided";
    const debiased = smaller.map(({ width }, i) => `${Math.sqrt(squares[i].value).toFixed(2)} at ${width}`);
    return [{
      number: 1,
      choice: initialiserTitle(reference.initialiser),
      claim: `The distance of ${methodLabel(reference.method)} masks falls with width (claim 1; ${
        about(reference)
      }).`,
      verdict,
      detail: `Debiased distance to the average of n = ${reference.width}: ${
        debiased.join(", ")
      }; its square falls by ${withBounds(whole, 2)}.`,
    }];
  });
}

/** Claim 2: SNIP and GraSP give graded graphons with hubs, SynFlow blocks with dead neurons. */
export function structureVerdicts(configurations: readonly Configuration[]): ClaimVerdict[] {
  return references(configurations).flatMap((one): ClaimVerdict[] => {
    const { method, width, masks } = one;
    if (GRAPHON_CLAIMS.graded.includes(method)) {
      const ratio = estimate(masks.graphons.map((graphon) => unevenness(graphon, width)));
      const hub = estimate(masks.graphons.map((graphon) => graphon.degrees().outputs[0] / graphon.density));
      const found = sign({ ...ratio, mean: ratio.mean - GRADED });
      return [{
        number: 2,
        choice: initialiserTitle(one.initialiser),
        claim: `${methodLabel(method)} gives a graded graphon with hubs (claim 2; ${
          initialiserTitle(one.initialiser)
        }).`,
        verdict: found === "undecided" ? "not decided" : found === "above" ? "holds" : "does not hold",
        detail: `Spread of the degrees at n = ${width}, as a multiple of a constant graphon's: ${
          withInterval(ratio, 1)
        }, above ${GRADED} counts as graded; the first interval of outputs has ${
          withInterval(hub, 2)
        } times the average degree (95 % confidence; ${about(one)}).`,
      }];
    }
    if (!GRAPHON_CLAIMS.blocks.includes(method)) return [];
    const dead = estimate(masks.deadOutputs);
    const found = sign({ ...dead, mean: dead.mean - DEAD_BLOCK });
    return [{
      number: 2,
      choice: initialiserTitle(one.initialiser),
      claim: `${methodLabel(method)} gives blocks with dead neurons (claim 2; ${
        initialiserTitle(one.initialiser)
      }).`,
      verdict: found === "undecided" ? "not decided" : found === "above" ? "holds" : "does not hold",
      detail: `Fraction of outputs without any weight at n = ${width}: ${
        withInterval(dead, 3)
      }, above ${DEAD_BLOCK} counts as a block (95 % confidence; ${about(one)}).`,
    }];
  });
}
