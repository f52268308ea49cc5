import { networkHistograms, StepGraphon } from "@graphon-limit/graphon";
import type { Lab } from "../tasks/lab.ts";
import { registerKind } from "../tasks/kind.ts";
import { decodeCells, encodeCells } from "./cells.ts";
import {
  describeNetwork,
  heldWithNetwork,
  masksOf,
  type NetworkParams,
  withPrunedNetwork,
} from "./network.ts";

/** How the graphons of a whole network are estimated: by layer on a grid, or by axis with `side` intervals of each degree. */
export type NetworkLayout = { readonly order: "layer"; readonly grid: number } | {
  readonly order: "axis";
  readonly side: number;
};

/** Estimates of each layer's graphon, cells as `encodeCells` writes them. */
export type NetworkGraphons = {
  readonly layers: readonly { readonly rows: number; readonly cols: number; readonly cells: string }[];
};

/** The estimated graphons of all layers of one pruned network, inputs and outputs in their own order. */
export const networkGraphons = registerKind<
  { readonly network: NetworkParams; readonly layout: NetworkLayout },
  NetworkGraphons
>({
  name: "network-graphons",
  version: 2,
  describe: ({ network, layout }) => `${describeNetwork(network)}, graphons by ${layout.order}`,
  holds: (lab, { network }) => heldWithNetwork(lab, network),
  async compute(lab, { network, layout }) {
    const found = await withPrunedNetwork(
      lab,
      network,
      (pruned) => networkHistograms(masksOf(pruned, network), layout),
    );
    return {
      layers: found.map(({ graphon: { rows, cols, values } }) => ({
        rows,
        cols,
        cells: encodeCells(values),
      })),
    };
  },
});

/** The estimates of several trials, averaged: a graphon for each layer of weights. */
export async function averageGraphons(
  lab: Lab,
  network: Omit<NetworkParams, "trial">,
  trials: number,
  layout: NetworkLayout,
): Promise<StepGraphon[]> {
  let sums: StepGraphon[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const { layers } = await lab.get(networkGraphons.task({ network: { ...network, trial }, layout }));
    if (trial === 0) {
      sums = layers.map(({ rows, cols }) => new StepGraphon(rows, cols, new Float64Array(rows * cols)));
    }
    layers.forEach(({ cells }, layer) => {
      decodeCells(cells).forEach((value, cell) => sums[layer].values[cell] += value / trials);
    });
  }
  return sums;
}
