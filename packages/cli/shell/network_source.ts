import { type NetworkInFiles, readNetwork } from "@graphon-limit/data";
import {
  initialise,
  INITIALISERS,
  type Network,
  type NetworkDefinition,
  networkOfLayers,
  redraw,
  uploadMask,
  type WeightStorage,
} from "@graphon-limit/model";
import { deriveSeed, FormatError, InvalidArgumentError, show } from "@graphon-limit/runtime";
import { assertDefinedFlags, type DefinedFlags, drawnNetwork } from "./defined_network.ts";
import { findNetwork, uploadNetwork } from "./found_network.ts";
import { layersOf, openFiles } from "./network_files.ts";
import { assertKindFlags, isDefined } from "./network_kind.ts";
import { withSavedFunction } from "./saved_function.ts";
import type { Session } from "./session.ts";
import { needed, UsageError } from "./usage.ts";

/** What weights that are drawn anew are for: `--seed` alone would give those again that `prune --widths` made with it. */
const REDRAW_PURPOSE = 0x72656472;

/** What says how signals run through layers whose shapes and names do not. */
const OTHER_NETWORKS = "--network (cnn, resnet, vit or a module) says how signals run through others";

/** A network that flags ask for, of which the sizes are known and no more. */
export interface NetworkSource extends Disposable {
  /** Where it is from, for messages: a file, or `the network of --widths`. */
  readonly name: string;
  /**
   * Inputs, hidden layers, outputs of a fully connected network, or the definition of another; undefined where it is not known how
   * signals run through the layers.
   */
  readonly network: readonly number[] | NetworkDefinition | undefined;
  /** Why it is not known, and what would say it, where it is not. */
  readonly gap?: string | undefined;
  /** Whether its file stores matrices [in, out]. */
  readonly transposed: boolean;
  /**
   * The network on the device, masks on it and weights drawn anew where flags say so; the caller's to dispose of.
   *
   * @param storage of weights that are made, not read
   */
  open(storage?: WeightStorage): Network;
}

type Flags = DefinedFlags;

/** What there is to say of a network beside its flags. */
export interface NetworkSourceOptions {
  /** Whether signals are to run through it, as they are unless given; `wanted` where they may, and need not. */
  readonly chain?: true | "wanted" | undefined;
  /** Channels, height and width of the samples in a file, where it says so. */
  readonly image?: readonly number[] | undefined;
  /** What works where it is not known how signals run, for messages. */
  readonly without?: string | undefined;
}

/**
 * The network that flags ask for: of weights in a file, of widths, or, with `--redraw`, of masks alone.
 *
 * @throws {UsageError} if flags do not go together
 * @throws {FormatError} where signals are to run through layers of which it is not known how
 */
export async function networkSource(
  session: Session,
  asked: Flags,
  { chain = true, image, without }: NetworkSourceOptions = {},
): Promise<NetworkSource> {
  assertKindFlags(asked);
  (isDefined(asked) ? assertDefinedFlags : assertFlags)(asked);
  const flags = withSavedFunction(session, asked);
  if (isDefined(flags)) return await definedSource(session, flags, image);
  const { weights, masks, widths } = flags;
  if (weights === undefined && widths !== undefined) return madeNetwork(session, flags, widths);
  using opened = new DisposableStack();
  const files = opened.use(openFiles(flags)), { order, transpose } = flags;
  const layers = readNetwork(files, { order, transpose, chain: "wanted" });
  const advice = without === undefined ? OTHER_NETWORKS : `${OTHER_NETWORKS}; ${without}`;
  const gap = layers.gap && new FormatError(`${layers.gap.message}; ${advice}`);
  if (gap && chain === true) throw gap;
  for (const line of layers.notices) session.notice(line);
  const found = { ...layers, ...(gap && { gap }) };
  const kept = opened.move(), name = weights ?? masks!;
  return {
    name,
    network: gap ? undefined : widthsOfLayers(found),
    gap: gap?.message,
    transposed: found.transposed,
    open: () => drawnAnew(session, flags, openNetwork(session, found, flags, name)),
    [Symbol.dispose]: () => kept.dispose(),
  };
}

