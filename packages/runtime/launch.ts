import type { DeviceInfo } from "./device_info.ts";
import type { Shape } from "./elements.ts";
import { formatBytes, InvalidArgumentError, OutOfDeviceMemoryError, show } from "./errors.ts";
import { GeneratedMatrix } from "./generated_matrix.ts";
import { BitMatrix, type DeviceArray, Matrix, type Panel, type Storage } from "./matrix.ts";
import type { AnyOp, ErasedSettings, PanelPosition } from "./op.ts";
import { cutIntoSlices, type RowRange, rowsPerSlice, slicePanels } from "./panels.ts";
import { checkShapes } from "./shapes.ts";
import { type Binding, type Signature, signatureOf } from "./signature.ts";

/** One launch of an op: the shape of each argument present, and where in the panelled matrices it stands. */
export interface Launch extends PanelPosition {
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Where the rows of each argument are, those that are made for the launch apart. */
  readonly places: Readonly<Record<string, Place>>;
  /** The arguments whose rows are made for the launch, by name. */
  readonly generated: readonly (readonly [name: string, matrix: GeneratedMatrix])[];
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
  settings: ErasedSettings,
  info: DeviceInfo,
): Launch[] {
  const signature = signatureOf(op), present = presentArguments(op, signature, args);
  checkShapes(op, signature, args, settings);
  const cut = present.filter(({ binding }) => binding.panelled);
  for (const argument of present) {
    if (!argument.binding.panelled) assertWhole(op, argument, info);
    else if (argument.array.rows !== cut[0].array.rows) throw otherRows(op, argument, cut[0]);
  }
  if (inOnePiece(cut, info)) return [wholeLaunch(present)];
  return slicesOf(cut.map(({ array }) => array), info).map(([rowOffset, rows], index) => {
    const shapes: Record<string, Shape> = {}, places: Record<string, Place> = {};
    const generated: [string, GeneratedMatrix][] = [];
    for (const argument of present) {
      const { binding: { name, panelled }, array } = argument, { cols, wordsPerRow } = array;
      if (!panelled) {
        shapes[name] = { rows: array.rows, cols, wordsPerRow };
        places[name] = { storage: array.panels[0].storage, start: 0 };
        continue;
      }
      shapes[name] = { rows, cols, wordsPerRow };
      if (array instanceof GeneratedMatrix) {
        generated.push([name, array]);
        continue;
      }
      const panel = panelAt(array.panels, rowOffset);
      if (!panel || !holds(panel, rowOffset, rows)) throw otherRows(op, argument, cut[0]);
      places[name] = { storage: panel.storage, start: (rowOffset - panel.rowOffset) * wordsPerRow };
    }
    return { shapes, places, generated, rowOffset, firstPanel: rowOffset === 0 && index === 0 };
  });
}

/** Whether no argument is cut, nor made for the launch: by far the most are so, and thousands of them a second are to be planned. */
function inOnePiece(cut: readonly Present[], { sliceBytes }: DeviceInfo): boolean {
  for (const { array } of cut) {
    if (array instanceof GeneratedMatrix) return false;
    const { panels: [panel, another], rows } = array;
    if (another || panel.rows !== rows) return false;
  }
  return cut.length === 0 || cut[0].array.rows <= rowsPerSlice(cut[0].array.cols, sliceBytes);
}

/** The one launch of arguments of which none is cut. */
function wholeLaunch(present: readonly Present[]): Launch {
  const shapes: Record<string, Shape> = {}, places: Record<string, Place> = {};
  for (const { binding: { name }, array } of present) {
    const { rows, cols, wordsPerRow } = array;
    shapes[name] = { rows, cols, wordsPerRow };
    places[name] = { storage: array.panels[0].storage, start: 0 };
  }
  return { shapes, places, generated: [], rowOffset: 0, firstPanel: true };
}

/** Runs a launch once the rows that it is to find are made, and releases them. */
export function launchWith(
  { rowOffset, shapes, places, generated }: Launch,
  run: (places: Readonly<Record<string, Place>>) => void,
): void {
  if (generated.length === 0) {
    run(places);
    return;
  }
  const made: Matrix[] = [], all = { ...places };
  try {
    for (const [name, whole] of generated) {
      const matrix = whole.make(rowOffset, shapes[name].rows);
      made.push(matrix);
      all[name] = { storage: matrix.panels[0].storage, start: 0 };
    }
    run(all);
  } finally {
    for (const matrix of made) matrix.dispose();
  }
}

/** An argument that is there, and how the op uses it. */
interface Present {
  readonly binding: Binding;
  readonly array: DeviceArray;
}

/** The arguments present, in the order of the op's bindings, each checked for its type. */
function presentArguments(
  op: AnyOp,
  { bindings }: Signature,
  args: Record<string, DeviceArray | undefined>,
): Present[] {
  const present: Present[] = [];
  for (const binding of bindings) {
    const { name } = binding, array = args[name];
    if (array === undefined) {
      if (!binding.optional) throw new InvalidArgumentError(`Expected ${op.name} to be given ${name}`);
      continue;
    }
    const type = array instanceof Matrix ? array.type : array instanceof BitMatrix ? "bits" : "nothing known";
    if (type !== binding.type) {
      throw new InvalidArgumentError(
        `Expected ${op.name}'s ${name} to be ${binding.type} but found ${type}`,
      );
    }
    if (array instanceof GeneratedMatrix && (binding.written || !binding.panelled)) {
      throw new InvalidArgumentError(
        `Expected ${op.name}'s ${name} to be a matrix that is kept but found ${array.describe()}`,
      );
    }
    present.push({ binding, array });
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

/** The panel that a row is in, all but the last having as many rows. */
function panelAt(panels: readonly Panel[], row: number): Panel | undefined {
  const [{ rowOffset, rows }] = panels;
  return panels[Math.floor((row - rowOffset) / Math.max(rows, 1))];
}

function holds(panel: Panel, firstRow: number, rows: number): boolean {
  return firstRow >= panel.rowOffset && firstRow + rows <= panel.rowOffset + panel.rows;
}

function assertWhole(op: AnyOp, { binding, array }: Present, { maxBindingBytes }: DeviceInfo): void {
  if (array.panels.length <= 1) return;
  throw new OutOfDeviceMemoryError(
    `${array.describe()} needs ${formatBytes(array.rows * array.wordsPerRow * 4)} in one binding ` +
      `(${binding.name} of ${op.name}); this device binds ${formatBytes(maxBindingBytes)}`,
  );
}

function otherRows(op: AnyOp, { binding, array }: Present, leader: Present): InvalidArgumentError {
  return new InvalidArgumentError(
    `Expected the rows of ${op.name}'s ${binding.name} to be those of ${leader.binding.name}, ` +
      `${leader.array.describe()}, but found ${array.describe()}`,
  );
}
