import { bitMatmul, rowDegree } from "@graphon-limit/ops";
import type { Network } from "./network.ts";
import type { Weight } from "./weight.ts";

/**
 * Why a network that was pruned computes nothing of its inputs any more: layers that keep no weight, or, in a chain of layers, kept weights
 * that no path from inputs to outputs takes. Undefined where neither is so.
 *
 * @param kept weights kept in each layer, where they are known
 */
export async function disconnectionOf(
  network: Network,
  kept?: readonly number[],
): Promise<string | undefined> {
  const { weights } = network, isChain = network.architecture.kind === "mlp";
  if (weights.every(({ mask }) => mask === undefined)) return undefined;
  const counts = kept ?? await Promise.all(weights.map(countKept));
  const empty = weights.filter((_, layer) => counts[layer] === 0).map(({ name }) => name);
  const nothing = empty.length === 1
    ? `layer ${empty[0]} keeps no weight`
    : `layers ${empty.join(", ")} keep no weight`;
  if (empty.length > 0) return isChain ? `${NO_PATH}: ${nothing}` : nothing;
  const last = isChain ? await endOfPaths(network) : undefined;
  return last && `${NO_PATH}: no weight that layer ${last.name} keeps goes on from what inputs reach`;
}

const NO_PATH = "no path leads from inputs to outputs";

/** The layer of a chain at which all paths from the inputs end; undefined where one leads to an output. */
async function endOfPaths({ device, weights }: Network): Promise<Weight | undefined> {
  let reached = new Float32Array(weights[0].cols).fill(1);
  for (const weight of weights) {
    if (!weight.mask) {
      reached = new Float32Array(weight.rows).fill(1);
      continue;
    }
    using x = device.upload(reached, weight.cols, 1);
    using out = device.matrix(weight.rows, 1);
    device.run(bitMatmul, { mask: weight.mask, x, out });
    reached = Float32Array.from(await device.read(out), (count) => count > 0 ? 1 : 0);
    if (!reached.includes(1)) return weight;
  }
  return undefined;
}

async function countKept({ mask, count }: Weight): Promise<number> {
  if (!mask) return count;
  using degree = mask.device.matrix(mask.rows, 1, "u32");
  mask.device.run(rowDegree, { mask, degree });
  return (await mask.device.read(degree)).reduce((sum, ones) => sum + ones, 0);
}
