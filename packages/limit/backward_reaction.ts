import { Matrix as HostMatrix } from "ml-matrix";
import type { Activation } from "@graphon-limit/model";
import { ACTIVATION_FUNCTIONS } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import type { Covariances } from "./covariances.ts";
import type { GaussianTypes } from "./gaussian_types.ts";
import { type Covariance, gram, hadamard } from "./matrices.ts";

/** Types over which the moments of smooth activations are averaged. */
const MOMENT_TYPES = 1000;

/**
 * The coefficients E^(l) of h^(l) in GraSP's backward tangent ġ^(l), over ε, layer by layer:
 * `E^(l) = D^(l+1) + σ_w² M^(l+1)`. D is what V^(l+1)ᵀδ^(l+1) gives; M what W^(l+1)ᵀδ̇^(l+1) gives beyond a normal vector
 * because δ̇^(l+1) depends on z^(l+1) = W^(l+1)h^(l): the mean derivative `E[∂δ̇(b)/∂z(b')]`, by Stein's lemma.
 */
export async function reactions(
  { preActivations, signalLaws, output }: GaussianTypes,
  { preActivation, slope }: Covariances,
  kernels: readonly Covariance[],
  variance: number,
  activation: Activation,
): Promise<Covariance[]> {
  const hidden = slope.length, samples = slope[0].rows;
  const coefficients = [gram(output.gradient, output.gradient, samples, 1)];
  for (let layer = hidden - 1; layer > 0; layer--) {
    const own = coefficients[0];
    const reaction = HostMatrix.add(
      hadamard(slope[layer], own),
      activation === "relu" ? cornerReaction(own, preActivation[layer]) : await smoothReaction(
        own,
        preActivations[layer],
        hadamard(kernels[layer], signalLaws[layer]),
        activation,
      ),
    );
    coefficients.unshift(HostMatrix.add(hadamard(slope[layer], signalLaws[layer]), reaction.mul(variance)));
  }
  return coefficients;
}

/**
 * ReLU's φ'' is a unit impulse: `E[φ''(z_b) Σ_a E_ba φ(z_a)]` is the density of z_b at 0 times the mean of the rest given
 * z_b = 0. On the diagonal.
 */
function cornerReaction(coefficient: Covariance, law: Covariance): Covariance {
  const samples = law.rows, diagonal = new Array<number>(samples).fill(0);
  for (let b = 0; b < samples; b++) {
    const own = law.get(b, b);
    if (!(own > 0)) continue;
    for (let a = 0; a < samples; a++) {
      const rest = Math.max(law.get(a, a) - law.get(a, b) ** 2 / own, 0);
      diagonal[b] += coefficient.get(b, a) * Math.sqrt(rest / own) / (2 * Math.PI);
    }
  }
  return HostMatrix.diag(diagonal);
}

/**
 * The same of a smooth φ, by means over sampled pre-activations, with what φ''(z) ż g adds (`pairs` = A ∘ Γ):
 * `E[φ''_b φ''_b'] pairs_bb'`, and on the diagonal `E[φ''_b Σ_a E_ba φ_a] + E[φ'''_b Σ_a φ'_a pairs_ba]`.
 */
async function smoothReaction(
  coefficient: Covariance,
  preActivations: Matrix,
  pairs: Covariance,
  activation: Exclude<Activation, "relu">,
): Promise<Covariance> {
  const samples = preActivations.cols, count = Math.min(preActivations.rows, MOMENT_TYPES);
  const { value, slope, curvature } = ACTIVATION_FUNCTIONS[activation];
  const z = await preActivations.device.read(preActivations, [0, count]);
  const of = (f: (at: number) => number) => Float64Array.from(z, f);
  const values = of(value), slopes = of(slope), curvatures = of(curvature), thirds = of(THIRD[activation]);
  const result = hadamard(gram(curvatures, curvatures, samples, 1 / count), pairs);
  const byValue = gram(curvatures, values, samples, 1 / count);
  const bySlope = gram(thirds, slopes, samples, 1 / count);
  for (let b = 0; b < samples; b++) {
    let diagonal = result.get(b, b);
    for (let a = 0; a < samples; a++) {
      diagonal += byValue.get(b, a) * coefficient.get(b, a) + bySlope.get(b, a) * pairs.get(b, a);
    }
    result.set(b, b, diagonal);
  }
  return result;
}

/** φ'''. */
const THIRD: Record<Exclude<Activation, "relu">, (z: number) => number> = {
  erf: (z) => (4 * z * z - 2) * ACTIVATION_FUNCTIONS.erf.slope(z),
  tanh: (z) => (6 * Math.tanh(z) ** 2 - 2) * ACTIVATION_FUNCTIONS.tanh.slope(z),
  linear: () => 0,
};
