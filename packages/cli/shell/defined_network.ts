import { type NetworkLayer, readNetwork } from "@graphon-limit/data";
import {
  initialise,
  type Network,
  type NetworkDefinition,
  uploadMask,
  type WeightStorage,
} from "@graphon-limit/model";
import { FormatError, show } from "@graphon-limit/runtime";
import { openFiles } from "./network_files.ts";
import type { MaskFlags, NetworkFlags } from "./network_flags.ts";
import { definitionOf, type KindFlags } from "./network_kind.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage.ts";

/** Flags of a network that is not of fully connected layers. */
export type DefinedFlags =
  & KindFlags
  & Partial<Omit<NetworkFlags, "activation"> & MaskFlags>
  & Pick<NetworkFlags, "activation">
  & { readonly dataset?: string | undefined };

/** Says which flags do not go together where a network is not of fully connected layers. */
export function assertDefinedFlags(flags: DefinedFlags): void {
  const { network, weights, widths, init, weightVariance, bias, masks, redraw, order, transpose } = flags;
  if ((widths ?? transpose) !== undefined) {
    throw new UsageError(
      `Expected --widths and --transpose only with --network mlp but found --network ${network}`,
    );
  }
  if (weights !== undefined && init !== undefined) {
    throw new UsageError("Expected either --weights or --init but found both");
  }
  if (redraw !== undefined && (masks === undefined || init !== undefined)) {
    throw new UsageError("Expected --redraw with --masks, and no --init, whose weights it would replace");
  }
  if (weights === undefined && init === undefined && redraw === undefined) {
    throw new UsageError("Expected --weights or, for a network to make, --init but found neither");
  }
  if (init === undefined && bias) {
    throw new UsageError("Expected --bias only with --init but found --weights");
  }
  if (init !== undefined && order !== undefined) {
    throw new UsageError("Expected --order only with --weights or --masks");
  }
  if (weightVariance !== undefined && init !== "ntk") {
    throw new UsageError(`Expected --weight-variance only with --init ntk but found --init ${init}`);
  }
}

/** A network of a definition, to be drawn by `--init`, with masks on it where there are any. */
export async function drawnNetwork(
  session: Session,
  flags: DefinedFlags,
  image: readonly number[] | undefined,
): Promise<{ readonly network: NetworkDefinition; readonly open: (storage?: WeightStorage) => Network }> {
  const definition = await definitionOf(flags, { ...flags, image });
  const { init, weightVariance, parametrization, bias, masks } = flags;
  const open = (weights: WeightStorage = "kept") => {
    const network = initialise(session.device, definition, init!, {
      ...{ weightVariance, parametrization, seed: session.seed, weights },
      ...(bias ? { bias } : {}),
    });
    try {
      if (masks !== undefined) putMasks(session, network, masks);
      return network;
    } catch (error) {
      network[Symbol.dispose]();
      throw error;
    }
  };
  return { network: definition, open };
}

/** Puts the masks of a file on a network, by the names of its weights. */
function putMasks(session: Session, network: Network, path: string): void {
  using files = openFiles({ masks: path });
  const names = network.weights.map(({ name }) => name);
  const { layers, notices } = readNetwork(files, { order: names, transpose: false });
  for (const line of notices) session.notice(line);
  layers.forEach((layer, index) => {
    const weight = network.weights[index];
    assertShape(layer, weight.shape, path);
    if (layer.mask) weight.setMask(uploadMask(session.device, layer.mask));
  });
}

/** Throws unless a layer has the shape that a network asks for. */
export function assertShape({ name, shape }: NetworkLayer, wanted: readonly number[], source: string): void {
  if (shape.length === wanted.length && shape.every((extent, index) => extent === wanted[index])) return;
  throw new FormatError(
    `${source}: expected ${show(name)} to be ${wanted.join("×")} but found ${shape.join("×")}`,
  );
}
