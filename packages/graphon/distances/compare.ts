import type { StepGraphon } from "../step_graphon.ts";
import { cutNorm, type CutNormOptions } from "./cut_norm.ts";
import { degreeDistance } from "./degree_distance.ts";
import { fourCycleDensity, starDensity, threePathDensity } from "./homomorphisms.ts";
import { graphonDifference, l1Distance, l2Distance } from "./norms.ts";

/** How far two graphons are apart, by every distance there is. The grids may differ. */
export interface GraphonDistances {
  readonly cutNormLower: number;
  readonly cutNormUpper: number;
  readonly l1: number;
  readonly l2: number;
  /** `√Σ (A − B)²` over the cells of the common grid. */
  readonly frobenius: number;
  readonly outputDegrees: number;
  readonly inputDegrees: number;
}

/** Homomorphism densities of one graphon, by the name of the small graph. */
export interface HomomorphismDensities {
  readonly edge: number;
  readonly outputStar2: number;
  readonly outputStar3: number;
  readonly inputStar2: number;
  readonly inputStar3: number;
  readonly path3: number;
  readonly cycle4: number;
}

/** The densities of the small graphs of {@linkcode HomomorphismDensities}. */
export function homomorphismDensities(graphon: StepGraphon): HomomorphismDensities {
  return {
    edge: graphon.density,
    outputStar2: starDensity(graphon, "outputs", 2),
    outputStar3: starDensity(graphon, "outputs", 3),
    inputStar2: starDensity(graphon, "inputs", 2),
    inputStar3: starDensity(graphon, "inputs", 3),
    path3: threePathDensity(graphon),
    cycle4: fourCycleDensity(graphon),
  };
}

/** All distances between two graphons. */
export function graphonDistances(a: StepGraphon, b: StepGraphon, options?: CutNormOptions): GraphonDistances {
  const difference = graphonDifference(a, b), { lower, upper } = cutNorm(difference, options);
  const { outputs, inputs } = degreeDistance(a, b), l2 = l2Distance(a, b);
  return {
    cutNormLower: lower,
    cutNormUpper: upper,
    l1: l1Distance(a, b),
    l2,
    frobenius: l2 * Math.sqrt(difference.values.length),
    outputDegrees: outputs,
    inputDegrees: inputs,
  };
}

/** Two graphons side by side. */
export interface GraphonComparison {
  readonly distances: GraphonDistances;
  readonly densities: readonly [HomomorphismDensities, HomomorphismDensities];
}

/** Compares two graphons by all distances and homomorphism densities. */
export function compareGraphons(
  a: StepGraphon,
  b: StepGraphon,
  options?: CutNormOptions,
): GraphonComparison {
  return {
    distances: graphonDistances(a, b, options),
    densities: [homomorphismDensities(a), homomorphismDensities(b)],
  };
}
