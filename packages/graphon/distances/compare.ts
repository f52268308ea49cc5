import { InvalidArgumentError, type LongCallOptions } from "@graphon-limit/runtime";
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
  return await comparisonOf(a, b, { starts, seed }, watchCall(call));
}

/**
 * Compares two convolutions, each as the graphons of its taps (docs/mathematics.md §3): cut norm, L1 and densities are means over taps,
 * L2 and degrees their square roots of mean squares, and the Frobenius distance is over the cells of all taps.
 *
 * @throws {InvalidArgumentError} unless both have as many taps, and some
 */
export async function compareTaps(
  a: readonly StepGraphon[],
  b: readonly StepGraphon[],
  { starts, seed, ...call }: CutNormOptions = {},
): Promise<GraphonComparison> {
  if (a.length === 0 || a.length !== b.length) {
    throw new InvalidArgumentError(
      `Expected two convolutions of as many taps but found ${a.length} and ${b.length}`,
    );
  }
  const watch = watchCall(call), found: GraphonComparison[] = [];
  for (const [tap, graphon] of a.entries()) {
    found.push(await comparisonOf(graphon, b[tap], { starts, seed }, watch.nth(tap, a.length)));
  }
  // The root of one square is not always the number itself.
  if (found.length === 1) return found[0];
  const distances = found.map((one) => one.distances);
  const square = (name: "l2" | "frobenius" | "outputDegrees" | "inputDegrees") =>
    meanOf(distances.map((one) => one[name] ** 2));
  return {
    distances: {
      cutNormLower: meanOf(distances.map(({ cutNormLower }) => cutNormLower)),
      cutNormUpper: meanOf(distances.map(({ cutNormUpper }) => cutNormUpper)),
      l1: meanOf(distances.map(({ l1 }) => l1)),
      l2: Math.sqrt(square("l2")),
      frobenius: Math.sqrt(a.length * square("frobenius")),
      outputDegrees: Math.sqrt(square("outputDegrees")),
      inputDegrees: Math.sqrt(square("inputDegrees")),
    },
    densities: [
      meanDensities(found.map(({ densities: [own] }) => own)),
      meanDensities(found.map(({ densities: [, other] }) => other)),
    ],
  };
}

async function comparisonOf(
  a: StepGraphon,
  b: StepGraphon,
  options: Pick<CutNormOptions, "starts" | "seed">,
  watch: Watch,
): Promise<GraphonComparison> {
  return {
    distances: await distancesBetween(a, b, options, watch.part(0, 0.8)),
    densities: [await densitiesOf(a, watch.part(0.8, 0.9)), await densitiesOf(b, watch.part(0.9, 1))],
  };
}

function meanDensities(taps: readonly HomomorphismDensities[]): HomomorphismDensities {
  const mean = (name: keyof HomomorphismDensities) => meanOf(taps.map((tap) => tap[name]));
  return {
    edge: mean("edge"),
    outputStar2: mean("outputStar2"),
    outputStar3: mean("outputStar3"),
    inputStar2: mean("inputStar2"),
    inputStar3: mean("inputStar3"),
    path3: mean("path3"),
    cycle4: mean("cycle4"),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
