import { readMaskMatrices, SafetensorsFile } from "@graphon-limit/data";
import { type BitMatrix, type Device, InvalidArgumentError, packBits, show } from "@graphon-limit/runtime";
import type { NamedNetwork } from "./network_flags.ts";
import type { Session } from "./session.ts";

/** Rows of a mask brought to the device at a time, in entries. */
const PIECE_ENTRIES = 2 ** 24;

/**
 * Puts the masks of a file on a network's layers.
 *
 * @param whose where the network is from, for messages
 * @throws {InvalidArgumentError} if there are not as many as layers, or one has another shape than its layer
 */
export function putMasks(
  session: Session,
  { mlp, names }: NamedNetwork,
  path: string,
  whose: string,
): void {
  using file = SafetensorsFile.open(path);
  const masks = readMaskMatrices(file, { onNotice: session.notice });
  if (masks.length !== mlp.depth) {
    throw new InvalidArgumentError(
      `${path}: expected masks of ${mlp.depth} layers, as ${whose} has, but found ${masks.length}`,
    );
  }
  masks.forEach((mask, layer) => {
    const { rows, cols } = mlp.weights[layer];
    if (mask.rows !== rows || mask.columns !== cols) {
      throw new InvalidArgumentError(
        `${path}: expected ${show(mask.name)} to be ${rows}×${cols}, as ${show(names[layer])} of ${whose}, ` +
          `but found ${mask.rows}×${mask.columns}`,
      );
    }
    mlp.setMask(layer, uploadMask(session.device, mask));
  });
}

/** Packs a mask from its file onto the device, some rows at a time. */
export function uploadMask(
  device: Device,
  { rows, columns, read }: {
    rows: number;
    columns: number;
    read: (rows: readonly [number, number]) => Uint8Array;
  },
): BitMatrix {
  const mask = device.bits(rows, columns);
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_ENTRIES / columns));
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const end = Math.min(row + rowsAtOnce, rows);
    device.write(mask, packBits(read([row, end]), end - row, columns), row);
  }
  return mask;
}
