import { isFloating } from "../containers/dtype.ts";
import { openTensors } from "../containers/open_tensors.ts";
import { showShape } from "../containers/shape.ts";
import { storedNumber } from "../containers/stored_number.ts";
import type { TensorInfo, TensorReader } from "../containers/tensor_reader.ts";
import { formatFault } from "../messages/faults.ts";
import { printable, quoted } from "../messages/printable.ts";
import type { Batch, Inputs } from "./batch.ts";

/** What was read from a file, and lines, safe to print, about what may be meant otherwise. */
export interface Noticed {
  readonly notices: readonly string[];
}

/** Labels are kept in bytes. */
const MOST_CLASSES = 256;

/**
 * Reads a batch from a file of any container: `x` as {@linkcode readInputs} does, and `y`, the class of each sample: whole
 * numbers `[B]` or `[B, 1]` of any element type, or a one for the class of each among zeros, `[B, classes]`.
 *
 * @throws InvalidArgumentError where the file cannot be read or has no such tensors
 * @throws FormatError where their shapes do not agree, `x` is not finite, or `y` is no class of 0 … 255
 */
export function readBatch(path: string): Batch & Noticed {
  using file = openTensors(path);
  return batchIn(file);
}

/** {@linkcode readBatch} of a file that is open. */
export function batchIn(file: TensorReader): Batch & Noticed {
  const { notices, ...inputs } = inputsOf(file, "x"), { count } = inputs;
  const labels = file.info("y"), { dtype, shape } = labels;
  const isOneHot = shape.length === 2 && shape[1] > 1;
  if (shape[0] !== count || shape.length > 2 || shape.includes(0)) {
    throw formatFault(
      file.source,
      `y of labels [${count}] or ones among zeros [${count}, classes], one row for each row of x,`,
      `${dtype} ${showShape(shape)}`,
    );
  }
  const y = isOneHot ? readOneHot(file, labels) : readLabels(file, labels);
  let least = Infinity, most = 0;
  for (const label of y) {
    least = Math.min(least, label);
    most = Math.max(most, label);
  }
  const fromOne =
    `${file.source}: y holds labels of 1 to ${most} and none of class 0; labels are counted from 0`;
  return { ...inputs, y, notices: least === 1 ? [...notices, printable(fromOne)] : notices };
}

/**
 * Reads inputs from a file of any container: `x`, `[B, d]`, or images `[B, rows, columns]` or
 * `[B, channels, rows, columns]`, which become rows of `d` numbers. Whole numbers, such as pixels in bytes, are taken as they
 * are, with a notice that says their range. Other tensors are left alone; where none is called `x`, the only one that is no
 * vector is taken, which is said.
 *
 * @throws InvalidArgumentError where the file cannot be read or has no `x`
 * @throws FormatError where `x` is of another shape, or not finite
 */
export function readInputs(path: string): Inputs & Noticed {
  using file = openTensors(path);
  return inputsIn(file);
}

/** {@linkcode readInputs} of a file that is open. */
export function inputsIn(file: TensorReader): Inputs & Noticed {
  const matrices = file.tensors.filter(({ shape }) => shape.length > 1);
  // A lone vector is what was meant for samples, whatever it is called: what is wrong is its shape.
  const [only, ...others] = matrices.length === 0 ? file.tensors : matrices;
  if (file.has("x") || only === undefined || others.length > 0) return inputsOf(file, "x");
  const { notices, ...inputs } = inputsOf(file, only.name);
  const taken = printable(`${file.source}: no x; ${quoted(only.name)} is taken for it`);
  return { ...inputs, notices: [taken, ...notices] };
}

/** The inputs in a tensor of a file. */
function inputsOf(file: TensorReader, name: string): Inputs & Noticed {
  const { dtype, shape } = file.info(name);
  if (shape.length < 2 || shape.length > 4 || shape.includes(0)) {
    throw formatFault(
      file.source,
      "x of [rows, numbers], [rows, height, width] or [rows, channels, height, width]",
      `${name === "x" ? "" : `${quoted(name)} of `}${faultOf(shape)}, ${dtype} ${showShape(shape)}`,
    );
  }
  const x = file.readFloat32(name), [count, ...sample] = shape, dimension = x.length / count;
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < x.length; i++) {
    const value = x[i];
    if (!Number.isFinite(value)) {
      const place = `row ${Math.floor(i / dimension)}, column ${i % dimension}`;
      const found = storedNumber(file, name, undefined, i);
      throw formatFault(file.source, "x of finite numbers", `${found} in ${place} (counted from 0)`);
    }
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const whole =
    `${file.source}: x holds whole numbers (${dtype}) of ${least} to ${most}, which are taken as they are, not scaled to [0, 1]`;
  return {
    x,
    count,
    dimension,
    ...(sample.length > 1 && { image: sample.length === 2 ? [1, ...sample] : sample }),
    notices: [...file.notices, ...(isFloating(dtype) ? [] : [printable(whole)])],
  };
}

/** What keeps a shape from being that of samples. */
function faultOf(shape: readonly number[]): string {
  if (shape.length === 0) return "no axis";
  if (shape.length === 1) return "one axis";
  if (shape.length > 4) return `${shape.length} axes`;
  return shape[0] === 0 ? "no rows" : "rows of no numbers";
}

function readLabels(file: TensorReader, { name, shape: [count] }: TensorInfo): Uint8Array<ArrayBuffer> {
  const y = new Uint8Array(count);
  file.decodePieces(name, undefined, (values, at) => {
    for (let i = 0; i < values.length; i++) {
      const label = values[i];
      if (!Number.isInteger(label) || label < 0 || label >= MOST_CLASSES) {
        throw formatFault(
          file.source,
          `labels of 0 to ${MOST_CLASSES - 1} in y`,
          `${label} in row ${at + i} (counted from 0)`,
        );
      }
      y[at + i] = label;
    }
  });
  return y;
}

function readOneHot(
  file: TensorReader,
  { name, shape: [count, classes] }: TensorInfo,
): Uint8Array<ArrayBuffer> {
  if (classes > MOST_CLASSES) {
    throw formatFault(file.source, `y of at most ${MOST_CLASSES} classes`, `${classes}`);
  }
  const y = new Uint8Array(count), ones = new Uint16Array(count);
  file.decodePieces(name, undefined, (values, at) => {
    for (let i = 0; i < values.length; i++) {
      const row = Math.floor((at + i) / classes), value = values[i];
      if (value !== 0 && value !== 1) {
        throw formatFault(
          file.source,
          `one 1 in each row of y ${showShape([count, classes])} and 0 elsewhere`,
          `${value} in row ${row}, column ${(at + i) % classes} (counted from 0)`,
        );
      }
      if (value === 1) {
        y[row] = (at + i) % classes;
        ones[row]++;
      }
    }
  });
  const bad = ones.findIndex((sum) => sum !== 1);
  if (bad >= 0) {
    throw formatFault(
      file.source,
      `one 1 in each row of y ${showShape([count, classes])} and 0 elsewhere`,
      `${ones[bad]} of them in row ${bad} (counted from 0)`,
    );
  }
  return y;
}
