import { addPlaces } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Flow, FlowPass } from "../flow.ts";
import { Resources } from "../resources.ts";
import { describeShape, positionsOf } from "../signal.ts";
import type { Direction, ForwardMode, Meeting, Pass, Stage, TangentPass } from "../stage.ts";
import type { Weight } from "../weight.ts";
import { copyOf, overNumber, zerosLike } from "./arithmetic.ts";

/** What belongs to the places of a sequence: `z = x + P`, `P` [tokens, channels] adding a column of its own to each token. */
export function position(weight: Weight): Stage {
  return {
    parameters: [weight],
    shape(input) {
      if (input.rows !== weight.cols || positionsOf(input) !== weight.rows) {
        throw new InvalidArgumentError(
          `Expected ${weight.name} to go with ${weight.cols} rows and ${weight.rows} positions but found a signal of ${
            describeShape(input)
          }`,
        );
      }
      return input;
    },
    forward: (x, _shape, mode) => new PositionPass(weight, x, mode),
    flow: (r) => positionFlow(weight, r),
  };
}

class PositionPass implements Pass {
  readonly out: Matrix;
  readonly meetings: readonly [Meeting];
  readonly #own: Matrix | undefined;

  constructor(weight: Weight, x: Matrix, { consume = false }: ForwardMode = {}) {
    this.meetings = [{ weight, input: undefined }];
    if (!consume) this.#own = copyOf(x);
    this.out = this.#own ?? x;
    x.device.run(addPlaces, { places: weight.matrix, y: this.out });
  }

  pullback(delta: Matrix): Matrix {
    this.meetings[0].delta = delta;
    return delta;
  }

  tangent(dx: Matrix | undefined, along: Direction): TangentPass {
    const [meeting] = this.meetings, moved = along.of(meeting.weight), made = new Resources();
    meeting.inputTangent = undefined;
    const out = moved ? made.add(dx ? copyOf(dx) : zerosLike(this.out)) : dx;
    if (out) moved?.addProduct(undefined, out, 1);
    return {
      out,
      pullback: (deltaTangent) => meeting.deltaTangent = deltaTangent,
      [Symbol.dispose]: () => made[Symbol.dispose](),
    };
  }

  [Symbol.dispose](): void {
    this.#own?.dispose();
  }
}

/** `r + |P|` over what `r` was divided by so far, by one after the other, as of a bias. */
function positionFlow(weight: Weight, r: Flow): FlowPass {
  const { device } = weight.matrix, made = new Resources();
  const values = made.add(copyOf(r.values));
  let places = weight.matrix;
  for (const divisor of r.scales) places = made.add(overNumber(places, divisor));
  device.run(addPlaces, { places, y: values }, { absolute: true });
  return {
    out: { values, scales: r.scales },
    meetings: [],
    pullback: (c) => c,
    [Symbol.dispose]: () => made[Symbol.dispose](),
  };
}
