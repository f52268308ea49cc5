import { StepGraphon } from "../step_graphon.ts";
import { l2Distance } from "./norms.ts";

/** How far the degree functions of two graphons are apart. */
export interface DegreeDistance {
  readonly outputs: number;
  readonly inputs: number;
}

/**
 * The L2 distances `√∫ (d_A − d_B)²` of the degree functions in descending order, of the outputs and of the inputs. They are
 * the same for any order of the graphons' positions, and 0 where the L2 distance is; the grids may differ.
 */
export function degreeDistance(a: StepGraphon, b: StepGraphon): DegreeDistance {
  const ofA = a.degrees(), ofB = b.degrees();
  const distance = (x: Float64Array, y: Float64Array) => l2Distance(asColumn(x), asColumn(y));
  return { outputs: distance(ofA.outputs, ofB.outputs), inputs: distance(ofA.inputs, ofB.inputs) };
}

/** A degree function as a graphon that depends on one position only. */
function asColumn(degrees: Float64Array): StepGraphon {
  return new StepGraphon(degrees.length, 1, degrees.slice().sort().reverse());
}
