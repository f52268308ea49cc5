import {
  readWeightMatrices,
  SafetensorsFile,
  type SafetensorsReader,
  type WeightMatrix,
} from "@graphon-limit/data";
import {
  ACTIVATIONS,
  type BiasInitialiser,
  biasNameOf,
  initialise,
  INITIALISERS,
  type LayerMatrices,
  mlp,
  type Network,
  PARAMETRIZATIONS,
  type WeightStorage,
} from "@graphon-limit/model";
import { FormatError, type Matrix, show } from "@graphon-limit/runtime";
import { inputFile, optional, optionalOrNot, type Values, withDefault } from "./flags.ts";
import type { Session } from "./session.ts";
import { listOf, needed, oneOf, positive, UsageError, wholeNumber } from "./usage.ts";

/** Rows of a weight matrix brought to the device at a time, in bytes: a large file never fills memory twice. */
const PIECE_BYTES = 2 ** 26;

/** The ways in which biases of made networks begin, as `--bias` says them. */
const BIASES = ["zero", "torch"] as const satisfies readonly BiasInitialiser[];

/** Flags of the function that a network computes. */
export const MODEL_FLAGS = {
  activation: withDefault("<name>", ACTIVATIONS.join(", "), oneOf(ACTIVATIONS), "relu"),
  parametrization: optional(
    "<name>",
    `${PARAMETRIZATIONS.join(", ")} (default: standard; ntk with --init ntk)`,
    oneOf(PARAMETRIZATIONS),
  ),
};

/** Flags of a network that is read from a file. */
export const WEIGHTS_FLAGS = {
  weights: inputFile(
    "safetensors file with the weights, 2-D tensors [out, in] in natural order, and their biases",
  ),
  bias: optionalOrNot(
    "<how>",
    `biases of a network that is made: ${BIASES.join(", ")} (uniform on ±1/√fan-in) (default: none)`,
    "leave out the biases of --weights",
    oneOf(BIASES),
  ),
};

/** Flags of a network: weights from a file, or widths and an initialiser. */
export const NETWORK_FLAGS = {
  ...WEIGHTS_FLAGS,
  widths: optional(
    "<list>",
    "widths of a network to make, such as 784,1024,1024,10",
    listOf(wholeNumber(1), 2),
  ),
  init: optional("<name>", `how its weights are drawn: ${INITIALISERS.join(", ")}`, oneOf(INITIALISERS)),
  weightVariance: optional("<number>", "σ_w² of --init ntk (default: 1)", positive),
  ...MODEL_FLAGS,
};

export type WeightsFlags = Values<typeof WEIGHTS_FLAGS & typeof MODEL_FLAGS>;
export type NetworkFlags = Values<typeof NETWORK_FLAGS>;

/** The network the flags ask for, the caller's to dispose of; `storage` is of weights that are made, not read. */
export function openNetwork(
  session: Session,
  flags: NetworkFlags,
  storage: WeightStorage = "kept",
): Network {
  const { weights, widths, weightVariance, parametrization, activation, bias } = flags;
  if (weights !== undefined && widths !== undefined) {
    throw new UsageError("Expected either --weights or --widths but found both");
  }
  if (weights !== undefined) {
    if (flags.init !== undefined) {
      throw new UsageError("Expected --init only with --widths but found --weights");
    }
    return loadNetwork(session, weights, flags);
  }
  if (widths === undefined) throw new UsageError("Expected --weights or --widths but found neither");
  const init = needed("--init", flags.init, `--widths goes with one of ${INITIALISERS.join(", ")}`);
  if (weightVariance !== undefined && init !== "ntk") {
    throw new UsageError(`Expected --weight-variance only with --init ntk but found --init ${init}`);
  }
  return initialise(session.device, widths, init, {
    ...(weightVariance === undefined ? {} : { weightVariance }),
    ...(parametrization === undefined ? {} : { parametrization }),
    activation,
    seed: session.seed,
    weights: storage,
    ...(bias ? { bias } : {}),
  });
}

/** The network of a weights file with its biases, brought to the device in pieces; the caller's to dispose of. */
export function loadNetwork(
  session: Session,
  path: string,
  { activation, parametrization = "standard", bias }: WeightsFlags,
): Network {
  if (bias) throw new UsageError(`Expected --bias only with --widths but found --weights`);
  using file = SafetensorsFile.open(path);
  using unfinished = new DisposableStack();
  const layers = readWeightMatrices(file).map((layer): LayerMatrices => {
    const biasName = biasNameOf(layer.name), weight = unfinished.use(upload(session, layer));
    const values = bias === false ? undefined : biasOf(file, biasName, layer.rows);
    return {
      ...{ name: layer.name, biasName, weight },
      ...(values ? { bias: unfinished.use(session.device.upload(values, layer.rows, 1)) } : {}),
    };
  });
  const used = layers.flatMap(({ name, bias: used, biasName }) => used ? [name, biasName] : [name]);
  const others = file.tensors.map(({ name }) => name).filter((name) => !used.includes(name));
  if (others.length > 0) session.notice(`${path}: left out ${others.join(", ")}`);
  const network = mlp(session.device, layers, { activation, parametrization });
  unfinished.move();
  return network;
}

/** The bias of a layer with so many outputs, where the file has it. */
function biasOf(file: SafetensorsReader, name: string, outputs: number): Float32Array | undefined {
  if (!file.has(name)) return undefined;
  const { shape } = file.info(name);
  if (shape.length !== 1 || shape[0] !== outputs) {
    throw new FormatError(
      `${file.source}: expected ${show(name)} of shape [${outputs}] but found [${shape.join(", ")}]`,
    );
  }
  const values = file.readFloat32(name), bad = values.find((value) => !Number.isFinite(value));
  if (bad === undefined) return values;
  throw new FormatError(`${file.source}: expected ${show(name)} to be finite but found ${bad}`);
}

function upload({ device }: Session, { rows, columns, read }: WeightMatrix): Matrix {
  const matrix = device.matrix(rows, columns);
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_BYTES / (columns * 4)));
  for (let row = 0; row < rows; row += rowsAtOnce) {
    device.write(matrix, read([row, Math.min(row + rowsAtOnce, rows)]), row);
  }
  return matrix;
}
