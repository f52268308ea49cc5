import {
  type CopiedEdgesShape,
  keepProbability,
  type SurvivalBounds,
  survivalBounds,
  type WeightLaw,
} from "@graphon-limit/ops";
import type { Device, RandomSequence } from "@graphon-limit/runtime";
import { ExplicitEdges, ScoreCounts } from "./explicit_edges.ts";
import { type Fields, PartnerFields } from "./partner_fields.ts";
import { tiltToDegrees } from "./tilt.ts";

/** What the neurons of a side see along their edges. */
export interface Partners {
  /** What the partners' copies are, [partners, copies]. */
  readonly copies: Float64Array;
  /** What they answer to of the neurons. */
  readonly fields: Fields;
  /** What they themselves have of those fields of all their edges, [partners]. */
  readonly own: Float64Array;
}

/** A side's neurons as a round's pruning goes by them: their copies of each kind and those that the other side sees, [neurons, copies]. */
export interface CavitySide {
  readonly kinds: readonly Float64Array[];
  readonly seen: Float64Array;
  /** The fields of a weight of one deviation to the neurons themselves, [neurons]. */
  readonly fields: Float64Array;
}

/**
 * The weights between two hidden layers' populations of `count` types each, in SynFlow's rounds at a finite width n
 * (docs/mathematics.md §5). The n edges into a neuron and those out of it are drawn apart, each neuron's own; and for every pair of types the
 * least weight that outlasts the rounds is known.
 */
export class CavityLayer implements Disposable {
  readonly count: number;
  readonly width: number;
  readonly incoming: ExplicitEdges;
  readonly outgoing: ExplicitEdges;
  readonly #bounds: SurvivalBounds;
  readonly #made: DisposableStack;
  /** Of the neurons of each side on those that they see. */
  readonly #fields: Readonly<Record<"outputs" | "inputs", PartnerFields>>;

  /** @param kinds how many kinds of copies the neurons of each side have */
  constructor(
    readonly device: Device,
    { count, width, rounds }: Omit<CopiedEdgesShape, "kinds">,
    kinds: { readonly outputs: number; readonly inputs: number },
    random: RandomSequence,
    readonly law: WeightLaw,
  ) {
    this.count = count;
    this.width = width;
    using made = new DisposableStack();
    const edges = (kinds: number) =>
      made.use(new ExplicitEdges({ count, width, kinds, rounds }, random, law));
    this.incoming = edges(kinds.outputs);
    this.outgoing = edges(kinds.inputs);
    this.#bounds = made.use(survivalBounds({ count, law }));
    this.#fields = { outputs: new PartnerFields(count), inputs: new PartnerFields(count) };
    this.#made = made.move();
  }

  /** Sums of the neurons of the side `of`: of incoming edges of r below and of outgoing ones of c above, [neurons, copies] of each kind. */
  look(of: "outputs" | "inputs", { copies, fields, own }: Partners): Float64Array[] {
    const [edges, others] = of === "outputs"
      ? [this.incoming, this.outgoing]
      : [this.outgoing, this.incoming];
    const sums = edges.sums(this.#fields[of].next(fields, copies, own, others));
    return sums.map((all) => all.map((sum) => sum / this.width));
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
  raise(threshold: number, round: number, inputs: CavitySide, outputs: CavitySide): void {
    this.incoming.remove(threshold, outputs.kinds, round);
    this.outgoing.remove(threshold, inputs.kinds, round);
    // What is taken away of a side's neurons is known where the other side sees them.
    const { outputs: below, inputs: above } = this.#fields;
    this.#bounds.raise({
      ...{ threshold, round },
      inputs: { ...inputs, shares: below.shares },
      outputs: { ...outputs, shares: above.shares },
    });
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
    this.#made[Symbol.dispose]();
  }
}
