import {
  absMatvec,
  absMatvecTransposed,
  addScaled,
  magnitudeScores,
  maskedMatmul,
  maskedMatmulTransposed,
  normalise,
} from "@graphon-limit/ops";
import { GeneratedMatrix, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Flow, FlowMeeting, FlowPass } from "../flow.ts";
import { Resources } from "../resources.ts";
import { describeShape } from "../signal.ts";
import type { Direction, Meeting, Pass, Stage, TangentPass } from "../stage.ts";
import type { Weight } from "../weight.ts";
import { overNumber, zerosLike } from "./arithmetic.ts";

/** The product with a weight: `z = s (W ⊙ M) x`, column by column. */
export function linear(weight: Weight): Stage {
  return {
    parameters: [weight],
    shape(input) {
      if (input.rows !== weight.cols) {
        throw new InvalidArgumentError(
          `Expected ${weight.name} to take ${weight.cols} inputs but found a signal of ${
            describeShape(input)
          }`,
        );
      }
      return { ...input, rows: weight.rows };
    },
    forward: (x) => new LinearPass(weight, x),
    flow: (r) => r.values.cols === 1 ? new LinearFlow(weight, r) : new PositionsFlow(weight, r),
  };
}

class LinearPass implements Pass {
  readonly out: Matrix;
  readonly meetings: readonly [Meeting];
  #signal: Matrix | undefined;

  constructor(readonly weight: Weight, x: Matrix) {
    this.out = x.device.matrix(weight.rows, x.cols);
    this.meetings = [{ weight, input: x }];
    multiply(weight, x, this.out);
  }

  pullback(delta: Matrix, wanted = true): Matrix | undefined {
    this.meetings[0].delta = delta;
    this.#signal?.dispose();
    this.#signal = undefined;
    if (!wanted) return undefined;
    this.#signal = delta.device.matrix(this.weight.cols, delta.cols);
    multiplyTransposed(this.weight, delta, this.#signal);
    return this.#signal;
  }

  tangent(dx: Matrix | undefined, along: Direction): TangentPass {
    return new LinearTangent(this.meetings[0], dx, along);
  }

  [Symbol.dispose](): void {
    this.out.dispose();
    this.#signal?.dispose();
  }
}

/** `ż = s (V x + (W ⊙ M) ẋ)`, and back `ġ = s (Vᵀ δ + (W ⊙ M)ᵀ δ̇)`. */
class LinearTangent implements TangentPass {
  readonly out: Matrix | undefined;
  readonly #along: ReturnType<Direction["of"]>;
  #back: Matrix | undefined;

  constructor(readonly meeting: Meeting, dx: Matrix | undefined, along: Direction) {
    const { weight, input } = meeting, x = input!;
    this.#along = along.of(weight);
    meeting.inputTangent = dx;
    if (!dx && !this.#along) return;
    const out = x.device.matrix(weight.rows, x.cols);
    if (dx) multiply(weight, dx, out);
    else x.device.clear(out);
    this.#along?.addProduct(x, out, weight.scale);
    this.out = out;
  }

  pullback(deltaTangent: Matrix, wanted = true): Matrix | undefined {
    const { meeting } = this, { weight } = meeting;
    meeting.deltaTangent = deltaTangent;
    if (!wanted) return undefined;
    this.#back = deltaTangent.device.matrix(weight.cols, deltaTangent.cols);
    multiplyTransposed(weight, deltaTangent, this.#back);
    this.#along?.addTransposedProduct(meeting.delta!, this.#back, weight.scale);
    return this.#back;
  }

  [Symbol.dispose](): void {
    this.out?.dispose();
    this.#back?.dispose();
  }
}

/**
 * `r' = s (|W| ⊙ M) r` over `s α`, α the largest element of the product, and back `s (|W| ⊙ M)ᵀ c` over the same: where all signals
 * are multiplied by s it is nothing but a common factor, and beside a bias or another way it is told.
 */
class LinearFlow implements FlowPass {
  readonly out: Flow;
  readonly meetings: readonly [FlowMeeting];
  readonly #made = new Resources();

  constructor(readonly weight: Weight, r: Flow) {
    const { device } = r.values, { mask, matrix } = weight;
    const y = this.#made.add(device.matrix(weight.rows, 1)), divisor = this.#made.add(device.matrix(1, 1));
    device.run(absMatvec, { weights: matrix, mask, r: r.values, y });
    device.run(normalise, { x: y, scale: divisor });
    this.out = { values: y, scales: [...r.scales, told(weight, divisor, this.#made)] };
    this.meetings = [{ weight, r: r.values, divisor }];
  }

  pullback(c: Matrix, wanted = true): Matrix | undefined {
    const [meeting] = this.meetings, { matrix, mask } = this.weight;
    meeting.c = c;
    if (!wanted) return undefined;
    const y = this.#made.add(c.device.matrix(matrix.cols, 1));
    c.device.run(absMatvecTransposed, { weights: matrix, mask, c, divisor: meeting.divisor, y });
    return y;
  }

  [Symbol.dispose](): void {
    this.#made[Symbol.dispose]();
  }
}

/** The same where a signal has a column for each position: products of matrices, `|W| ⊙ M` made as they read it. */
class PositionsFlow implements FlowPass {
  readonly out: Flow;
  readonly meetings: readonly [FlowMeeting];
  readonly #made = new Resources();
  readonly #sizes: Matrix;

  constructor(readonly weight: Weight, r: Flow) {
    const { device, cols } = r.values, { matrix, mask } = weight;
    this.#sizes = this.#made.add(
      new GeneratedMatrix(device, weight.rows, weight.cols, (scores) => {
        device.run(magnitudeScores, { weights: matrix, mask, scores }, { pruned: 0 });
      }),
    );
    const out = this.#made.add(device.matrix(weight.rows, cols));
    const divisor = this.#made.add(device.matrix(1, 1));
    device.run(maskedMatmul, { weights: this.#sizes, x: r.values, out }, { scale: 1, accumulate: 0 });
    device.run(normalise, { x: out, scale: divisor });
    this.out = { values: out, scales: [...r.scales, told(weight, divisor, this.#made)] };
    this.meetings = [{ weight, r: r.values, divisor }];
  }

  pullback(c: Matrix, wanted = true): Matrix | undefined {
    const [meeting] = this.meetings, { device, cols } = c;
    meeting.c = c;
    if (!wanted) return undefined;
    using divided = overNumber(c, meeting.divisor);
    const out = this.#made.add(device.matrix(this.weight.cols, cols));
    const args = { weights: this.#sizes, x: divided, out };
    device.run(maskedMatmulTransposed, args, { scale: 1, accumulate: 0 });
    return out;
  }

  [Symbol.dispose](): void {
    this.#made[Symbol.dispose]();
  }
}

/** What a product was divided by, told as a number: with its scale. */
function told({ scale }: Weight, divisor: Matrix, made: Resources): Matrix {
  if (scale === 1) return divisor;
  const scaled = made.add(zerosLike(divisor));
  scaled.device.run(addScaled, { x: divisor, y: scaled }, { scale });
  return scaled;
}

/** `out = s (W ⊙ M) x`. */
function multiply({ matrix, mask, scale }: Weight, x: Matrix, out: Matrix): void {
  out.device.run(maskedMatmul, { weights: matrix, mask, x, out }, { scale, accumulate: 0 });
}

/** `out = s (W ⊙ M)ᵀ x`. */
function multiplyTransposed({ matrix, mask, scale }: Weight, x: Matrix, out: Matrix): void {
  out.device.run(maskedMatmulTransposed, { weights: matrix, mask, x, out }, { scale, accumulate: 0 });
}
