import {
  type Dtype,
  readWeightMatrices,
  SafetensorsFile,
  type SafetensorsReader,
  SafetensorsWriter,
  type TensorInfo,
} from "@graphon-limit/data";
import { type Device, FormatError, type Matrix, packBits, show, unpackBits } from "@graphon-limit/runtime";
import { Mlp } from "@graphon-limit/model";
import { memoryOf, parseTrainingHeader, type TrainingHeader } from "./training_header.ts";
import { TrainingState } from "./training_state.ts";

/** Elements brought to or from a device at a time: a large network never fills memory twice. */
const PIECE_ELEMENTS = 2 ** 24;

/** The metadata entry that says a safetensors file holds a run of training. */
const HEADER = "graphon-limit.training";

/** A run of training from a file: the network and where the run stands, both the caller's to dispose of. */
export interface SavedTraining {
  readonly mlp: Mlp;
  readonly state: TrainingState;
  /** The layers' names in the file. */
  readonly names: readonly string[];
  /** What the caller saved with it. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Writes a network in training to a safetensors file, whole or not at all: enough for `loadTraining` to go on with the same
 * losses, bit for bit. The weights are the file's only 2-D tensors, so that it serves as a weights file too; the optimiser's
 * memory (`optimiser.<what>.<layer>`), masks (`mask.<layer>`, U8) and losses lie beside them as 1-D tensors.
 *
 * @param names the layers' names, in natural order (see `naturalCompare`); `layers.<l>.weight` unless given
 * @param settings strings to keep with it: how the run was started, say
 */
export async function saveTraining(
  path: string,
  mlp: Mlp,
  state: TrainingState,
  { names = mlp.weights.map((_, l) => `layers.${l}.weight`), settings = {} }: {
    names?: readonly string[];
    settings?: Readonly<Record<string, string>>;
  } = {},
): Promise<void> {
  const { device } = mlp, memory = memoryOf(state.optimiser);
  const layers = mlp.weights.map(({ rows, cols }, l) => ({ name: names[l], rows, cols, mask: mlp.masks[l] }));
  const series = seriesOf(state);
  const infos: TensorInfo[] = layers.flatMap(({ name, rows, cols, mask }): TensorInfo[] => [
    { name, dtype: "F32", shape: [rows, cols] },
    ...memory.map((what): TensorInfo => ({
      name: `optimiser.${what}.${name}`,
      dtype: "F32",
      shape: [rows * cols],
    })),
    ...(mask ? [{ name: `mask.${name}`, dtype: "U8" as const, shape: [rows * cols] }] : []),
  ]);
  for (const [name, values] of Object.entries(series)) {
    infos.push({ name, dtype: SERIES_DTYPES[name], shape: [values.length] });
  }
  const header: TrainingHeader = {
    optimiser: state.optimiser,
    position: state.position,
    sampling: state.sampling,
    activation: mlp.activation,
    parametrization: mlp.parametrization,
    settings,
  };
  using writer = SafetensorsWriter.create(path, infos, { [HEADER]: JSON.stringify(header) });
  for (const [l, { name, rows, cols, mask }] of layers.entries()) {
    for (const range of pieces(rows, cols)) {
      writer.write(name, await device.read(mlp.weights[l], range));
      for (const [m, what] of memory.entries()) {
        writer.write(`optimiser.${what}.${name}`, await device.read(state.memory[l][m], range));
      }
      if (mask) {
        const words = await device.readBits(mask, range);
        writer.write(`mask.${name}`, unpackBits(words, range[1] - range[0], cols));
      }
    }
  }
  for (const [name, values] of Object.entries(series)) writer.write(name, values);
  writer.close();
}

/**
 * Reads what `saveTraining` wrote onto a device.
 *
 * @throws {FormatError} if the file holds no run of training, or a damaged one
 * @throws {InvalidArgumentError} if it cannot be read, or lacks a tensor
 */
export function loadTraining(path: string, device: Device): SavedTraining {
  using file = SafetensorsFile.open(path);
  const header = parseTrainingHeader(file.metadata.get(HEADER), path);
  using unfinished = new DisposableStack();
  const layers = readWeightMatrices(file);
  const weights = layers.map(({ rows, columns, read }) =>
    fill(unfinished.use(device.matrix(rows, columns)), read)
  );
  const memory = layers.map(({ name, rows, columns }) =>
    memoryOf(header.optimiser).map((what) =>
      fill(
        unfinished.use(device.matrix(rows, columns)),
        ([from, to]) => file.readFloat32(`optimiser.${what}.${name}`, [from * columns, to * columns]),
      )
    )
  );
  const { activation, parametrization, settings } = header;
  const mlp = Mlp.fromWeights(device, weights, { activation, parametrization });
  unfinished.use(mlp);
  layers.forEach(({ name }, layer) => {
    if (file.has(`mask.${name}`)) loadMask(file, `mask.${name}`, mlp, layer);
  });
  const state = new TrainingState(header.optimiser, memory);
  state.position = header.position;
  state.sampling = header.sampling;
  for (const loss of file.readFloat32("losses")) state.losses.push(loss);
  const [losses, accuracies] = ["evaluation.losses", "evaluation.accuracies"].map((name) =>
    new Float64Array(file.readBytes(name).buffer)
  );
  file.readInt32("evaluation.steps").forEach((step, i) =>
    state.evaluations.push({ step, loss: losses[i], accuracy: accuracies[i] })
  );
  unfinished.move();
  return { mlp, state, names: layers.map(({ name }) => name), settings };
}

/** Element types of what grows with the steps. */
const SERIES_DTYPES: Readonly<Record<string, Dtype>> = {
  "losses": "F32",
  "evaluation.steps": "I32",
  "evaluation.losses": "F64",
  "evaluation.accuracies": "F64",
};

/** The numbers of a state that grow with its steps. */
function seriesOf(
  { losses, evaluations }: TrainingState,
): Record<string, Float32Array | Int32Array | Float64Array> {
  return {
    "losses": Float32Array.from(losses),
    "evaluation.steps": Int32Array.from(evaluations, ({ step }) => step),
    "evaluation.losses": Float64Array.from(evaluations, ({ loss }) => loss),
    "evaluation.accuracies": Float64Array.from(evaluations, ({ accuracy }) => accuracy),
  };
}

/** Fills a matrix with rows read one piece after another. */
function fill(matrix: Matrix, read: (rows: [number, number]) => Float32Array): Matrix {
  for (const range of pieces(matrix.rows, matrix.cols)) matrix.device.write(matrix, read(range), range[0]);
  return matrix;
}

function loadMask(file: SafetensorsReader, name: string, mlp: Mlp, layer: number): void {
  const { rows, cols } = mlp.weights[layer];
  const mask = mlp.device.bits(rows, cols);
  mlp.setMask(layer, mask);
  for (const [from, to] of pieces(rows, cols)) {
    const bits = file.readUint8(name, [from * cols, to * cols]);
    const bad = bits.find((bit) => bit > 1);
    if (bad !== undefined) throw new FormatError(`${file.source}: ${show(name)} holds ${bad}, not 0 or 1`);
    mlp.device.write(mask, packBits(bits, to - from, cols), from);
  }
}

/** Ranges of rows of at most {@linkcode PIECE_ELEMENTS} elements. */
function* pieces(rows: number, cols: number): Generator<[number, number]> {
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_ELEMENTS / cols));
  for (let row = 0; row < rows; row += rowsAtOnce) yield [row, Math.min(row + rowsAtOnce, rows)];
}
