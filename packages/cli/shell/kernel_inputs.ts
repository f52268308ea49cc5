import { readInputs } from "@graphon-limit/data";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Session } from "./session.ts";

/** The inputs [d, N] on the device, from a file's tensor `x` [N, d]. */
export function openInputs(session: Session, path: string, features?: number, whose?: string): Matrix {
  const { x, count, dimension, notices } = readInputs(path);
  for (const line of notices) session.notice(line);
  if (features !== undefined && dimension !== features) {
    throw new InvalidArgumentError(
      `${path}: expected samples of ${features} numbers, the inputs of ${whose}, but found ${dimension}`,
    );
  }
  const columns = new Float32Array(x.length);
  for (let b = 0; b < count; b++) {
    for (let j = 0; j < dimension; j++) columns[j * count + b] = x[b * dimension + j];
  }
  return session.device.upload(columns, dimension, count);
}
