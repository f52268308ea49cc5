import type { Shape } from "@graphon-limit/runtime";

/** Whether a matrix can hold a row for each edge and, along it, the samples: padded to a multiple of eight columns. */
export function isSamplePanel({ rows, cols }: Shape, edges: number, samples: number): boolean {
  return rows >= edges && cols >= samples && cols % 8 === 0;
}
