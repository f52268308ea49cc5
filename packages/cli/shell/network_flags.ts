import { readWeightMatrices, SafetensorsFile } from "@graphon-limit/data";
import {
  type Activation,
  ACTIVATIONS,
  initialise,
  type Initialiser,
  INITIALISERS,
  Mlp,
  type Parametrization,
  PARAMETRIZATIONS,
  type WeightStorage,
} from "@graphon-limit/model";
import { type Command, Option } from "commander";
import type { Session } from "./session.ts";
import { listOf, number, oneOf, required, UsageError, wholeNumber } from "./usage.ts";

/** Rows of a weight matrix brought to the device at a time, in bytes: a large file never fills memory twice. */
const PIECE_BYTES = 2 ** 26;

/** Flags that say what network to prune: weights from a file, or widths and an initialiser. */
export interface NetworkFlags {
  readonly weights?: string;
  readonly widths?: number[];
  readonly init?: Initialiser;
  readonly weightVariance?: number;
  readonly activation: Activation;
  readonly parametrization?: Parametrization;
}

export function addNetworkFlags(command: Command): Command {
  return addModelFlags(
    command
      .option("--weights <file>", "safetensors file with the weights, 2-D tensors [out, in] in natural order")
      .addOption(
        new Option("--widths <list>", "widths of a network to make, such as 784,1024,1024,10")
          .argParser(listOf("--widths", wholeNumber("each width", 1), 2)),
      )
      .option(
        "--init <name>",
        `how its weights are drawn: ${INITIALISERS.join(", ")}`,
        oneOf("--init", INITIALISERS),
      )
      .option(
        "--weight-variance <number>",
        "σ_w² of --init ntk (default: 1)",
        number("--weight-variance", "a positive number", (value) => value > 0),
      ),
  );
}

/** Flags of the function a network with given weights computes. */
export function addModelFlags(command: Command): Command {
  return command
    .option("--activation <name>", ACTIVATIONS.join(", "), oneOf("--activation", ACTIVATIONS), "relu")
    .option(
      "--parametrization <name>",
      `${PARAMETRIZATIONS.join(", ")} (default: standard; ntk with --init ntk)`,
      oneOf("--parametrization", PARAMETRIZATIONS),
    );
}

/** A network on the device and its layers' names in files. */
export interface NamedNetwork {
  readonly mlp: Mlp;
  readonly names: readonly string[];
}

/** The network the flags ask for; `storage` is of weights that are made, not read. */
export function openNetwork(
  session: Session,
  flags: NetworkFlags,
  storage: WeightStorage = "kept",
): NamedNetwork {
  if (flags.weights !== undefined && flags.widths !== undefined) {
    throw new UsageError("Expected either --weights or --widths but found both");
  }
  if (flags.weights !== undefined) {
    if (flags.init !== undefined) {
      throw new UsageError("Expected --init only with --widths but found --weights");
    }
    return loadNetwork(session, flags.weights, flags);
  }
  if (flags.widths === undefined) throw new UsageError("Expected --weights or --widths but found neither");
  const { widths } = flags;
  const init = required("--init", flags.init, `--widths goes with one of ${INITIALISERS.join(", ")}`);
  if (flags.weightVariance !== undefined && init !== "ntk") {
    throw new UsageError(`Expected --weight-variance only with --init ntk but found --init ${init}`);
  }
  const mlp = initialise(session.device, widths, init, {
    ...(flags.weightVariance === undefined ? {} : { weightVariance: flags.weightVariance }),
    ...(flags.parametrization === undefined ? {} : { parametrization: flags.parametrization }),
    activation: flags.activation,
    seed: session.seed,
    weights: storage,
  });
  return { mlp, names: widths.slice(1).map((_, layer) => `layers.${layer}.weight`) };
}

/** The network of a weights file, brought to the device in pieces. */
export function loadNetwork(
  session: Session,
  path: string,
  { activation, parametrization = "standard" }: Pick<NetworkFlags, "activation" | "parametrization">,
): NamedNetwork {
  using file = SafetensorsFile.open(path);
  const layers = readWeightMatrices(file, { onNotice: session.notice });
  const weights = layers.map((layer) => {
    const matrix = session.device.matrix(layer.rows, layer.columns);
    const rowsAtOnce = Math.max(1, Math.floor(PIECE_BYTES / (layer.columns * 4)));
    for (let row = 0; row < layer.rows; row += rowsAtOnce) {
      session.device.write(matrix, layer.read([row, Math.min(row + rowsAtOnce, layer.rows)]), row);
    }
    return matrix;
  });
  return {
    mlp: Mlp.fromWeights(session.device, weights, { activation, parametrization }),
    names: layers.map(({ name }) => name),
  };
}
