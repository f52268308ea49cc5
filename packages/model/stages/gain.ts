import { scaleRows } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { Resources } from "../resources.ts";
import { describeShape } from "../signal.ts";
import type { Direction, Meeting, Pass, Stage, TangentPass } from "../stage.ts";
import type { Weight } from "../weight.ts";
import { bias } from "./bias.ts";
import { chain } from "./chain.ts";

/** A gain: `z = γ ⊙ x`, every row times a number of its own. */
export function gain(weight: Weight): Stage {
  return {
    parameters: [weight],
    shape(input) {
      if (input.rows !== weight.rows) {
        throw new InvalidArgumentError(
          `Expected ${weight.name} to go with ${weight.rows} rows but found a signal of ${
            describeShape(input)
          }`,
        );
      }
      return input;
    },
    forward: (x) => new GainPass(weight, x),
    flow(r) {
      const made = new Resources(), column = weight.matrix;
      return {
        out: { values: made.add(scaled(column, r.values, true)), scales: r.scales },
        meetings: [],
        pullback: (c) => made.add(scaled(column, c, true)),
        [Symbol.dispose]: () => made[Symbol.dispose](),
      };
    },
  };
}

/**
 * A factor for each row and a number added: what batch normalisation is in evaluation, `γ (x − μ)/√(σ² + ε) + β` with statistics that
 * stay, of weights that are `frozen`.
 */
export function affine(factors: Weight, offsets: Weight): Stage {
  return chain([gain(factors), bias(offsets)]);
}

class GainPass implements Pass {
  readonly out: Matrix;
  readonly meetings: readonly [Meeting];
  #signal: Matrix | undefined;

  constructor(readonly weight: Weight, x: Matrix) {
    this.out = scaled(weight.matrix, x);
    this.meetings = [{ weight, input: x }];
  }

  pullback(delta: Matrix, wanted = true): Matrix | undefined {
    this.meetings[0].delta = delta;
    this.#signal?.dispose();
    this.#signal = wanted ? scaled(this.weight.matrix, delta) : undefined;
    return this.#signal;
  }

  tangent(dx: Matrix | undefined, along: Direction): TangentPass {
    return new GainTangent(this.meetings[0], dx, along);
  }

  [Symbol.dispose](): void {
    this.out.dispose();
    this.#signal?.dispose();
  }
}

/** `ż = γ̇ ⊙ x + γ ⊙ ẋ`, and back `ġ = γ̇ ⊙ δ + γ ⊙ δ̇`. */
class GainTangent implements TangentPass {
  readonly out: Matrix | undefined;
  readonly #along: ReturnType<Direction["of"]>;
  #back: Matrix | undefined;

  constructor(readonly meeting: Meeting, dx: Matrix | undefined, along: Direction) {
    const { weight, input } = meeting, x = input!;
    this.#along = along.of(weight);
    meeting.inputTangent = dx;
    if (!dx && !this.#along) return;
    this.out = dx ? scaled(weight.matrix, dx) : x.device.matrix(x.rows, x.cols);
    if (!dx) x.device.clear(this.out);
    this.#along?.addProduct(x, this.out, 1);
  }

  pullback(deltaTangent: Matrix, wanted = true): Matrix | undefined {
    const { meeting } = this;
    meeting.deltaTangent = deltaTangent;
    if (!wanted) return undefined;
    this.#back?.dispose();
    this.#back = scaled(meeting.weight.matrix, deltaTangent);
    this.#along?.addTransposedProduct(meeting.delta!, this.#back, 1);
    return this.#back;
  }

  [Symbol.dispose](): void {
    this.out?.dispose();
    this.#back?.dispose();
  }
}

function scaled(column: Matrix, x: Matrix, absolute = false): Matrix {
  const out = x.device.matrix(x.rows, x.cols);
  x.device.run(scaleRows, { column, x, out }, { scale: 1, accumulate: 0, absolute });
  return out;
}
