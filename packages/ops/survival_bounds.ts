import { HostKernels } from "@graphon-limit/runtime";
import { COPIES, ITSELF, seeCopy } from "./neuron_copies.ts";
import type { WeightLaw } from "./keep_probability.ts";
import { survival_bounds as assembly } from "./wasm/signatures.ts";

/** A side's neurons in a round. */
export interface SurvivalSide {
  /** Their sums as the other side sees them, [neurons, copies]. */
  readonly seen: Float64Array;
  /** The fields that a weight of one deviation to each of them has on its partner, [neurons]. */
  readonly fields: Float64Array;
  /** How much of an average edge less each of them is seen with, [neurons]. */
  readonly shares: Float64Array;
}

/** What a round's pruning goes by: r of the inputs and c of the outputs. */
export interface SurvivalRound {
  readonly threshold: number;
  readonly round: number;
  readonly inputs: SurvivalSide;
  readonly outputs: SurvivalSide;
}

/** The number of neurons, and the law of weights. */
export interface SurvivalLayer {
  readonly count: number;
  readonly law: WeightLaw;
}

/**
 * Of every pair of a layer's neurons the least weight that has outlasted SynFlow's rounds at a finite width (docs/mathematics.md §5), in
 * deviations: `τ/(c_i r_j)`, the largest of the rounds so far.
 */
export interface SurvivalBounds extends Disposable {
  /** The same of neurons that answer an edge of just that weight. */
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

/** How often a bound is brought nearer in a round: it is near from the round before. */
const STEPS = 2;

/** The density of |ω|. */
export function magnitudeDensity(magnitude: number, law: WeightLaw): number {
  if (law === "uniform") return magnitude < Math.sqrt(3) ? 1 / Math.sqrt(3) : 0;
  return Math.sqrt(2 / Math.PI) * Math.exp(-magnitude * magnitude / 2);
}

/** `E[|ω| 1{|ω| > bound}]`, of a bound and its weight in the pull, `b² p(b)`. */
function meanBeyond(bound: number, pull: number, law: WeightLaw): number {
  if (law === "uniform") return bound < Math.sqrt(3) ? (3 - bound * bound) / (2 * Math.sqrt(3)) : 0;
  // Of normal weights it is p(b) itself.
  return bound > 0 ? pull / (bound * bound) : Math.sqrt(2 / Math.PI);
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
  readonly #at: Record<"bounds" | "rounds" | "pull" | "roots" | "kicked", number>;
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
      ...{ bounds: floats(), rounds: zeros(pairs * 2), pull: floats(), roots: floats(), kicked: floats() },
    };
    this.#vectors = zeros(count * 8 * (2 * COPIES + 4));
    this.#out = { address: 0, length: 0 };
    this.kicked = kernels.float32(this.#at.kicked, pairs) as Float32Array;
  }

  get #parts(): number {
    return Math.ceil(this.#layer.count / PART_LINES);
  }

  raise({ threshold, round, inputs, outputs }: SurvivalRound): void {
    const { count, law } = this.#layer, kernels = this.#kernels;
    const vectors = kernels.float64(this.#vectors, count * (2 * COPIES + 4));
    let at = 0;
    for (
      const values of [
        inputs.seen,
        outputs.seen,
        inputs.fields,
        outputs.fields,
        inputs.shares,
        outputs.shares,
      ]
    ) {
      vectors.set(values, at);
      at += values.length;
    }
    kernels.launch(assembly.raise_bounds, this.#parts, {
      ...{ rows: PART_LINES, count, vectors: this.#vectors, ...this.#at, threshold, round },
      ...{ uniform: Number(law === "uniform"), none: NONE, steps: STEPS },
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
  /** The bound of the last round, of neurons that answer it. */
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

  raise({ threshold, round, inputs, outputs }: SurvivalRound): void {
    const { count, law } = this.#layer, r = inputs.seen, c = outputs.seen;
    const up = { value: 0, slope: 0 }, down = { value: 0, slope: 0 };
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < count; j++, at++) {
        const before = this.#bounds[at];
        if (this.kicked[at] > NONE && before > NONE) continue;
        const replaced = meanBeyond(before, this.#pull[at], law);
        const bound = Math.min(threshold / (c[i * COPIES + ITSELF] * r[j * COPIES + ITSELF]), 2 * NONE);
        if (bound > before) {
          this.#bounds[at] = bound;
          this.#rounds[at] = round;
          this.#pull[at] = bound > NONE ? 0 : bound * bound * magnitudeDensity(bound, law);
        }
        const fieldC = inputs.fields[j], fieldR = outputs.fields[i];
        let root = this.#roots[at] || Math.min(bound, NONE);
        for (let step = 0; step < STEPS; step++) {
          seeCopy(c, i, (root - outputs.shares[i] * replaced) * fieldC, up);
          seeCopy(r, j, (root - inputs.shares[j] * replaced) * fieldR, down);
          const score = root * up.value * down.value;
          const slope = up.value * down.value +
            root * (up.slope * fieldC * down.value + up.value * down.slope * fieldR);
          // Newton's step, no further than where the score would be the threshold if it grew as the weight alone.
          root = Math.min(score > 0 ? root + (threshold - score) / slope : 2 * root, 2 * NONE);
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
