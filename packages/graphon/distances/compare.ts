import type { LongCallOptions } from "@graphon-limit/runtime";
import type { StepGraphon } from "../step_graphon.ts";
import { type Watch, watchCall } from "../watch.ts";
import { cutNormBounds, type CutNormOptions } from "./cut_norm.ts";
import { degreeDistance } from "./degree_distance.ts";
import { fourCycles, starDensity, threePathDensity } from "./homomorphisms.ts";
import { graphonDifference, l1Norm, l2Norm } from "./norms.ts";

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

/** The densities of the small graphs of {@linkcode HomomorphismDensities}. Progress is told in percent. */
export async function homomorphismDensities(
  graphon: StepGraphon,
  call: LongCallOptions = {},
): Promise<HomomorphismDensities> {
  return await densitiesOf(graphon, watchCall(call));
}

async function densitiesOf(graphon: StepGraphon, watch: Watch): Promise<HomomorphismDensities> {
  return {
    edge: graphon.density,
    outputStar2: starDensity(graphon, "outputs", 2),
    outputStar3: starDensity(graphon, "outputs", 3),
    inputStar2: starDensity(graphon, "inputs", 2),
    inputStar3: starDensity(graphon, "inputs", 3),
    path3: threePathDensity(graphon),
    cycle4: await fourCycles(graphon, watch),
  };
}

/** All distances between two graphons. Progress is told in percent. */
export async function graphonDistances(
  a: StepGraphon,
  b: StepGraphon,
  { starts, seed, ...call }: CutNormOptions = {},
): Promise<GraphonDistances> {
  return await distancesBetween(a, b, { starts, seed }, watchCall(call));
}

async function distancesBetween(
  a: StepGraphon,
  b: StepGraphon,
  options: Pick<CutNormOptions, "starts" | "seed">,
  watch: Watch,
): Promise<GraphonDistances> {
  const difference = graphonDifference(a, b);
  const { lower, upper } = await cutNormBounds(difference, options, watch);
  const { outputs, inputs } = degreeDistance(a, b), l2 = l2Norm(difference);
  return {
    cutNormLower: lower,
    cutNormUpper: upper,
    l1: l1Norm(difference),
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

/** Compares two graphons by all distances and homomorphism densities. Progress is told in percent. */
export async function compareGraphons(
  a: StepGraphon,
  b: StepGraphon,
  { starts, seed, ...call }: CutNormOptions = {},
): Promise<GraphonComparison> {
  const watch = watchCall(call);
  return {
    distances: await distancesBetween(a, b, { starts, seed }, watch.part(0, 0.8)),
    densities: [await densitiesOf(a, watch.part(0.8, 0.9)), await densitiesOf(b, watch.part(0.9, 1))],
  };
}