async function definedSource(
  session: Session,
  flags: Flags,
  image: readonly number[] | undefined,
): Promise<NetworkSource> {
  const name = flags.weights ??
    (flags.init === undefined ? flags.masks! : `the network of --network ${flags.network}`);
  const shared = { name, transposed: false };
  if (flags.init !== undefined) {
    return { ...shared, ...await drawnNetwork(session, flags, image), [Symbol.dispose]() {} };
  }
  using opened = new DisposableStack();
  const files = opened.use(openFiles(flags)), found = await findNetwork(session, files, flags, name, image);
  const kept = opened.move();
  return {
    ...shared,
    network: found.definition,
    open: () => drawnAnew(session, flags, uploadNetwork(session, files, found, flags, name)),
    [Symbol.dispose]: () => kept.dispose(),
  };
}

function openNetwork(
  session: Session,
  found: NetworkInFiles,
  { activation, parametrization, bias }: Flags,
  source: string,
): Network {
  return networkOfLayers(session.device, found, {
    ...{ activation, parametrization, source },
    biases: bias !== false,
    onNotice: session.notice,
  });
}

function widthsOfLayers({ layers }: NetworkInFiles): number[] {
  return [layers[0].columns, ...layers.map(({ rows }) => rows)];
}

function assertFlags(flags: Flags): void {
  const { weights, widths, init, weightVariance, bias, masks, redraw, order, transpose } = flags;
  if (weights !== undefined && widths !== undefined) {
    throw new UsageError("Expected either --weights or --widths but found both");
  }
  if (redraw !== undefined && masks === undefined) {
    throw new UsageError(
      "Expected --masks with --redraw, which draws weights anew under them, but found none",
    );
  }
  if (redraw !== undefined && (widths ?? init) !== undefined) {
    throw new UsageError(
      "Expected --redraw with --masks and no --widths or --init, whose weights it would replace",
    );
  }
  if (weights === undefined && widths === undefined && redraw === undefined) {
    throw new UsageError("Expected --weights or --widths but found neither");
  }
  if (widths === undefined) {
    if (init !== undefined) throw new UsageError("Expected --init only with --widths but found --weights");
    if (bias) throw new UsageError("Expected --bias only with --widths but found --weights");
    return;
  }
  if ((order ?? transpose) !== undefined) {
    throw new UsageError("Expected --order and --transpose only with --weights or --masks");
  }
  needed("--init", init, `--widths goes with one of ${INITIALISERS.join(", ")}`);
  if (weightVariance !== undefined && init !== "ntk") {
    throw new UsageError(`Expected --weight-variance only with --init ntk but found --init ${init}`);
  }
}

/** A network whose weights are drawn. */
function madeNetwork(session: Session, flags: Flags, widths: readonly number[]): NetworkSource {
  const { init, weightVariance, parametrization, activation, bias, masks } = flags;
  return {
    name: "the network of --widths",
    network: widths,
    transposed: false,
    open(weights = "kept") {
      const network = initialise(session.device, widths, init!, {
        ...{ weightVariance, parametrization, activation, seed: session.seed, weights },
        ...(bias ? { bias } : {}),
      });
      try {
        if (masks !== undefined) putMasks(session, network, masks);
        return network;
      } catch (error) {
        network[Symbol.dispose]();
        throw error;
      }
    },
    [Symbol.dispose]() {},
  };
}

/** Puts the masks of a file on a network that has no names of its own: one after another. */
function putMasks(session: Session, network: Network, path: string): void {
  using files = openFiles({ masks: path });
  const { layers } = layersOf(session, files, {}, true), { weights, depth } = network;
  if (layers.length !== depth) {
    throw new InvalidArgumentError(
      `${path}: expected masks of ${depth} layers, as the network of --widths has, but found ${layers.length}`,
    );
  }
  layers.forEach(({ name, mask, rows, columns }, layer) => {
    const weight = weights[layer];
    if (rows !== weight.rows || columns !== weight.cols) {
      throw new InvalidArgumentError(
        `${path}: expected ${
          show(name)
        } to be ${weight.rows}×${weight.cols}, as layer ${layer} of the network of ` +
          `--widths, but found ${rows}×${columns}`,
      );
    }
    if (mask) weight.setMask(uploadMask(session.device, mask));
  });
}

function drawnAnew(session: Session, { redraw: law }: Flags, network: Network): Network {
  if (law === undefined) return network;
  try {
    redraw(network, law, { seed: deriveSeed(session.seed, REDRAW_PURPOSE) });
  } catch (error) {
    network[Symbol.dispose]();
    throw error;
  }
  const kept = network.parameters.length > network.weights.length ? "; biases are as they were" : "";
  session.notice(`weights drawn anew by ${law}, seed ${session.flags.seed}${kept}`);
  return network;
}
