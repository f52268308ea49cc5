import {
  absMatvec,
  absMatvecTransposed,
  keepMoment,
  keepProbability,
  leastOuter,
  reduceRows,
  type WeightLaw,
} from "@graphon-limit/ops";
import type { Device, Matrix, RandomSequence } from "@graphon-limit/runtime";

/** Pairs for each neuron that a threshold is tried on. */
const TRIED = 32;

/** A neuron's share of a threshold, at most: what is above keeps every weight. */
const MOST = 1e18;

/** Some pairs of types: the partner of each of a type's own, and the least scale a weight between them has had. */
interface Pairs {
  readonly partners: Uint32Array;
  readonly scales: Float64Array;
}

/**
 * The weights between two hidden layers' populations of `count` types: for every pair of types the least scale
 * `min_t c_i r_j/τ_t` that a weight ω between them has had so far. It is still there if `|ω|` times that exceeds 1.
 * Sums over a layer are means over the population, as those of n = ∞ are.
 */
export class PopulationLayer implements Disposable {
  /** [types, types], and the same a round before, whose memory the next round takes. */
  #scale: Matrix;
  #spare: Matrix;
  /** `E[|ω| kept]` of every pair. */
  readonly #kept: Matrix;
  readonly #divisor: Matrix;
  readonly #tried: Pairs;
  #raised = false;

  constructor(
    readonly device: Device,
    readonly count: number,
    random: RandomSequence,
    readonly law: WeightLaw,
  ) {
    this.#tried = this.#pairs(Math.min(TRIED, count), random);
    this.#scale = device.matrix(count, count);
    this.#spare = device.matrix(count, count);
    this.#kept = device.matrix(count, count);
    this.#divisor = device.upload(Float32Array.of(1), 1, 1);
  }

  /** [output types, input types]: what makes a weight's score, relative to the threshold of the round that was hardest. */
  get scale(): Matrix {
    return this.#scale;
  }

  /** `E_j[|ω_ij| kept r_j]` for every output type, or its transpose. */
  async sums(values: Float64Array, direction: "forward" | "backward"): Promise<Float64Array> {
    const { device, count } = this;
    if (!this.#raised) {
      const whole = keepMoment(1, 0, { law: this.law, moment: "first" });
      return new Float64Array(count).fill(whole * values.reduce((sum, value) => sum + value, 0) / count);
    }
    using vector = device.upload(Float32Array.from(values), count, 1);
    using y = device.matrix(count, 1);
    const weights = this.#kept;
    if (direction === "forward") device.run(absMatvec, { weights, r: vector, y });
    else device.run(absMatvecTransposed, { weights, c: vector, divisor: this.#divisor, y });
    return Float64Array.from(await device.read(y), (sum) => sum / count);
  }

  /** The fraction of weights that would be left at a threshold, over some of the pairs. */
  fractionAbove(threshold: number, r: Float64Array, c: Float64Array): number {
    const { partners, scales } = this.#tried, each = partners.length / this.count;
    let total = 0;
    for (let i = 0, at = 0; i < this.count; i++) {
      const own = c[i] / threshold;
      for (let k = 0; k < each; k++, at++) {
        total += keepMoment(Math.min(scales[at], own * r[partners[at]]), 1, { law: this.law });
      }
    }
    return total / partners.length;
  }

  /** The same over all of them. */
  async fractionOfAllAbove(threshold: number, r: Float64Array, c: Float64Array): Promise<number> {
    const { device, count } = this;
    this.#lower(threshold, r, c);
    // E[|ω| kept] is not needed before the next threshold is settled.
    device.run(keepProbability, { scale: this.#spare, out: this.#kept }, { threshold: 1, law: this.law });
    using rows = device.matrix(count, 1);
    device.run(reduceRows, { x: this.#kept, y: rows }, { initial: 0, kind: "sum" });
    return (await device.read(rows)).reduce((sum, value) => sum + value, 0) / count ** 2;
  }

  /** Prunes: lowers every scale to `c_i r_j / threshold`. */
  raise(threshold: number, r: Float64Array, c: Float64Array): void {
    this.#lower(threshold, r, c);
    [this.#scale, this.#spare] = [this.#spare, this.#scale];
    this.#raised = true;
    const settings = { threshold: 1, law: this.law, moment: "first" } as const;
    this.device.run(keepProbability, { scale: this.#scale, out: this.#kept }, settings);
    const share = c.map((value) => value / threshold);
    lowerPairs(this.#tried, share, r);
  }

  [Symbol.dispose](): void {
    for (const matrix of [this.#scale, this.#spare, this.#kept, this.#divisor]) matrix.dispose();
  }

  /** What the scales would be after a threshold, into the spare matrix. */
  #lower(threshold: number, r: Float64Array, c: Float64Array): void {
    const { device, count } = this;
    using left = device.upload(Float32Array.from(c, (value) => Math.min(value / threshold, MOST)), count, 1);
    using right = device.upload(Float32Array.from(r), count, 1);
    device.run(leastOuter, { x: this.#raised ? this.#scale : undefined, left, right, out: this.#spare });
  }

  #pairs(each: number, random: RandomSequence): Pairs {
    const length = this.count * each;
    return {
      partners: Uint32Array.from({ length }, () => random.integer(this.count)),
      scales: new Float64Array(length).fill(Infinity),
    };
  }
}

function lowerPairs({ partners, scales }: Pairs, own: Float64Array, other: Float64Array): void {
  const each = partners.length / own.length;
  for (let i = 0, at = 0; i < own.length; i++) {
    for (let k = 0; k < each; k++, at++) {
      const scale = own[i] * other[partners[at]];
      if (scale < scales[at]) scales[at] = scale;
    }
  }
}
