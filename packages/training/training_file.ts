import {
  type Dtype,
  type FileSet,
  SafetensorsFile,
  type SafetensorsReader,
  SafetensorsWriter,
  type TensorInfo,
  type TensorReader,
} from "@graphon-limit/data";
import {
  type Architecture,
  assemble,
  buildNetwork,
  heldParameters,
  type NamedParameter,
  type Network,
  type NetworkDefinition,
  type Weight,
} from "@graphon-limit/model";
import {
  type Device,
  FormatError,
  GraphonLimitError,
  InvalidArgumentError,
  type Matrix,
  packBits,
  show,
  unpackBits,
} from "@graphon-limit/runtime";
import { memoryOf, parseTrainingHeader, type TrainingHeader } from "./training_header.ts";
import { TrainingState } from "./training_state.ts";

/** Elements brought to or from a device at a time: a large network never fills memory twice. */
const PIECE_ELEMENTS = 2 ** 24;

/** The metadata entry that says a safetensors file holds a run of training. */
const HEADER = "graphon-limit.training";

/** A run of training from a file: the network and where the run stands, both the caller's to dispose of. */
export interface SavedTraining {
  readonly network: Network;
  readonly state: TrainingState;
  /** What the caller saved with it. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Writes a network in training to a safetensors file, whole or not at all: enough for `loadTraining` to go on with the same
 * losses, bit for bit. Weights and biases lie there by their names and in their shapes, so that it serves as a weights file too; the
 * optimiser's memory (`optimiser.<what>.<parameter>`), masks (`mask.<parameter>`, U8) and losses lie beside them as 1-D tensors.
 *
 * @param options `settings` are strings to keep with it: how the run was started, say. `files` puts it in its place with
 * others
 */
export async function saveTraining(
  path: string,
  network: Network,
  state: TrainingState,
  { settings = {}, files }: {
    readonly settings?: Readonly<Record<string, string>> | undefined;
    readonly files?: FileSet | undefined;
  } = {},
): Promise<void> {
  const { device, parameters, architecture } = network, memory = memoryOf(state.optimiser);
  const series = seriesOf(state);
  const infos: TensorInfo[] = parameters.flatMap((parameter): TensorInfo[] => [
    { name: parameter.name, dtype: "F32", shape: [...parameter.shape] },
    ...memory.map((what): TensorInfo => ({
      name: `optimiser.${what}.${parameter.name}`,
      dtype: "F32",
      shape: [parameter.count],
    })),
    ...(parameter.mask
      ? [{ name: `mask.${parameter.name}`, dtype: "U8" as const, shape: [parameter.count] }]
      : []),
  ]);
  for (const [name, values] of Object.entries(series)) {
    infos.push({ name, dtype: SERIES_DTYPES[name], shape: [values.length] });
  }
  const header: TrainingHeader = {
    optimiser: state.optimiser,
    position: state.position,
    sampling: state.sampling,
    architecture,
    parameters: parameters.map(({ name, role }) => ({ name, role })),
    settings,
  };
  using writer = SafetensorsWriter.create(path, infos, { [HEADER]: JSON.stringify(header) }, files);
  for (const [index, { name, matrix, mask, rows, cols }] of parameters.entries()) {
    for (const range of pieces(rows, cols)) {
      writer.write(name, await device.read(matrix, range));
      for (const [m, what] of memory.entries()) {
        writer.write(`optimiser.${what}.${name}`, await device.read(state.memory[index][m], range));
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
 * @param options `definition` is the network's, where its kind is none that is registered
 * @throws {FormatError} if the file holds no run of training, a damaged one, or one of another network than is defined
 * @throws {InvalidArgumentError} if it cannot be read, or lacks a tensor
 */
export function loadTraining(
  path: string,
  device: Device,
  { definition }: { readonly definition?: NetworkDefinition | undefined } = {},
): SavedTraining {
  using file = SafetensorsFile.open(path);
  const header = parseTrainingHeader(file.metadata.get(HEADER), path);
  using unfinished = new DisposableStack();
  const parameters = header.parameters.map(({ name, role }) => {
    const { shape } = file.info(name), [rows] = shape;
    const cols = shape.slice(1).reduce((product, extent) => product * extent, 1);
    if (!(rows * cols > 0)) {
      throw new FormatError(`${path}: expected elements in ${show(name)} but found none`);
    }
    const matrix = unfinished.use(device.matrix(rows, cols));
    return { name, role, matrix: fill(matrix, (range) => file.readFloat32(name, range)) };
  });
  const memory = parameters.map(({ name, matrix: { rows, cols } }) =>
    memoryOf(header.optimiser).map((what) =>
      fill(
        unfinished.use(device.matrix(rows, cols)),
        ([from, to]) => file.readFloat32(`optimiser.${what}.${name}`, [from * cols, to * cols]),
      )
    )
  );
  const { architecture, settings } = header;
  const network = unfinished.use(
    rebuilt(
      path,
      () =>
        definition
          ? networkDefined(definition, device, parameters, architecture)
          : buildNetwork(device, parameters, architecture),
    ),
  );
  // The optimiser's memory lies in the order of the parameters.
  const [names, wanted] = [network, header].map((held) => held.parameters.map(({ name }) => name).join(", "));
  if (names !== wanted) {
    throw new FormatError(
      `${path}: expected a network of the parameters ${wanted} but found one of ${names}`,
    );
  }
  for (const weight of network.parameters) {
    if (file.has(`mask.${weight.name}`)) loadMask(file, `mask.${weight.name}`, weight);
  }
  const state = new TrainingState(header.optimiser, memory);
  state.position = header.position;
  state.sampling = header.sampling;
  loadSeries(file, state);
  unfinished.move();
  return { network, state, settings };
}

/**
 * What computes from the weights in a file, where it holds a run of training; undefined for other files of weights.
 *
 * @throws {FormatError} if what the file says of its run is damaged, or of another version
 */
export function architectureIn(
  { metadata, source }: Pick<TensorReader, "metadata" | "source">,
): Architecture | undefined {
  const text = metadata.get(HEADER);
  return text === undefined ? undefined : parseTrainingHeader(text, source).architecture;
}

/** Reads the numbers of a state that grow with its steps. */
function loadSeries(file: SafetensorsReader, state: TrainingState): void {
  const wanted = (name: string, count: number) => {
    const { dtype, shape } = file.info(name);
    if (dtype === SERIES_DTYPES[name] && shape.length === 1 && shape[0] === count) return;
    throw new FormatError(
      `${file.source}: expected ${SERIES_DTYPES[name]} [${count}] in ${show(name)} but found ${dtype} [${
        show(shape)
      }]`,
    );
  };
  const lengthOf = (name: string) => file.info(name).shape[0] ?? 0;
  wanted("losses", lengthOf("losses"));
  const count = lengthOf("evaluation.steps");
  for (const name of ["evaluation.steps", "evaluation.losses", "evaluation.accuracies"]) wanted(name, count);
  for (const loss of file.readFloat32("losses")) state.losses.push(loss);
  const [losses, accuracies] = ["evaluation.losses", "evaluation.accuracies"].map((name) =>
    new Float64Array(file.readBytes(name).buffer)
  );
  file.readInt32("evaluation.steps").forEach((step, i) =>
    state.evaluations.push({ step, loss: losses[i], accuracy: accuracies[i] })
  );
}

/** What does not make a network is a damaged file. */
/** The network of a definition, which must be the one that the parameters are of. */
function networkDefined(
  definition: NetworkDefinition,
  device: Device,
  parameters: readonly NamedParameter[],
  { kind, activation, parametrization }: Architecture,
): Network {
  if (definition.kind !== kind || definition.activation !== activation) {
    throw new InvalidArgumentError(
      `Expected one of kind ${show(kind)} with ${activation} but found the definition of ${
        show(definition.kind)
      } with ${definition.activation}`,
    );
  }
  return assemble(device, definition, heldParameters(parameters, parametrization), parametrization);
}

function rebuilt(path: string, build: () => Network): Network {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof GraphonLimitError)) throw error;
    throw new FormatError(`${path}: expected the parameters of a network: ${error.message}`);
  }
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

function loadMask(file: SafetensorsReader, name: string, weight: Weight): void {
  const { rows, cols, matrix: { device } } = weight;
  const mask = device.bits(rows, cols);
  weight.setMask(mask);
  for (const [from, to] of pieces(rows, cols)) {
    const bits = file.readUint8(name, [from * cols, to * cols]);
    const bad = bits.find((bit) => bit > 1);
    if (bad !== undefined) throw new FormatError(`${file.source}: ${show(name)} holds ${bad}, not 0 or 1`);
    device.write(mask, packBits(bits, to - from, cols), from);
  }
}

/** Ranges of rows of at most {@linkcode PIECE_ELEMENTS} elements. */
function* pieces(rows: number, cols: number): Generator<[number, number]> {
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_ELEMENTS / cols));
  for (let row = 0; row < rows; row += rowsAtOnce) yield [row, Math.min(row + rowsAtOnce, rows)];
}
