import type { Shape } from "./elements.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { AnyOp, ErasedSettings } from "./op.ts";
import type { Side, Signature } from "./signature.ts";

/** Shapes by argument, those left out undefined. */
type GivenShapes = Readonly<Record<string, Shape | undefined>>;

/**
 * Checks an op's arguments, whole as they are, against the shapes it states and its rules. Those of an op that states none
 * are its own concern.
 *
 * @throws {InvalidArgumentError} for the first that does not fit: one whose symbol stands for another number in an argument
 * before it, or the arguments together
 */
export function checkShapes(
  op: AnyOp,
  { bindings, symbols }: Signature,
  given: GivenShapes,
  settings: ErasedSettings,
): void {
  for (let symbol = 0; symbol < symbols; symbol++) solved[symbol] = UNSOLVED;
  for (const { name, rows, cols } of bindings) {
    const shape = given[name];
    if (!shape || !rows || !cols) continue;
    const wantedRows = wanted(rows, shape.rows, settings), wantedCols = wanted(cols, shape.cols, settings);
    if (shape.rows === wantedRows && shape.cols === wantedCols) continue;
    throw new InvalidArgumentError(
      `Expected ${op.name}'s ${name} to be ${wantedRows}×${wantedCols} but found ${shape.rows}×${shape.cols}`,
    );
  }
  for (const { says, holds } of op.rules) {
    if (holds(given, settings)) continue;
    throw new InvalidArgumentError(
      `Expected ${op.name} to be given ${says}, but found ${listed(op, given, settings)}`,
    );
  }
}

const UNSOLVED = -1;

/** What each symbol of the op being checked stands for: one list for all, since there are thousands of launches a second. */
const solved: number[] = [];

function wanted({ symbol, param, count }: Side, found: number, settings: ErasedSettings): number {
  if (symbol < 0) return param === undefined ? count : settings[param] as number;
  if (solved[symbol] === UNSOLVED) solved[symbol] = found;
  return solved[symbol];
}

/** The arguments present and the settings: `x 1×4, out 1×3, start 2`. */
function listed({ bindings }: AnyOp, given: GivenShapes, settings: ErasedSettings): string {
  const shapes = Object.keys(bindings).flatMap((name) => {
    const shape = given[name];
    return shape ? [`${name} ${shape.rows}×${shape.cols}`] : [];
  });
  return [...shapes, ...Object.entries(settings).map(([name, value]) => `${name} ${value}`)].join(", ");
}
