import assert from "node:assert/strict";
import fc from "fast-check";
import { type HostMatrix, type OpCase, runCase } from "@graphon-limit/ops/cases";
import { type AnyOp, type Device, type HostArray, InvalidArgumentError } from "@graphon-limit/runtime";

/** Another shape for one argument of a case: so many rows or columns more, of whichever is present. */
export interface Reshaping {
  readonly argument: number;
  readonly side: "rows" | "cols";
  readonly change: number;
}

export const reshapings: fc.Arbitrary<Reshaping> = fc.record({
  argument: fc.nat(),
  side: fc.constantFrom("rows", "cols"),
  change: fc.constantFrom(-8, -1, 1, 8, 64),
});

/**
 * A case with one argument of another shape, and whether the op states the size that was changed: by a number, a param, or a
 * symbol that another argument has too. Such a case must be refused. Others may be, by a rule, or are cases like any.
 */
export function reshape(
  op: AnyOp,
  drawn: OpCase,
  { argument, side, change }: Reshaping,
): { reshaped: OpCase; stated: boolean } {
  const { shapes, params } = op;
  assert.ok(shapes, "Expected an op of the catalogue to state its shapes");
  const present = Object.keys(op.bindings).filter((name) => drawn.args[name]);
  const name = present[argument % present.length], original = drawn.args[name]!;
  const own = shapes[name][side === "rows" ? 0 : 1];
  const shared = present.flatMap((other) => shapes[other]).filter((each) => each === own).length > 1;
  const stated = typeof own === "number" || own in params || shared;
  // Other arguments' entries may point at what a smaller matrix lacks, which no check of shapes sees.
  const size = original[side] + (stated ? change : Math.abs(change));
  fc.pre(size >= 0);
  return { reshaped: { ...drawn, args: { ...drawn.args, [name]: resized(original, side, size) } }, stated };
}

/** What a case comes to: its outputs, or the one line of the typed error it is refused with; nothing else may happen. */
export async function outcomeOf(
  device: Device,
  op: AnyOp,
  drawn: OpCase,
): Promise<Record<string, HostArray> | string> {
  try {
    return await runCase(device, op, drawn);
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, `expected InvalidArgumentError but found ${error}`);
    assert.match(error.message, new RegExp(`^Expected ${op.name}('s \\w+)? to be .* but found .*$`));
    return error.message;
  }
}

/** A matrix of another size: rows or columns are cut off, or added as zeros. */
function resized(matrix: HostMatrix, side: Reshaping["side"], size: number): HostMatrix {
  const { rows, cols, data, bits } = matrix, shape = { rows, cols, [side]: size };
  const fill = <A extends HostArray | Uint8Array>(from: A): A => {
    const to = new (from.constructor as new (length: number) => A)(shape.rows * shape.cols);
    for (let i = 0; i < Math.min(rows, shape.rows); i++) {
      to.set(from.subarray(i * cols, i * cols + Math.min(cols, shape.cols)), i * shape.cols);
    }
    return to;
  };
  return { ...matrix, ...shape, ...(data && { data: fill(data) }), ...(bits && { bits: fill(bits) }) };
}
