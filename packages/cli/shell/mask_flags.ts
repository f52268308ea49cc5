import { type MaskMatrix, readMaskMatrices, SafetensorsFile } from "@graphon-limit/data";
import { mlp, type Network, redraw, REDRAWS } from "@graphon-limit/model";
import {
  type BitMatrix,
  deriveSeed,
  type Device,
  InvalidArgumentError,
  packBits,
  show,
} from "@graphon-limit/runtime";
import { inputFile, optional, type Values } from "./flags.ts";
import type { NetworkFlags, WeightsFlags } from "./network_flags.ts";
import type { Session } from "./session.ts";
import { oneOf, UsageError } from "./usage.ts";

/** Rows of a mask brought to the device at a time, in entries. */
const PIECE_ENTRIES = 2 ** 24;

/** What weights that are drawn anew are for: `--seed` alone would give those again that `prune --widths` made with it. */
const REDRAW_PURPOSE = 0x72656472;

/** Flags of a network under masks. */
export const MASK_FLAGS = {
  masks: inputFile("safetensors file with its masks, 0/1 tensors (default: every weight is kept)"),
  redraw: optional(
    "<law>",
    `draw the weights anew under the masks, by ${REDRAWS.join(", ")} (He's or LeCun's variance of each ` +
      "neuron's kept inputs); --weights may then be left out",
    oneOf(REDRAWS),
  ),
};

export type MaskFlags = Values<typeof MASK_FLAGS>;

/**
 * Puts the masks of the flags, if any, on the network that `open` gives, and draws its weights anew where the flags say so. With
 * `--redraw` and no weights the network is that of the masks' shapes.
 *
 * @param open the network the other flags ask for
 */
export function openMaskedNetwork(
  session: Session,
  flags: MaskFlags & WeightsFlags & Pick<NetworkFlags, "widths" | "init">,
  open: () => Network,
): Network {
  const { masks, weights, redraw: law } = flags;
  if (law !== undefined && masks === undefined) {
    throw new UsageError(
      "Expected --masks with --redraw, which draws weights anew under them, but found none",
    );
  }
  if (law !== undefined && (flags.widths ?? flags.init) !== undefined) {
    throw new UsageError(
      "Expected --redraw with --masks and no --widths or --init, whose weights it would replace",
    );
  }
  const network = law !== undefined && weights === undefined
    ? networkOfMasks(session, masks!, flags)
    : open();
  try {
    if (masks !== undefined) putMasks(session, network, masks, weights ?? "the network of --widths");
    if (law !== undefined) {
      redraw(network, law, { seed: deriveSeed(session.seed, REDRAW_PURPOSE) });
      const kept = network.parameters.length > network.weights.length ? "; biases are as they were" : "";
      session.notice(`weights drawn anew by ${law}, seed ${session.flags.seed}${kept}`);
    }
  } catch (error) {
    network[Symbol.dispose]();
    throw error;
  }
  return network;
}

/** A network of the masks' shapes, its weights not drawn yet. */
function networkOfMasks(
  session: Session,
  path: string,
  { activation, parametrization = "standard" }: WeightsFlags,
): Network {
  using file = SafetensorsFile.open(path);
  const layers = readMaskMatrices(file).map(({ name, rows, columns }) => ({
    name,
    weight: session.device.matrix(rows, columns),
  }));
  return mlp(session.device, layers, { activation, parametrization });
}

/**
 * Puts the masks of a file on a network's layers.
 *
 * @param whose where the network is from, for messages
 * @throws {InvalidArgumentError} if there are not as many as layers, or one has another shape than its layer
 */
function putMasks(session: Session, network: Network, path: string, whose: string): void {
  using file = SafetensorsFile.open(path);
  const masks = readMaskMatrices(file, { onNotice: session.notice });
  assertShapes(network, masks, path, whose);
  masks.forEach((mask, layer) => network.weights[layer].setMask(uploadMask(session.device, mask)));
}

/** Throws unless there is a mask of its shape for every layer. */
export function assertShapes(
  { weights, depth }: Network,
  masks: readonly MaskMatrix[],
  path: string,
  whose: string,
): void {
  if (masks.length !== depth) {
    throw new InvalidArgumentError(
      `${path}: expected masks of ${depth} layers, as ${whose} has, but found ${masks.length}`,
    );
  }
  masks.forEach((mask, layer) => {
    const { rows, cols, name } = weights[layer];
    if (mask.rows !== rows || mask.columns !== cols) {
      throw new InvalidArgumentError(
        `${path}: expected ${show(mask.name)} to be ${rows}×${cols}, as ${show(name)} of ${whose}, ` +
          `but found ${mask.rows}×${mask.columns}`,
      );
    }
  });
}

/** Packs a mask from its file onto the device, some rows at a time. */
export function uploadMask(
  device: Device,
  { rows, columns, read }: Pick<MaskMatrix, "rows" | "columns" | "read">,
): BitMatrix {
  const mask = device.bits(rows, columns);
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_ENTRIES / columns));
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const end = Math.min(row + rowsAtOnce, rows);
    device.write(mask, packBits(read([row, end]), end - row, columns), row);
  }
  return mask;
}
