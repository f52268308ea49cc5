import { HostKernels } from "@graphon-limit/runtime";
import type { WeightLaw } from "./keep_probability.ts";
import { survival_bounds as assembly } from "./wasm/signatures.ts";

/** How one side's sums are seen along edges: they change by `(ω slope − mean)/n`, ω being the edge's own weight. */
export interface SeenAnswers {
  /** [outputs, inputs]. */
  readonly slopes: Float32Array;
  /** [partners]. */
  readonly means: Float64Array;
}

/** What a round's pruning goes by: r of the inputs and c of the outputs, and how they are seen. */
export interface SurvivalRound {
  readonly threshold: number;
  readonly round: number;
  readonly r: Float64Array;
  readonly c: Float64Array;
  readonly answers: { readonly r: SeenAnswers; readonly c: SeenAnswers };
}

/** The number of neurons, the width that they stand for, and the law of weights. */
export interface SurvivalLayer {
  readonly count: number;
  readonly width: number;
  readonly law: WeightLaw;
}

/**
 * Of every pair of a layer's neurons the least weight that has outlasted SynFlow's rounds at a finite width (docs/mathematics.md §5), in
 * deviations: `τ/(c_i r_j)`, the largest of the rounds so far.
 */
export interface SurvivalBounds extends Disposable {
  /** The same with what either neuron sees of the other through an edge of just that weight. */
  readonly kicked: Float32Array;
  /** Takes a round into account. */
  raise(round: SurvivalRound): void;
  /**
   * Of each neuron of a side, [neurons, rounds]: `Σ b² p(b) partner` over the pairs whose bound b is of that round, p the density of a
   * weight's size.
   */
  pull(of: "outputs" | "inputs", partners: Float64Array, rounds: number): Float32Array;
}

/** Beyond this many deviations there is no weight. */
const NONE = 7;

/** The largest logarithm of the factor by which a partner is seen to change: more is beyond what is linear in it. */
const MOST_LOG = 1;

/** Logarithms that are small. */
const SMALL_LOG = 0.01;

/** Beyond this many there is no weight however much both partners answer it. */
const FAR = NONE * Math.exp(2 * MOST_LOG);

/** A partner's sum as it is seen along an edge: the rounds multiply changes, so that they add up in the logarithm. */
export function seenAlong(value: number, change: number): number {
  if (!(value > 0)) return 0;
  const log = change / value;
  // Most changes are small, and there are a hundred million edges: its series to 5e-10 takes a tenth of the time.
  if (log > -SMALL_LOG && log < SMALL_LOG) return value * (1 + log * (1 + log * (1 / 2 + log * (1 / 6))));
  return value * Math.exp(Math.min(Math.max(log, -MOST_LOG), MOST_LOG));
}

/** The density of |ω|. */
export function magnitudeDensity(magnitude: number, law: WeightLaw): number {
  if (law === "uniform") return magnitude < Math.sqrt(3) ? 1 / Math.sqrt(3) : 0;
  return Math.sqrt(2 / Math.PI) * Math.exp(-magnitude * magnitude / 2);
}

/**
 * The bounds of a layer before the first round.
 *
 * @param kernels what they are raised by, which is disposed of with them; null for none, as where the engine has none
 * @throws {OutOfDeviceMemoryError} where the kernels' memory has no room for as many pairs
 */
export function survivalBounds(
  layer: SurvivalLayer,
  kernels: HostKernels | null | undefined = HostKernels.open(),
): SurvivalBounds {
  if (!kernels) return new PlainBounds(layer);
  try {
    return new KernelBounds(layer, kernels);
  } catch (error) {
    kernels[Symbol.dispose]();
    throw error;
  }
}

/** Rows, or columns, of pairs that a part goes through. */
const PART_LINES = 32;

class KernelBounds implements SurvivalBounds {
  readonly kicked: Float32Array;
  readonly #layer: SurvivalLayer;
  readonly #kernels: HostKernels;
  /** Where pairs' numbers are. */
  readonly #at: Record<"bounds" | "rounds" | "pull" | "roots" | "kicked" | "slopesR" | "slopesC", number>;
  readonly #vectors: number;
  readonly #out: { address: number; length: number };

  constructor(layer: SurvivalLayer, kernels: HostKernels) {
    const { count } = layer, pairs = count * count;
    this.#layer = layer;
    this.#kernels = kernels;
    const zeros = (bytes: number) => {
      const address = kernels.allocate(bytes);
      kernels.bytes(address, bytes).fill(0);
      return address;
    };
    const floats = () => zeros(pairs * 4);
    this.#at = {
      ...{ bounds: floats(), rounds: zeros(pairs * 2), pull: floats(), roots: floats() },
      ...{ kicked: floats(), slopesR: floats(), slopesC: floats() },
    };
    this.#vectors = zeros(count * 8 * 4);
    this.#out = { address: 0, length: 0 };
    this.kicked = kernels.float32(this.#at.kicked, pairs) as Float32Array;
  }

