import { addColumn } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Flow, FlowPass } from "../flow.ts";
import { Resources } from "../resources.ts";
import { describeShape } from "../signal.ts";
import type { Direction, ForwardMode, Meeting, Pass, Stage, TangentPass } from "../stage.ts";
import type { Weight } from "../weight.ts";
import { copyOf, zerosLike } from "./arithmetic.ts";

/** A bias: `z = x + b` in every column. */
export function bias(weight: Weight): Stage {
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
    forward: (x, _shape, mode) => new BiasPass(weight, x, mode),
    flow: (r) => biasFlow(weight, r),
  };
}

class BiasPass implements Pass {
  readonly out: Matrix;
  readonly meetings: readonly [Meeting];
  readonly #own: Matrix | undefined;

  constructor(weight: Weight, x: Matrix, { consume = false }: ForwardMode = {}) {
    this.meetings = [{ weight, input: undefined }];
    if (!consume) this.#own = copyOf(x);
    this.out = this.#own ?? x;
    x.device.run(addColumn, { column: weight.matrix, y: this.out });
  }

  pullback(delta: Matrix): Matrix {
    this.meetings[0].delta = delta;
    return delta;
  }

  tangent(dx: Matrix | undefined, along: Direction): TangentPass {
    return new BiasTangent(this.meetings[0], this.out, dx, along);
  }

  [Symbol.dispose](): void {
    this.#own?.dispose();
  }
}

class BiasTangent implements TangentPass {
  readonly out: Matrix | undefined;
  readonly #own: Matrix | undefined;

  constructor(readonly meeting: Meeting, like: Matrix, dx: Matrix | undefined, along: Direction) {
    const moved = along.of(meeting.weight);
    meeting.inputTangent = undefined;
    this.out = dx;
    if (!moved) return;
    this.#own = dx ? copyOf(dx) : zerosLike(like);
    moved.addProduct(undefined, this.#own, 1);
    this.out = this.#own;
  }

  pullback(deltaTangent: Matrix): Matrix {
    this.meeting.deltaTangent = deltaTangent;
    return deltaTangent;
  }

  [Symbol.dispose](): void {
    this.#own?.dispose();
  }
}

/**
 * `r + |b|`: the bias over what `r` was divided by so far, by one after the other, since their product may leave float32's range
 * where a bias of zero is still nothing. It has no score, and is nothing to what runs back.
 */
function biasFlow(weight: Weight, r: Flow): FlowPass {
  const { device } = weight.matrix;
  const made = new Resources();
  const values = made.add(copyOf(r.values));
  let column = weight.matrix;
  for (const divisor of r.scales) {
    const divided = made.add(zerosLike(column));
    device.run(addColumn, { column, divisor, y: divided });
    column = divided;
  }
  device.run(addColumn, { column, y: values }, { absolute: true });
  return {
    out: { values, scales: r.scales },
    meetings: [],
    pullback: (c) => c,
    [Symbol.dispose]: () => made[Symbol.dispose](),
  };
}
