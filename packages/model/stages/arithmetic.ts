import { addScaled } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";

/** A fresh matrix of the same shape, all zero. */
export function zerosLike({ device, rows, cols }: Matrix): Matrix {
  const matrix = device.matrix(rows, cols);
  device.clear(matrix);
  return matrix;
}

/** A fresh matrix with the same elements. */
export function copyOf(x: Matrix): Matrix {
  const y = zerosLike(x);
  x.device.run(addScaled, { x, y }, { scale: 1 });
  return y;
}

/** A fresh matrix of its elements over a number [1, 1]. */
export function overNumber(x: Matrix, divisor: Matrix): Matrix {
  const y = zerosLike(x);
  x.device.run(addScaled, { x, divisor, y }, { scale: 1 });
  return y;
}

/** A fresh matrix with the sums of two of one shape. */
export function sumOf(a: Matrix, b: Matrix): Matrix {
  const y = copyOf(a);
  a.device.run(addScaled, { x: b, y }, { scale: 1 });
  return y;
}
