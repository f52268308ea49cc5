import {
  ALL_ROUNDS,
  type CopiedEdges,
  type CopiedEdgesShape,
  type EdgeFields,
  type EdgeView,
} from "./copied_edges.ts";
import { addCommon, inCommon } from "./edges_in_common.ts";
import { COPIES, ITSELF, seeCopy } from "./neuron_copies.ts";

/** The twin of the kernels that go through copied edges. */
export class PlainEdges implements CopiedEdges {
  readonly partners: Uint32Array;
  readonly magnitudes: Float32Array;
  readonly rounds: Uint16Array;
  readonly first: readonly Uint8Array[];
  readonly seen: Float32Array;
  readonly left: Uint32Array;
  readonly #shape: CopiedEdgesShape;
  #view: EdgeView | undefined;

  constructor(shape: CopiedEdgesShape) {
    const { count, width, kinds } = shape, edges = count * width;
    this.#shape = shape;
    this.partners = new Uint32Array(edges);
    this.magnitudes = new Float32Array(edges);
    this.rounds = new Uint16Array(edges).fill(ALL_ROUNDS);
    this.first = Array.from({ length: kinds }, () => new Uint8Array(edges));
    this.seen = new Float32Array(edges);
    this.left = new Uint32Array(count).fill(width);
  }

  sums(view: EdgeView): Float64Array[] {
    const { count } = this.#shape, partner = { value: 0, slope: 0 };
    this.#view = view;
    this.#each((own, edge, other, replaced, { itself }) => {
      seeCopy(view.partners, other, this.magnitudes[edge] * itself[own] - replaced, partner);
      this.seen[edge] = partner.value;
    });
    const { means, sum } = inCommon(this);
    return this.first.map((first, kind) => {
      const sums = new Float64Array(count * COPIES), rest = new Float64Array(count);
      const slopes = new Float64Array(count * view.rounds.length);
      this.#each((own, edge, other, replaced, { itself, copies }) => {
        const magnitude = this.magnitudes[edge], from = first[edge], mean = means[other];
        if (from === COPIES) {
          seeCopy(view.partners, other, magnitude * itself[own] - replaced, partner);
          rest[own] += mean * partner.value;
          slopes[own * view.rounds.length + view.answered[other]] += mean * magnitude * partner.slope;
          return;
        }
        for (let copy = 0, at = own * COPIES; copy < COPIES; copy++, at++) {
          seeCopy(view.partners, other, magnitude * copies[kind][at] - replaced, partner);
          sums[at] += ((copy < from ? 0 : magnitude) - mean) * partner.value;
        }
      });
      sums.forEach((_, at) => {
        const own = Math.floor(at / COPIES);
        sums[at] -= rest[own];
        view.rounds.forEach(({ itself, copies }, round) => {
          sums[at] -= slopes[own * view.rounds.length + round] * (copies[kind][at] - itself[own]);
        });
      });
      return addCommon(sums, sum, first, this.left);
    });
  }

  /** Goes through all edges: their neuron, partner, what they replace, and the fields that this answers. */
  #each(
    visit: (own: number, edge: number, other: number, replaced: number, fields: EdgeFields) => void,
  ): void {
    const { count, width } = this.#shape, { rounds, answered, less } = this.#view!;
    for (let edge = 0; edge < count * width; edge++) {
      const own = Math.floor(edge / width), other = this.partners[edge];
      visit(own, edge, other, less[own * count + other], rounds[answered[other]]);
    }
  }

  remove(threshold: number, values: readonly Float64Array[], round: number): void {
    const { count, width } = this.#shape,
      { partners, rounds, answered, less } = this.#view!,
      kinds = this.first;
    const partner = { value: 0, slope: 0 };
    for (let own = 0; own < count; own++) {
      const at = own * COPIES, start = own * width;
      let left = start;
      for (let edge = start, end = start + this.left[own]; edge < end; edge++) {
        const other = this.partners[edge], magnitude = this.magnitudes[edge];
        const replaced = less[own * count + other], { copies: fields } = rounds[answered[other]];
        let stays = false;
        for (let kind = 0; kind < kinds.length; kind++) {
          const before = kinds[kind][edge];
          let first = before;
          for (; first < COPIES; first++) {
            seeCopy(partners, other, magnitude * fields[kind][at + first] - replaced, partner);
            if (magnitude * partner.value * values[kind][at + first] > threshold) break;
          }
          if (kind === 0 && before <= ITSELF && first > ITSELF) this.rounds[edge] = round + 1;
          kinds[kind][edge] = first;
          stays ||= first < COPIES;
        }
        if (stays) this.#swap(edge, left++);
      }
      this.left[own] = left - start;
    }
  }

  #swap(a: number, b: number): void {
    if (a === b) return;
    for (const all of [this.partners, this.magnitudes, this.rounds, ...this.first]) {
      const value = all[a];
      all[a] = all[b];
      all[b] = value;
    }
  }

  [Symbol.dispose](): void {}
}
