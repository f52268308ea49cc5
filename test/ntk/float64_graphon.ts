import type { StepGraphon } from "@graphon-limit/graphon";

/** Dual activations in float64, written apart from the library: `[E φφ, E φ'φ']`. */
export const DUALS = {
  relu(aa: number, bb: number, ab: number): [number, number] {
    const angle = Math.acos(Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb))));
    const value = Math.sqrt(aa * bb) * (Math.sin(angle) + (Math.PI - angle) * Math.cos(angle));
    return [value / (2 * Math.PI), (Math.PI - angle) / (2 * Math.PI)];
  },
  erf(aa: number, bb: number, ab: number): [number, number] {
    const product = (1 + 2 * aa) * (1 + 2 * bb);
    return [
      2 / Math.PI * Math.asin(2 * ab / Math.sqrt(product)),
      4 / Math.PI / Math.sqrt(product - 4 * ab * ab),
    ];
  },
  linear: (_aa: number, _bb: number, ab: number): [number, number] => [ab, 1],
  /** By the midpoint rule over seven deviations. */
  tanh(aa: number, bb: number, ab: number): [number, number] {
    const steps = 120, width = 14 / steps, rest = Math.sqrt(Math.max(bb - ab * ab / aa, 0));
    const slope = (z: number) => 1 - Math.tanh(z) ** 2;
    let values = 0, slopes = 0;
    for (let i = 0; i < steps; i++) {
      const z = (i + 0.5) * width - 7, a = Math.sqrt(aa) * z, mean = ab / Math.sqrt(aa) * z;
      for (let j = 0; j < steps; j++) {
        const y = (j + 0.5) * width - 7, b = mean + rest * y;
        const weight = width * width / (2 * Math.PI) * Math.exp(-(z * z + y * y) / 2);
        values += weight * Math.tanh(a) * Math.tanh(b);
        slopes += weight * slope(a) * slope(b);
      }
    }
    return [values, slopes];
  },
};

/** The recursions of docs/mathematics.md §4 for one pair of samples, every sum written out. */
export function graphonNtk64(
  graphons: readonly StepGraphon[],
  moments: readonly StepGraphon[],
  x: readonly number[],
  y: readonly number[],
  activation: keyof typeof DUALS,
  weightVariance: number,
  gradients: "masked" | "variance",
): { kernel: number; covariances: number[][]; gradientKernels: number[][] } {
  const depth = graphons.length, groups = graphons[0].cols, size = x.length / groups;
  const products = (a: readonly number[], b: readonly number[]) =>
    Array.from({ length: groups }, (_, g) => {
      let sum = 0;
      for (let v = g * size; v < (g + 1) * size; v++) sum += a[v] * b[v];
      return sum / size;
    });
  const signals: number[][][] = [[products(x, x)], [products(y, y)], [products(x, y)]];
  const covariances: number[][] = [], slopes: number[][] = [];
  for (let l = 0; l + 1 < depth; l++) {
    const { rows, cols, values } = moments[l];
    const [aa, bb, ab] = signals.map((signal) =>
      Array.from({ length: rows }, (_, u) => {
        let sum = 0;
        for (let v = 0; v < cols; v++) sum += values[u * cols + v] * signal[l][v];
        return weightVariance * sum / cols;
      })
    );
    covariances.push(ab);
    signals[0].push(aa.map((a) => DUALS[activation](a, a, a * (1 - 1e-15))[0]));
    signals[1].push(bb.map((b) => DUALS[activation](b, b, b * (1 - 1e-15))[0]));
    signals[2].push(ab.map((c, u) => DUALS[activation](aa[u], bb[u], c)[0]));
    slopes.push(ab.map((c, u) => DUALS[activation](aa[u], bb[u], c)[1]));
  }
  const gradientKernels: number[][] = new Array(depth);
  gradientKernels[depth - 1] = new Array(graphons[depth - 1].rows).fill(1);
  for (let l = depth - 1; l > 0; l--) {
    const { rows, cols, values } = moments[l];
    gradientKernels[l - 1] = slopes[l - 1].map((slope, u) => {
      let sum = 0;
      for (let w = 0; w < rows; w++) sum += values[w * cols + u] * gradientKernels[l][w];
      return slope * weightVariance * sum / rows;
    });
  }
  let kernel = 0;
  graphons.forEach(({ rows, cols, values }, l) => {
    for (let u = 0; u < rows; u++) {
      for (let v = 0; v < cols; v++) {
        const weight = gradients === "masked" ? values[u * cols + v] : 1;
        kernel += gradientKernels[l][u] * weight * signals[2][l][v] / (rows * cols);
      }
    }
  });
  return { kernel, covariances, gradientKernels: gradientKernels.slice(0, -1) };
}

/** The classical NTK of a dense network, by the recursion of Jacot et al. 2018: `Θ' = Σ' + Θ σ² Σ̇`. */
export function denseNtk64(
  x: readonly number[],
  y: readonly number[],
  hidden: number,
  activation: keyof typeof DUALS,
  weightVariance: number,
): number {
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * b[i], 0);
  let [aa, bb, ab] = [dot(x, x), dot(y, y), dot(x, y)].map((value) => value / x.length);
  let kernel = ab;
  for (let l = 0; l < hidden; l++) {
    const [a, b, c] = [aa, bb, ab].map((value) => weightVariance * value);
    const dual = DUALS[activation], [value, slope] = dual(a, b, c);
    [aa, bb, ab] = [dual(a, a, a)[0], dual(b, b, b)[0], value];
    kernel = ab + kernel * weightVariance * slope;
  }
  return kernel;
}
