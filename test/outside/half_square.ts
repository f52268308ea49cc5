// A stage of one's own: half the square of every number of a signal, by its four rules. It has no parameters.
import { type Pass, Resources, type Stage, type TangentPass } from "@graphon-limit/model";
import { addScaled, multiplyElements, repeatColumns } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";

/** `x ⊙ y`, the columns of `x` taken again and again where `y` has more. */
function product(x: Matrix, y: Matrix): Matrix {
  const { device, rows, cols } = y;
  const out = device.matrix(rows, cols);
  device.run(repeatColumns, { x, out });
  device.run(multiplyElements, { x: y, y: out });
  return out;
}

/** `h = x ⊙ x / 2`. */
export function halfSquare(): Stage {
  return { parameters: [], shape: (input) => input, forward: (x) => pass(x) };
}

function pass(x: Matrix): Pass {
  const made = new Resources();
  const square = made.add(product(x, x)), out = made.add(x.device.matrix(x.rows, x.cols));
  x.device.clear(out);
  x.device.run(addScaled, { x: square, y: out }, { scale: 0.5 });
  let gradient: Matrix | undefined;
  return {
    out,
    meetings: [],
    // ∂ℒ/∂x = x ⊙ g
    pullback: (g) => made.add(product(x, gradient = g)),
    tangent: (dx) => tangent(x, dx, () => gradient!),
    [Symbol.dispose]: () => made[Symbol.dispose](),
  };
}

function tangent(x: Matrix, dx: Matrix | undefined, gradient: () => Matrix): TangentPass {
  const made = new Resources();
  return {
    // ḣ = x ⊙ ẋ
    out: dx && made.add(product(x, dx)),
    // and back, g moving too: ẋ ⊙ g + x ⊙ ġ
    pullback(dg) {
      const back = made.add(product(x, dg));
      if (dx) x.device.run(addScaled, { x: made.add(product(dx, gradient())), y: back }, { scale: 1 });
      return back;
    },
    [Symbol.dispose]: () => made[Symbol.dispose](),
  };
}
