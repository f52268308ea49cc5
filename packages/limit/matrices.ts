import { EigenvalueDecomposition, Matrix as HostMatrix } from "ml-matrix";

/** A square symmetric matrix over the samples of a batch, on the host. */
export type Covariance = HostMatrix;

/** `Σ_k scale · left_k right_kᵀ`-like products of [rows, samples] arrays: `scale · leftᵀ right`. */
export function gram(
  left: ArrayLike<number>,
  right: ArrayLike<number>,
  samples: number,
  scale: number,
): Covariance {
  const result = HostMatrix.zeros(samples, samples);
  for (let start = 0; start < left.length; start += samples) {
    for (let a = 0; a < samples; a++) {
      const value = scale * left[start + a];
      if (value === 0) continue;
      for (let b = 0; b < samples; b++) result.set(a, b, result.get(a, b) + value * right[start + b]);
    }
  }
  return result;
}

/** The element by element product. */
export function hadamard(a: Covariance, b: Covariance): Covariance {
  return HostMatrix.mul(a, b);
}

/** The eigenvectors (columns) and eigenvalues of a symmetric matrix. */
export function eigen(matrix: Covariance): { vectors: HostMatrix; values: number[] } {
  const symmetric = HostMatrix.add(matrix, matrix.transpose()).mul(0.5);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  return { vectors: eigenvectorMatrix, values: realEigenvalues };
}

/**
 * The symmetric F with F F the covariance, negative eigenvalues (rounding) taken as zero. It does not depend on the signs and
 * rotations that eigenvectors come with, so that one seed draws the same types on every device.
 */
export function root(covariance: Covariance): HostMatrix {
  const { vectors, values } = eigen(covariance);
  const roots = values.map((value) => Math.sqrt(Math.max(value, 0)));
  return vectors.clone().mulRowVector(roots).mmul(vectors.transpose());
}

/** The pseudo-inverse of a covariance; eigenvalues below `relative` times the largest count as none. */
export function pseudoInverse(covariance: Covariance, relative: number): HostMatrix {
  const { vectors, values } = eigen(covariance);
  const floor = relative * values.reduce((most, value) => Math.max(most, value), 0);
  const inverted = values.map((value) => value > floor ? 1 / value : 0);
  return vectors.clone().mulRowVector(inverted).mmul(vectors.transpose());
}
