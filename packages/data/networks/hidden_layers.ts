import { printable } from "../messages/printable.ts";
import type { NetworkLayer } from "./read_network.ts";

/** The layers between hidden neurons, and what is said about them. */
export interface HiddenLayers {
  /** Indices of the layers given. */
  readonly indices: readonly number[];
  /** Lines, safe to print. */
  readonly notices: readonly string[];
}

/**
 * The layers between hidden neurons of a network: neither its first nor its last, hidden in the network and not in the
 * middle of a file. Masks alone may be those of some layers only; they are taken for a whole network where names and
 * shapes say so: the first layer is not numbered past 1, layers follow one another, and widths change at both ends.
 * Otherwise all are shown, which is said.
 *
 * @param layers of `readNetwork`, in their order
 * @param source the file, as messages call it
 */
export function hiddenLayers(layers: readonly NetworkLayer[], source: string): HiddenLayers {
  const all = layers.map((_, index) => index);
  if (layers.every(({ weight }) => weight !== undefined) || isWhole(layers)) {
    return { indices: all.slice(1, -1), notices: [] };
  }
  const notice =
    `${source}: all ${layers.length} layers are taken, for nothing tells which are the network's first and last`;
  return { indices: all, notices: [printable(notice)] };
}

function isWhole(layers: readonly NetworkLayer[]): boolean {
  if (layers.length < 2) return false;
  const first = layers[0], last = layers[layers.length - 1];
  const number = Number(/\d+/.exec(first.name)?.[0] ?? 0);
  const chained = layers.every(({ columns }, index) => index === 0 || layers[index - 1].rows === columns);
  return number <= 1 && chained && first.rows !== first.columns && last.rows !== last.columns;
}