  get #parts(): number {
    return Math.ceil(this.#layer.count / PART_LINES);
  }

  raise({ threshold, round, r, c, answers }: SurvivalRound): void {
    const { count, width, law } = this.#layer, kernels = this.#kernels, pairs = count * count;
    const vectors = kernels.float64(this.#vectors, 4 * count);
    [r, c, answers.r.means, answers.c.means].forEach((values, k) => vectors.set(values, k * count));
    kernels.float32(this.#at.slopesR, pairs).set(answers.r.slopes);
    kernels.float32(this.#at.slopesC, pairs).set(answers.c.slopes);
    kernels.launch(assembly.raise_bounds, this.#parts, {
      ...{ rows: PART_LINES, count, vectors: this.#vectors, ...this.#at, width, threshold, round },
      ...{ uniform: Number(law === "uniform"), none: NONE, far: FAR, most: MOST_LOG },
    });
  }

  pull(of: "outputs" | "inputs", partners: Float64Array, rounds: number): Float32Array {
    const { count } = this.#layer, kernels = this.#kernels, length = count * rounds;
    if (this.#out.length < length) {
      // A few more than are needed: the next round has one more.
      this.#out.length = count * Math.ceil(1.5 * rounds + 8);
      this.#out.address = kernels.allocate(this.#out.length * 4);
    }
    const out = kernels.float32(this.#out.address, length);
    out.fill(0);
    kernels.float64(this.#vectors, count).set(partners);
    const { pull, rounds: roundOf } = this.#at, lines = PART_LINES;
    const partnersAt = this.#vectors, { address } = this.#out;
    const shared = { count, pull, rounds: roundOf, partners: partnersAt, out: address, stride: rounds };
    if (of === "outputs") kernels.launch(assembly.pull_of_rows, this.#parts, { rows: lines, ...shared });
    else kernels.launch(assembly.pull_of_columns, this.#parts, { columns: lines, ...shared });
    return out.slice() as Float32Array;
  }

  [Symbol.dispose](): void {
    this.#kernels[Symbol.dispose]();
  }
}

/** The twin. */
class PlainBounds implements SurvivalBounds {
  readonly kicked: Float32Array;
  readonly #layer: SurvivalLayer;
  /** The bound of every pair, the round that it is of, and its weight in the pull. */
  readonly #bounds: Float32Array;
  readonly #rounds: Uint16Array;
  readonly #pull: Float32Array;
  /** The bound of the last round with what is seen. */
  readonly #roots: Float32Array;

  constructor(layer: SurvivalLayer) {
    const pairs = layer.count ** 2;
    this.#layer = layer;
    this.kicked = new Float32Array(pairs);
    this.#bounds = new Float32Array(pairs);
    this.#rounds = new Uint16Array(pairs);
    this.#pull = new Float32Array(pairs);
    this.#roots = new Float32Array(pairs);
  }

  raise({ threshold, round, r, c, answers }: SurvivalRound): void {
    const { count, width, law } = this.#layer;
    for (let i = 0, at = 0; i < count; i++) {
      const own = c[i] / threshold, ownMean = answers.c.means[i] / threshold;
      for (let j = 0; j < count; j++, at++) {
        if (this.kicked[at] > NONE && this.#bounds[at] > NONE) continue;
        const bound = 1 / (own * r[j]);
        if (!(bound <= FAR)) {
          this.#bounds[at] = this.kicked[at] = 2 * NONE;
          this.#pull[at] = 0;
          continue;
        }
        if (bound > this.#bounds[at]) {
          this.#bounds[at] = bound;
          this.#rounds[at] = round;
          this.#pull[at] = bound * bound * magnitudeDensity(bound, law);
        }
        let root = this.#roots[at] || Math.min(bound, NONE);
        for (let iteration = 0; iteration < 2; iteration++) {
          const up = seenAlong(own, (root * answers.c.slopes[at] / threshold - ownMean) / width);
          const down = seenAlong(r[j], (root * answers.r.slopes[at] - answers.r.means[j]) / width);
          root = Math.min(1 / (up * down), 2 * NONE);
        }
        this.#roots[at] = root;
        if (root > this.kicked[at]) this.kicked[at] = root;
      }
    }
  }

  pull(of: "outputs" | "inputs", partners: Float64Array, rounds: number): Float32Array {
    const { count } = this.#layer, out = new Float32Array(count * rounds), byRow = of === "outputs";
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < count; j++, at++) {
        const pull = this.#pull[at];
        if (pull > 0) out[(byRow ? i : j) * rounds + this.#rounds[at]] += pull * partners[byRow ? j : i];
      }
    }
    return out;
  }

  [Symbol.dispose](): void {}
}
