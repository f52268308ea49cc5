import { methodLabel } from "../method_styles.ts";
import type { ClaimVerdict } from "./experiment.ts";
import { BASELINE } from "./paper.ts";
import type { Spectra } from "./spectra.ts";
import { choiceTitle, type KernelChoice } from "./spectrum_choices.ts";
import { percent } from "../kinds/network.ts";
import type { SpectrumResult } from "../kinds/spectrum.ts";
import { difference, type Estimate, estimate, sign, within, withMargin } from "../statistics/estimate.ts";

type Verdict = ClaimVerdict["verdict"];

/** A change smaller than this fraction of the value is no move of a kernel's shape. */
const SAME_SHAPE = 0.05;
/** Energies as near to each other as this are the same. */
const SAME_ENERGY = 0.02;

/** The change of a number from the least to the largest sparsity, trial by trial. */
function change(
  spectra: Spectra,
  method: string,
  choice: KernelChoice,
  number: (result: SpectrumResult) => number,
): Estimate {
  const [first, last] = [spectra.sparsities[0], spectra.sparsities[spectra.sparsities.length - 1]];
  return difference(
    spectra.of(method, last, choice).map(number),
    spectra.of(method, first, choice).map(number),
  );
}

/** Sparsities as a range, or undefined where there is but one and nothing can move. */
function range({ sparsities }: Spectra): string | undefined {
  return sparsities.length < 2
    ? undefined
    : `from ${percent(sparsities[0])} to ${percent(sparsities[sparsities.length - 1])}`;
}

/** Claim 3: random pruning leaves the shape of the kernel; energy, effective rank and decay do not move with sparsity. */
export function shapeVerdicts(spectra: Spectra): ClaimVerdict[] {
  const span = range(spectra);
  if (!span || !spectra.methods.includes("random")) return [];
  const shapes = [["energy5", "top-5 energy"], ["effectiveRank", "effective rank"], [
    "decayRate",
    "decay rate",
  ]] as const;
  return spectra.choices.map((choice) => {
    const findings = shapes.map(([metric, title]) => {
      const start = estimate(
        spectra.of("random", spectra.sparsities[0], choice).map((result) => result[metric]),
      ).mean;
      const moved = change(spectra, "random", choice, (result) => result[metric] / start);
      const detail = `${title} ${withMargin(scaled(moved, 100), 1)} %`;
      return { state: within(moved, SAME_SHAPE), detail };
    });
    const verdict: Verdict = findings.some(({ state }) => state === "beyond")
      ? "does not hold"
      : findings.every(({ state }) => state === "within")
      ? "holds"
      : "not decided";
    return {
      number: 3,
      choice: choiceTitle(choice),
      claim: `Random pruning leaves the kernel's shape (claim 3; ${choiceTitle(choice)}).`,
      verdict,
      detail: `Change ${span}, with its 95 % confidence interval: ${
        findings.map(({ detail }) => detail).join(", ")
      }; a change of up to ${100 * SAME_SHAPE} % counts as none.`,
    };
  });
}

/** Claim 4: SNIP and SynFlow concentrate energy in the top eigenvalues as sparsity grows; random does not. */
export function concentrationVerdicts(spectra: Spectra): ClaimVerdict[] {
  const span = range(spectra);
  const graded = spectra.methods.filter((method) => method !== BASELINE);
  if (!span || graded.length === spectra.methods.length) return [];
  const energy = ({ energy5 }: SpectrumResult) => energy5;
  return spectra.choices.flatMap((choice) => {
    const random = change(spectra, "random", choice, energy);
    const [first, last] = [spectra.sparsities[0], spectra.sparsities[spectra.sparsities.length - 1]];
    return graded.map((method) => {
      const grown = change(spectra, method, choice, energy);
      // The growth beyond random's, trial by trial.
      const growth = (name: string) =>
        spectra.of(name, last, choice).map((result, trial) =>
          energy(result) - energy(spectra.of(name, first, choice)[trial])
        );
      const beyond = difference(growth(method), growth("random"));
      const states = [sign(grown), sign(beyond)];
      const verdict: Verdict = states.every((state) => state === "above")
        ? "holds"
        : states.includes("below")
        ? "does not hold"
        : "not decided";
      return {
        number: 4,
        choice: choiceTitle(choice),
        claim:
          `${
            methodLabel(method)
          } concentrates energy in the top eigenvalues as sparsity grows, random pruning does ` +
          `not (claim 4; ${choiceTitle(choice)}).`,
        verdict,
        detail: `Change of the top-5 energy ${span}: ${methodLabel(method)} ${withMargin(grown, 4)}, random ${
          withMargin(random, 4)
        }, ${methodLabel(method)} beyond random ${withMargin(beyond, 4)} (95 % confidence).`,
      };
    });
  });
}

/** Claim 6: magnitude's eigenvalues are larger than random's, its energy concentration is not. */
export function magnitudeVerdicts(spectra: Spectra): ClaimVerdict[] {
  if (!spectra.methods.includes("magnitude") || !spectra.methods.includes("random")) return [];
  return spectra.sparsities.flatMap((sparsity) =>
    spectra.choices.map((choice) => {
      const meanLog = ({ eigenvalues }: SpectrumResult) =>
        eigenvalues.reduce((sum, value) => sum + Math.log(value), 0) / eigenvalues.length;
      const pair = (number: (result: SpectrumResult) => number) =>
        difference(
          spectra.of("magnitude", sparsity, choice).map(number),
          spectra.of("random", sparsity, choice).map(number),
        );
      const larger = pair(meanLog), energy = pair(({ energy5 }) => energy5);
      const smallEnergy = energy.mean + energy.margin <= SAME_ENERGY
        ? "within"
        : energy.mean - energy.margin > SAME_ENERGY
        ? "beyond"
        : "undecided";
      const verdict: Verdict = sign(larger) === "below" || smallEnergy === "beyond"
        ? "does not hold"
        : sign(larger) === "above" && smallEnergy === "within"
        ? "holds"
        : "not decided";
      return {
        number: 6,
        choice: choiceTitle(choice),
        claim:
          `Magnitude pruning's eigenvalues are larger than random pruning's, its energy concentration is not ` +
          `(claim 6; ${choiceTitle(choice)}).`,
        verdict,
        detail: `At ${
          percent(sparsity)
        }, magnitude less random: mean logarithm of the ten largest eigenvalues ${
          withMargin(larger, 3)
        }, top-5 energy ${withMargin(energy, 4)} (95 % confidence; up to ${SAME_ENERGY} counts as no more).`,
      };
    })
  );
}

function scaled({ mean, deviation, margin, count }: Estimate, factor: number): Estimate {
  return { mean: mean * factor, deviation: deviation * factor, margin: margin * factor, count };
}
