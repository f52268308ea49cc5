import { GraphonTrials, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
import { InvalidArgumentError } from "@graphon-limit/runtime";
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

/** One layer's sorted mask. */
export type LayerHistogram = {
  /** The layer's number, from 0; the first hidden→hidden one is 1. */
  readonly layer: number;
  /** `[grid, grid]`, as `encodeCells` writes them. */
  readonly cells: string;
  readonly density: number;
  /** Fractions of the layer's inputs and outputs without any kept weight. */
  readonly deadInputs: number;
  readonly deadOutputs: number;
};

export type MaskHistograms = { readonly layers: readonly LayerHistogram[] };

/** The sorted histograms of all masks of one pruned network (protocols F1, F4–F10, R1; `converge`). */
export const maskHistogram = registerKind<NetworkParams & { readonly grid: number }, MaskHistograms>({
  name: "mask-histogram",
  version: 2,
  describe: (params) => `${describeNetwork(params)}, histograms`,
  holds: (lab, { grid: _, ...params }) => heldWithNetwork(lab, params),
  async compute(lab, { grid, ...params }) {
    const found = await withPrunedNetwork(
      lab,
      params,
      (network) =>
        Promise.all(
          masksOf(network, params).map(async (mask) => ({
            ...{ rows: mask.rows, cols: mask.cols },
            ...await sortAndSmooth(mask, grid),
          })),
        ),
    );
    const layers = found.map(
      ({ rows, cols, graphon, kept, deadInputs, deadOutputs }, layer): LayerHistogram => ({
        layer,
        cells: encodeCells(graphon.values),
        density: kept / (rows * cols),
        deadInputs: deadInputs / cols,
        deadOutputs: deadOutputs / rows,
      }),
    );
    return { layers };
  },
});

/** What the trials of one configuration say of one layer. */
export interface LayerTrials {
  readonly trials: GraphonTrials;
  /** Each trial's own. */
  readonly graphons: readonly StepGraphon[];
  readonly deadInputs: readonly number[];
  readonly deadOutputs: readonly number[];
}

/** Gathers the finished tasks of a configuration's trials. */
export async function layerTrials(
  lab: Lab,
  params: Omit<NetworkParams, "trial"> & { readonly grid: number },
  layer: number,
  count: number,
): Promise<LayerTrials> {
  const trials = new GraphonTrials(params.grid);
  const graphons: StepGraphon[] = [], deadInputs: number[] = [], deadOutputs: number[] = [];
  for (let trial = 0; trial < count; trial++) {
    const { layers } = await lab.get(maskHistogram.task({ ...params, trial }));
    const found = layers.find((one) => one.layer === layer);
    if (!found) {
      throw new InvalidArgumentError(`Expected a layer below ${layers.length} but found ${layer}`);
    }
    const graphon = new StepGraphon(params.grid, params.grid, decodeCells(found.cells));
    trials.add(graphon);
    graphons.push(graphon);
    deadInputs.push(found.deadInputs);
    deadOutputs.push(found.deadOutputs);
  }
  return { trials, graphons, deadInputs, deadOutputs };
}
