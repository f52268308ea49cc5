import type { StepGraphon } from "@graphon-limit/graphon";

/**
 * The squared distance over the cells between what two sets of trials are estimates of, free of their noise, trial by trial.
 * Their mean is `‖mean D‖² − Σ s_D²/T` of the differences `D_t = A_t − B_t`, without bias, and their spread is that of the
 * jackknife's pseudo-values, `T θ − (T − 1) θ_(−t)` with trial `t` left out, which serve as independent values of it (Tukey
 * 1958). Of fewer than three trials, of which none can be left out, there is one value; of single ones it is their plain squared
 * distance, noise and all.
 *
 * @param a,b as many trials each, over the same cells
 */
export function squaredDistances(a: readonly StepGraphon[], b: readonly StepGraphon[]): number[] {
  const count = a.length;
  const differences = a.map(({ values }, trial) =>
    values.map((value, cell) => value - b[trial].values[cell])
  );
  const products = differences.map((one) =>
    Float64Array.from(
      differences,
      (other) => one.reduce((sum, value, cell) => sum + value * other[cell], 0),
    )
  );
  if (count === 1) return [products[0][0]];
  // Products of different trials have no noise in common: their mean has no bias.
  const ofTrial = products.map((row, trial) => row.reduce((sum, value) => sum + value, 0) - row[trial]);
  const sum = ofTrial.reduce((total, value) => total + value, 0), whole = sum / (count * (count - 1));
  if (count === 2) return [whole];
  return ofTrial.map((own) => {
    const without = (sum - 2 * own) / ((count - 1) * (count - 2));
    return count * whole - (count - 1) * without;
  });
}
