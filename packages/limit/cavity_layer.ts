import {
  keepProbability,
  maskedMatmul,
  type SeenAnswers,
  type SurvivalBounds,
  survivalBounds,
  type WeightLaw,
} from "@graphon-limit/ops";
import type { Device, RandomSequence } from "@graphon-limit/runtime";
import { ExplicitEdges, ScoreCounts } from "./explicit_edges.ts";
import { tiltToDegrees } from "./tilt.ts";

/** What a neuron sees of a partner: its sum, and how that answers the edge between the two. */
export interface Seen {
  /** Row t of the responses, [t, partners]; of nothing in the first round. */
  readonly response: Float32Array;
  /** The sums that the partners answer for the edge's neurons, [neurons, t], and for themselves, [partners, t]. */
  readonly fields: Float32Array;
  readonly own: Float32Array;
}

/**
 * The weights between two hidden layers' populations of `count` types each, in SynFlow's rounds at a finite width n
 * (docs/mathematics.md §5). The n edges into a neuron and those out of it are drawn apart, each neuron's own; and for every pair of types the
 * least weight that outlasts the rounds is known.
 */
export class CavityLayer implements Disposable {
  readonly incoming: ExplicitEdges;
  readonly outgoing: ExplicitEdges;
  readonly #bounds: SurvivalBounds;

  constructor(
    readonly device: Device,
    readonly count: number,
    readonly width: number,
    random: RandomSequence,
    readonly law: WeightLaw,
  ) {
    this.incoming = new ExplicitEdges(count, width, "outputs", random, law);
    this.outgoing = new ExplicitEdges(count, width, "inputs", random, law);
    this.#bounds = survivalBounds({ count, width, law });
  }

  /** What the neurons of the side `of` see of those of the other through their edges. */
  async kicks(
    { response, fields, own }: Seen,
    of: "outputs" | "inputs",
    round: number,
  ): Promise<SeenAnswers> {
    const { count, device } = this, means = new Float64Array(count);
    if (round === 0) return { slopes: new Float32Array(count * count), means };
    for (let j = 0; j < count; j++) {
      for (let u = 0; u < round; u++) means[j] += response[u * count + j] * own[j * round + u];
    }
    using across = device.matrix(count, count);
    if (of === "outputs") {
      using weights = device.upload(fields, count, round);
      using x = device.upload(response, round, count);
      device.run(maskedMatmul, { weights, x, out: across }, { scale: 1, accumulate: 0 });
    } else {
      using weights = device.upload(turned(response, round, count), count, round);
      using x = device.upload(turned(fields, count, round), round, count);
      device.run(maskedMatmul, { weights, x, out: across }, { scale: 1, accumulate: 0 });
    }
    return { slopes: await device.read(across), means };
  }

  /** Sums over a neuron's edges: of its incoming ones, what it sees of r below, and of its outgoing ones, of c above. */
  sums(of: "outputs" | "inputs", values: Float64Array, kicks: SeenAnswers): Float64Array {
    const edges = of === "outputs" ? this.incoming : this.outgoing;
    return edges.sums(values, kicks).map((sum) => sum / this.width);
  }

  /**
   * Row t of the direct responses: how the sums of one side's neurons answer fields on their other sums of earlier rounds.
   *
   * @param partners the other side's values of this round
   * @param history the other sums of the neurons, [neurons, t]
   */
  direct(
    of: "outputs" | "inputs",
    partners: Float64Array,
    history: Float32Array,
    round: number,
  ): Float32Array {
    if (round === 0) return new Float32Array();
    const { count } = this;
    return this.#bounds.pull(of, partners, round).map((sum, at) =>
      sum === 0 ? 0 : sum / (count * history[at])
    );
  }

  /** Prunes after a round: removes edges, and raises the bounds of all pairs. */
  raise(
    threshold: number,
    round: number,
    r: Float64Array,
    c: Float64Array,
    kicks: { readonly r: SeenAnswers; readonly c: SeenAnswers },
  ): void {
    this.incoming.remove(threshold, c);
    this.outgoing.remove(threshold, r);
    this.#bounds.raise({ threshold, round, r, c, answers: kicks });
  }

  /** Takes note of the edges' scores, given what each side's neurons are themselves. */
  score(r: Float64Array, c: Float64Array): void {
    this.#scores = new ScoreCounts();
    this.incoming.score(c, this.#scores);
    this.outgoing.score(r, this.#scores);
  }

  /** The fraction of weights that would be left at a threshold. */
  fractionAbove(threshold: number): number {
    return this.#scores.above(threshold) / (2 * this.count * this.width);
  }

  /**
   * P(kept) of every pair of types, [outputs, inputs], and `E[ω² kept]`: what the bounds say, and by how much the neurons, each made of
   * its own edges, have kept more of these or fewer.
   */
  async moments(): Promise<{ probability: Float32Array; second: Float32Array }> {
    const probability = await this.#integral("probability"), second = await this.#integral("second");
    const { count, width } = this, perType = (degree: number) => degree * count / width;
    const tilted = tiltToDegrees(
      probability,
      this.incoming.degrees().map(perType),
      this.outgoing.degrees().map(perType),
    );
    // Of the weights that are kept the sizes stay what they were.
    second.forEach((value, at) => {
      second[at] = probability[at] > 0 ? Math.min(value * tilted[at] / probability[at], 1) : 0;
    });
    return { probability: tilted, second };
  }

  #scores = new ScoreCounts();

  async #integral(moment: "probability" | "second"): Promise<Float32Array> {
    const { device, count, law } = this;
    using scale = device.upload(this.#bounds.kicked.map((bound) => 1 / Math.max(bound, 1e-9)), count, count);
    using out = device.matrix(count, count);
    device.run(keepProbability, { scale, out }, { threshold: 1, law, moment });
    return await device.read(out);
  }

  [Symbol.dispose](): void {
    this.#bounds[Symbol.dispose]();
  }
}

/** A matrix [rows, cols] transposed. */
function turned(values: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < cols; j++, at++) out[j * rows + i] = values[at];
  return out;
}
