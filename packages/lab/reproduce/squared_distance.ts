import type { StepGraphon } from "@graphon-limit/graphon";

/**
 * The squared distance over the cells between what two sets of trials are estimates of, free of their noise, trial by trial: the
 * mean of the values is `‖mean A − mean B‖² − Σ s_A²/T − Σ s_B²/T` (design §3), and their spread is that of the jackknife's
 * pseudo-values, `T θ − (T − 1) θ_(−t)` with trial `t` of both sides left out, which serve as independent values of it
 * (Tukey 1958). Of fewer than three trials, of which none can be
 * left out, there is one value; of single ones it is their plain squared distance, noise and all.
 *
 * @param a,b as many trials each, trial `t` of one belonging to trial `t` of the other
 */
export function squaredDistances(a: readonly StepGraphon[], b: readonly StepGraphon[]): number[] {
  const count = a.length, products = productsOf([...a, ...b]);
  const all = Array.from({ length: count }, (_, trial) => trial);
  const whole = debiasedSquare(products, count, all);
  if (count < 3) return [whole];
  return all.map((left) =>
    count * whole - (count - 1) * debiasedSquare(products, count, all.filter((trial) => trial !== left))
  );
}

/** Inner products of all pairs. */
function productsOf(graphons: readonly StepGraphon[]): Float64Array[] {
  return graphons.map(({ values }) =>
    Float64Array.from(
      graphons,
      (other) => values.reduce((sum, value, cell) => sum + value * other.values[cell], 0),
    )
  );
}

/** The estimate from some of the trials. */
function debiasedSquare(products: readonly Float64Array[], count: number, trials: readonly number[]): number {
  const size = trials.length;
  /** The squared length of a side's mean, free of noise where there are two trials to see it by. */
  const own = (first: number) => {
    let off = 0, diagonal = 0;
    for (const s of trials) {
      for (const t of trials) {
        if (s === t) diagonal += products[first + s][first + t];
        else off += products[first + s][first + t];
      }
    }
    return size === 1 ? diagonal : off / (size * (size - 1));
  };
  let cross = 0;
  for (const s of trials) for (const t of trials) cross += products[s][count + t];
  return own(0) + own(count) - 2 * cross / size ** 2;
}
