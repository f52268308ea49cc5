import { addScaled, saliency } from "@graphon-limit/ops";
import type { Device, Matrix } from "@graphon-limit/runtime";
import { copy, Frame, inner, multiply } from "./frame.ts";

/** The two sides of a layer's matrix. */
export type Side = "inputs" | "outputs";

const OTHER = { inputs: "outputs", outputs: "inputs" } as const;

/** What a matrix makes of a direction, where nothing known says it. */
export interface Oracle {
  /**
   * The products with a block of directions of one side, [neurons of the other, directions]: those of a matrix that there is; or
   * independent normal numbers, of which that is taken which the products of the other side leave open.
   */
  products(block: Matrix, side: Side): Matrix;
  /** Whether the products are those of a matrix that there is. */
  readonly exact: boolean;
}

/** Neurons on each side, and how many each row stands for. */
export interface RevealedShape {
  readonly outputs: number;
  readonly inputs: number;
  readonly outputWeight: number;
  readonly inputWeight: number;
}

/**
 * A matrix of independent normal entries of variance s² of which nothing is known but its products with a few vectors,
 * `W U = Y` and `Wᵀ R = Q`. Given these, whatever earlier products the vectors were made of (Bolthausen 2014),
 *
 *     W = Y Uᵀ + R (Q − U Yᵀ R)ᵀ + (1 − R Rᵀ) W̃ (1 − U Uᵀ),
 *
 * W̃ being drawn anew: so that products are drawn as they are asked for, and the law of an entry is known in the end.
 */
export class RevealedMatrix implements Disposable {
  readonly #frames: Readonly<Record<Side, Frame>>;
  /** The products with the blocks of either side's frame, rows of the other side. */
  readonly #images: Readonly<Record<Side, Matrix[]>> = { inputs: [], outputs: [] };

  constructor(readonly device: Device, readonly shape: RevealedShape, readonly oracle: Oracle) {
    this.#frames = { inputs: new Frame(shape.inputWeight), outputs: new Frame(shape.outputWeight) };
  }

  /** `W x` [outputs, columns]. */
  forward(x: Matrix): Promise<Matrix> {
    return this.#product(x, "inputs");
  }

  /** `Wᵀ p` [inputs, columns]. */
  backward(p: Matrix): Promise<Matrix> {
    return this.#product(p, "outputs");
  }

  /** Takes a product as given: `W x = y`. */
  async assume(x: Matrix, y: Matrix): Promise<void> {
    using rest = copy(y);
    using known = this.#combine(x, "inputs");
    subtract(known, rest);
    const { root } = await this.#frames.inputs.extend(x), image = this.device.matrix(y.rows, x.cols);
    using _root = root;
    multiply(rest, root, image);
    this.#images.inputs.push(image);
  }

  /** Learns the products with the columns of `x`. */
  async learn(x: Matrix, side: Side): Promise<void> {
    const { block, root } = await this.#frames[side].extend(x);
    root.dispose();
    const image = this.oracle.products(block, side);
    this.#images[side].push(image);
    if (this.oracle.exact) return;
    const other = this.#frames[OTHER[side]], images = this.#images[OTHER[side]];
    other.project(image);
    for (const [index, frame] of other.blocks.entries()) {
      using along = inner(images[index], block, this.#frames[side].weight);
      multiply(frame, along, image, 1, 1);
    }
  }

  /**
   * What is known of the entries: their mean is `Σ_k left_k right_k` over pairs of [outputs, columns] and [inputs, columns], their
   * variance `s² (1 − |R_i|²)(1 − |U_j|²)`, U and R being the frames.
   */
  known(): { means: Disposable & { pairs: [Matrix, Matrix][] }; frames: Readonly<Record<Side, Frame>> } {
    const { inputs, outputs } = this.#frames, made: Matrix[] = [];
    const pairs = this.#images.inputs.map((image, index): [Matrix, Matrix] => [image, inputs.blocks[index]]);
    outputs.blocks.forEach((frame, index) => {
      const rest = copy(this.#images.outputs[index]);
      made.push(rest);
      this.#images.inputs.forEach((image, block) => {
        using along = inner(image, frame, outputs.weight);
        multiply(inputs.blocks[block], along, rest, -1, 1);
      });
      pairs.push([frame, rest]);
    });
    const dispose = () => made.forEach((matrix) => matrix.dispose());
    return { means: { pairs, [Symbol.dispose]: dispose }, frames: this.#frames };
  }

  /** Makes of independent numbers [outputs, inputs], each of variance s², the entries of a matrix with these products, in place. */
  complete(fresh: Matrix): void {
    const { device } = this, { inputs, outputs } = this.#frames;
    outputs.project(fresh);
    using part = device.matrix(fresh.rows, fresh.cols);
    for (const block of inputs.blocks) {
      using along = device.matrix(fresh.rows, block.cols);
      multiply(fresh, block, along, inputs.weight);
      outer(along, block, part);
      subtract(part, fresh);
    }
    const { means } = this.known();
    using _means = means;
    for (const [left, right] of means.pairs) {
      outer(left, right, part);
      device.run(addScaled, { x: part, y: fresh }, { scale: 1 });
    }
  }

  async #product(x: Matrix, side: Side): Promise<Matrix> {
    await this.learn(x, side);
    return this.#combine(x, side);
  }

  /** The product with what of `x` is in the frame. */
  #combine(x: Matrix, side: Side): Matrix {
    const { blocks, weight } = this.#frames[side], images = this.#images[side];
    const out = this.device.matrix(this.shape[OTHER[side]], x.cols);
    this.device.clear(out);
    for (const [index, block] of blocks.entries()) {
      using along = inner(block, x, weight);
      multiply(images[index], along, out, 1, 1);
    }
    return out;
  }

  [Symbol.dispose](): void {
    for (const side of ["inputs", "outputs"] as const) {
      this.#frames[side][Symbol.dispose]();
      for (const image of this.#images[side]) image.dispose();
    }
  }
}

/** `out = left rightᵀ`. */
function outer(left: Matrix, right: Matrix, out: Matrix): void {
  out.device.run(saliency, { a: left, x: right, out }, { scale: 1, pruned: 0, kind: "gradient" });
}

/** `y −= x`. */
function subtract(x: Matrix, y: Matrix): void {
  x.device.run(addScaled, { x, y }, { scale: -1 });
}
