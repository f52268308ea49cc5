import { StepGraphon } from "./step_graphon.ts";

/**
 * Second moments of weights drawn anew with a variance that follows each neuron's kept inputs (`redraw` by `fan-in`): a row
 * with the degree `d(u) = mean_v P(u, v)` has weights of `1/d(u)` times the variance of a dense row's, so that
 *
 *     V(u, v) = P(u, v) / mean_v P(u, v)        (0 where the mean is)
 *
 * and every living neuron's second moments have the mean 1.
 *
 * @param graphons keep probabilities `P` [K_l, K_{l−1}], one per layer of weights
 */
export function fanInMoments(graphons: readonly StepGraphon[]): StepGraphon[] {
  return graphons.map((graphon) => {
    const { rows, cols, values } = graphon, { outputs } = graphon.degrees();
    const moments = values.map((value, cell) => {
      const degree = outputs[Math.floor(cell / cols)];
      return degree > 0 ? value / degree : 0;
    });
    return new StepGraphon(rows, cols, moments);
  });
}
