import { HostKernels } from "@graphon-limit/runtime";
import {
  ALL_ROUNDS,
  type CopiedEdges,
  type CopiedEdgesShape,
  EDGE_BYTES,
  type EdgeView,
  fieldNumbers,
} from "./copied_edges.ts";
import { PlainEdges } from "./copied_edges_twin.ts";
import { addCommon, inCommon } from "./edges_in_common.ts";
import { COPIES } from "./neuron_copies.ts";
import { copied_edges as assembly } from "./wasm/signatures.ts";

/**
 * Edges that are all left, whose partners and weights are zero until they are set.
 *
 * @param kernels what goes through them, which is disposed of with them; null for none, as where the engine has none
 * @throws {OutOfDeviceMemoryError} where the kernels' memory has no room for them
 */
export function copiedEdges(
  shape: CopiedEdgesShape,
  kernels: HostKernels | null | undefined = HostKernels.open(),
): CopiedEdges {
  if (!kernels) return new PlainEdges(shape);
  try {
    return new KernelEdges(shape, kernels);
  } catch (error) {
    kernels[Symbol.dispose]();
    throw error;
  }
}

/** Neurons whose edges a part goes through. */
const PART_ROWS = 8;

class KernelEdges implements CopiedEdges {
  readonly partners: Uint32Array;
  readonly magnitudes: Float32Array;
  readonly rounds: Uint16Array;
  readonly first: readonly Uint8Array[];
  readonly seen: Float32Array;
  readonly left: Uint32Array;
  readonly #shape: CopiedEdgesShape;
  readonly #kernels: HostKernels;
  /** Where what both kernels are given is. */
  readonly #at: Record<
    "left" | "partners" | "magnitudes" | "first" | "seen" | "copies" | "fields" | "answered" | "less",
    number
  >;
  readonly #means: number;
  readonly #slopes: number;
  readonly #rounds: number;
  /** Of the copies, kind by kind. */
  readonly #values: number;
  /** Rounds whose fields are there. */
  #known = 0;

  constructor(shape: CopiedEdgesShape, kernels: HostKernels) {
    this.#shape = shape;
    this.#kernels = kernels;
    const { count, width, kinds, rounds } = shape, edges = count * width;
    const zeros = (bytes: number) => {
      const address = kernels.allocate(bytes);
      kernels.bytes(address, bytes).fill(0);
      return address;
    };
    const at = this.#at = {
      left: zeros(count * 4),
      partners: zeros(edges * EDGE_BYTES.partners),
      magnitudes: zeros(edges * EDGE_BYTES.magnitudes),
      first: zeros(edges * kinds),
      seen: zeros(edges * EDGE_BYTES.seen),
      copies: zeros(count * COPIES * 8),
      fields: zeros(rounds * fieldNumbers(kinds) * count * 8),
      answered: zeros(count * 2),
      less: zeros(count * count * 4),
    };
    this.#means = zeros(count * 8);
    this.#slopes = zeros(count * rounds * 8);
    this.#rounds = zeros(edges * EDGE_BYTES.rounds);
    this.#values = zeros(kinds * count * COPIES * 8);
    const { buffer } = kernels.bytes(at.first, edges * kinds);
    this.partners = new Uint32Array(buffer, at.partners, edges);
    this.magnitudes = new Float32Array(buffer, at.magnitudes, edges);
    this.first = Array.from(
      { length: kinds },
      (_, kind) => new Uint8Array(buffer, at.first + kind * edges, edges),
    );
    this.seen = new Float32Array(buffer, at.seen, edges);
    this.rounds = new Uint16Array(buffer, this.#rounds, edges).fill(ALL_ROUNDS);
    this.left = new Uint32Array(buffer, at.left, count).fill(width);
  }

  get #parts(): number {
    return Math.ceil(this.#shape.count / PART_ROWS);
  }

  /** What both kernels are given. */
  get #given() {
    const { count, width, kinds } = this.#shape, roundBytes = fieldNumbers(kinds) * count * 8;
    return { ...this.#at, rows: PART_ROWS, count, width, kinds, edges: count * width, roundBytes };
  }

  #valuesOf(kind: number): Float64Array {
    const length = this.#shape.count * COPIES;
    return this.#kernels.float64(this.#values + kind * length * 8, length);
  }

  sums({ partners, rounds, answered, less }: EdgeView): Float64Array[] {
    const { count, kinds } = this.#shape,
      kernels = this.#kernels,
      at = this.#at,
      numbers = fieldNumbers(kinds) * count;
    for (; this.#known < rounds.length; this.#known++) {
      const { itself, copies } = rounds[this.#known];
      const fields = kernels.float64(at.fields + this.#known * numbers * 8, numbers);
      fields.set(itself);
      copies.forEach((values, kind) => fields.set(values, count * (1 + kind * COPIES)));
    }
    kernels.float64(at.copies, count * COPIES).set(partners);
    kernels.float32(at.less, count * count).set(less);
    new Uint16Array(kernels.bytes(at.answered, 2 * count).buffer, at.answered, count).set(answered);
    const given = this.#given;
    kernels.launch(assembly.see_partners, this.#parts, given);
    const { means, sum } = inCommon(this);
    kernels.float64(this.#means, count).set(means);
    return this.first.map((first, kind) => {
      kernels.launch(assembly.sum_edges, this.#parts, {
        ...{ ...given, means: this.#means, slopes: this.#slopes, sums: this.#values, rounds: rounds.length },
        ...{ first: first.byteOffset, kind: (1 + kind * COPIES) * count * 8 },
      });
      return addCommon(kernels.float64(this.#values, count * COPIES).slice(), sum, first, this.left);
    });
  }

  remove(threshold: number, values: readonly Float64Array[], round: number): void {
    values.forEach((own, kind) => this.#valuesOf(kind).set(own));
    this.#kernels.launch(assembly.remove_edges, this.#parts, {
      ...this.#given,
      ...{ rounds: this.#rounds, values: this.#values, threshold, round },
    });
  }

  [Symbol.dispose](): void {
    this.#kernels[Symbol.dispose]();
  }
}
