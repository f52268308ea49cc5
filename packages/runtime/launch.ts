import { formatBytes, InvalidArgumentError, OutOfDeviceMemoryError, show } from "./errors.ts";
import type { DeviceInfo } from "./device_info.ts";
import { GeneratedMatrix } from "./generated_matrix.ts";
import { BitMatrix, type DeviceArray, Matrix, type Panel, type Storage } from "./matrix.ts";
import type { Shape } from "./elements.ts";
import type { AnyOp, ErasedSettings, PanelPosition } from "./op.ts";
import { cutIntoSlices, type RowRange, slicePanels } from "./panels.ts";

/** One launch of an op: the shape of each argument present, and where in the panelled matrices it stands. */
export interface Launch extends PanelPosition {
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Where the rows of each argument are, those that are made for the launch apart. */
  readonly places: Readonly<Record<string, Place>>;
  /** The arguments whose rows are made for the launch. */
  readonly generated: Readonly<Record<string, GeneratedMatrix>>;
}

/** Where an argument's rows are: a storage, and the 32-bit words in it before them. */
export interface Place {
  readonly storage: Storage;
  readonly start: number;
}

/** Settings with the defaults of the options filled in, checked against the permitted values. */
export function completeSettings(op: AnyOp, settings: Record<string, unknown> = {}): ErasedSettings {
  const complete: ErasedSettings = {};
  for (const name in op.params) {
    const value = settings[name];
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new InvalidArgumentError(`Expected ${op.name}'s ${name} to be a number but found ${show(value)}`);
    }
    complete[name] = value;
  }
  for (const name in op.options) {
    const permitted = op.options[name];
    const value = (settings[name] ?? permitted[0]) as string | boolean;
    if (!permitted.includes(value)) {
      throw new InvalidArgumentError(
        `Expected ${op.name}'s ${name} to be one of ${permitted.join(", ")} but found ${show(value)}`,
      );
    }
    complete[name] = value;
  }
  return complete;
}

/**
 * Checks an op's arguments and cuts the run into launches: one for each slice of the panelled arguments' rows, or a single
 * one. An argument that is seen whole must fit one binding.
 */
export function planLaunches(
  op: AnyOp,
  args: Record<string, DeviceArray | undefined>,
  info: DeviceInfo,
): Launch[] {
  const present = presentArguments(op, args);
  const cut = present.filter(([name]) => op.panelled.includes(name));
  for (const [name, argument] of present) {
    if (!op.panelled.includes(name)) assertWhole(op, name, argument, info);
    else if (argument.rows !== cut[0][1].rows) throw otherRows(op, name, argument, cut[0]);
  }
  return slicesOf(cut.map(([, argument]) => argument), info).map(([rowOffset, rows], index) => {
    const shapes: Record<string, Shape> = {}, places: Record<string, Place> = {};
    const generated: Record<string, GeneratedMatrix> = {};
    for (const [name, argument] of present) {
      const { cols, wordsPerRow } = argument;
      if (!op.panelled.includes(name)) {
        shapes[name] = { rows: argument.rows, cols, wordsPerRow };
        places[name] = { storage: argument.panels[0].storage, start: 0 };
        continue;
      }
      shapes[name] = { rows, cols, wordsPerRow };
      if (argument instanceof GeneratedMatrix) {
        generated[name] = argument;
        continue;
      }
      const panel = argument.panels.find((panel) => holds(panel, rowOffset, rows));
      if (!panel) throw otherRows(op, name, argument, cut[0]);
      places[name] = { storage: panel.storage, start: (rowOffset - panel.rowOffset) * wordsPerRow };
    }
    return { shapes, places, generated, rowOffset, firstPanel: rowOffset === 0 && index === 0 };
  });
}

/** Runs a launch once the rows that it is to find are made, and releases them. */
export function launchWith(
  { rowOffset, shapes, places, generated }: Launch,
  run: (places: Readonly<Record<string, Place>>) => void,
): void {
  const made: Matrix[] = [], all = { ...places };
  try {
    for (const name in generated) {
      const matrix = generated[name].make(rowOffset, shapes[name].rows);
      made.push(matrix);
      all[name] = { storage: matrix.panels[0].storage, start: 0 };
    }
    run(all);
  } finally {
    for (const matrix of made) matrix.dispose();
  }
}

/** The arguments present, in the order of the op's bindings, each checked for its type. */
function presentArguments(op: AnyOp, args: Record<string, DeviceArray | undefined>): [string, DeviceArray][] {
  const present: [string, DeviceArray][] = [];
  for (const name in op.bindings) {
    const kind: string = op.bindings[name];
    const argument = args[name];
    if (argument === undefined) {
      if (!kind.endsWith("?")) throw new InvalidArgumentError(`Expected ${op.name} to be given ${name}`);
      continue;
    }
    const type = argument instanceof Matrix
      ? argument.type
      : argument instanceof BitMatrix
      ? "bits"
      : "nothing known";
    if (!kind.startsWith(type)) {
      throw new InvalidArgumentError(
        `Expected ${op.name}'s ${name} to be ${kind.split(" ")[0]} but found ${type}`,
      );
    }
    if (argument instanceof GeneratedMatrix && (kind.includes("out") || !op.panelled.includes(name))) {
      throw new InvalidArgumentError(
        `Expected ${op.name}'s ${name} to be a matrix that is kept but found ${argument.describe()}`,
      );
    }
    present.push([name, argument]);
  }
  return present;
}

/** The row ranges of the launches: what all arguments hold, in slices that are the same for every matrix of their shape. */
function slicesOf(cut: readonly DeviceArray[], info: DeviceInfo): RowRange[] {
  if (cut.length === 0) return [[0, 0]];
  const kept = cut.filter((argument) => !(argument instanceof GeneratedMatrix));
  if (kept.length === 0) return cutIntoSlices(cut[0], info);
  // A panel that a generated matrix is being filled in holds fewer rows than the others.
  const least = kept.reduce((a, b) => rowsHeld(b) < rowsHeld(a) ? b : a);
  const panels = least.panels.map(({ rowOffset, rows }): RowRange => [rowOffset, rows]);
  return slicePanels(panels, least.cols, info.sliceBytes);
}

function rowsHeld({ panels }: DeviceArray): number {
  return panels.reduce((sum, { rows }) => sum + rows, 0);
}

function holds(panel: Panel, firstRow: number, rows: number): boolean {
  return firstRow >= panel.rowOffset && firstRow + rows <= panel.rowOffset + panel.rows;
}

function assertWhole(op: AnyOp, name: string, argument: DeviceArray, { maxBindingBytes }: DeviceInfo): void {
  if (argument.panels.length <= 1) return;
  throw new OutOfDeviceMemoryError(
    `${argument.describe()} needs ${formatBytes(argument.rows * argument.wordsPerRow * 4)} in one binding ` +
      `(${name} of ${op.name}); this device binds ${formatBytes(maxBindingBytes)}`,
  );
}

function otherRows(op: AnyOp, name: string, argument: DeviceArray, [first, leader]: [string, DeviceArray]) {
  return new InvalidArgumentError(
    `Expected the rows of ${op.name}'s ${name} to be those of ${first}, ${leader.describe()}, ` +
      `but found ${argument.describe()}`,
  );
}
