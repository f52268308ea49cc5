import { formatBytes, InvalidArgumentError, OutOfDeviceMemoryError, show } from "./errors.ts";
import type { DeviceArray, Panel } from "./matrix.ts";
import { BitMatrix, Matrix } from "./matrix.ts";
import type { AnyOp, ErasedSettings, PanelPosition, Shape } from "./op.ts";

/** One launch of an op: the panel of each argument present, and where in the panelled matrices it stands. */
export interface Launch extends PanelPosition {
  readonly panels: Readonly<Record<string, Panel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
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
 * Checks an op's arguments and cuts the run into launches: one for each row panel of the panelled arguments, or a single
 * one. An argument that is seen whole must fit one binding.
 */
export function planLaunches(
  op: AnyOp,
  args: Record<string, DeviceArray | undefined>,
  maxBindingBytes: number,
): Launch[] {
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
    present.push([name, argument]);
  }

  const cut = present.filter(([name]) => op.panelled.includes(name));
  const leader = cut[0]?.[1];
  for (const [name, argument] of present) {
    const whole = !op.panelled.includes(name);
    if (whole && argument.panels.length > 1) {
      throw new OutOfDeviceMemoryError(
        `${argument.describe()} needs ${
          formatBytes(argument.rows * argument.wordsPerRow * 4)
        } in one binding ` +
          `(${name} of ${op.name}); this device binds ${formatBytes(maxBindingBytes)}`,
      );
    }
    if (!whole && !samePanels(leader.panels, argument.panels)) {
      throw new InvalidArgumentError(
        `Expected the rows of ${op.name}'s ${name} to be those of ${cut[0][0]}, ${leader.describe()}, ` +
          `but found ${argument.describe()}`,
      );
    }
  }

  const count = leader ? leader.panels.length : 1;
  return Array.from({ length: count }, (_, index) => {
    const panels: Record<string, Panel> = {}, shapes: Record<string, Shape> = {};
    for (const [name, argument] of present) {
      const panel = argument.panels[op.panelled.includes(name) ? index : 0];
      panels[name] = panel;
      shapes[name] = { rows: panel.rows, cols: argument.cols, wordsPerRow: argument.wordsPerRow };
    }
    return { panels, shapes, rowOffset: leader?.panels[index].rowOffset ?? 0, firstPanel: index === 0 };
  });
}

function samePanels(a: readonly Panel[], b: readonly Panel[]): boolean {
  return a.length === b.length && a.every((panel, i) => panel.rows === b[i].rows);
}

/**
 * Cuts `rows` into panels of at most `maxBindingBytes`. The cut depends on the columns alone and not on the element
 * type, so that a mask and the weights it masks are cut alike.
 */
export function cutIntoPanels(
  rows: number,
  cols: number,
  maxBindingBytes: number,
  what: string,
): [number, number][] {
  const rowBytes = Math.max(cols, 1) * 4;
  const rowsPerPanel = Math.floor(maxBindingBytes / rowBytes);
  if (rowsPerPanel === 0) {
    throw new OutOfDeviceMemoryError(
      `${what} needs ${formatBytes(rowBytes)} for one row in one binding; this device binds ${
        formatBytes(maxBindingBytes)
      }`,
    );
  }
  const panels: [number, number][] = [];
  for (let offset = 0; offset < rows; offset += rowsPerPanel) {
    panels.push([offset, Math.min(rowsPerPanel, rows - offset)]);
  }
  return panels.length > 0 ? panels : [[0, 0]];
}
