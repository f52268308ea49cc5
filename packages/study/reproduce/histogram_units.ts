import { GraphonTrials, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { decodeCells, encodeCells } from "./cells.ts";
import type { Laboratory, NetworkSpec } from "./laboratory.ts";
import { describe } from "./spectrum_units.ts";
import type { Unit } from "./unit.ts";

/** One hidden→hidden layer's sorted mask. */
export type LayerHistogram = {
  /** The layer's number, from 0; the first hidden→hidden one is 1. */
  readonly layer: number;
  /** `[grid, grid]` in as `encodeCells` writes them. */
  readonly cells: string;
  readonly density: number;
  /** Fractions of the layer's inputs and outputs without any kept weight. */
  readonly deadInputs: number;
  readonly deadOutputs: number;
};

export type HistogramResult = { readonly grid: number; readonly layers: readonly LayerHistogram[] };

/** The sorted histograms of the hidden→hidden masks of one pruned network (protocols F1, F4–F10, R1). */
export function histogramUnit(spec: NetworkSpec, grid: number): Unit<HistogramResult> {
  return {
    kind: "histograms",
    params: { ...spec, grid },
    label: `${describe(spec)}, histograms`,
    compute: async (lab) => {
      const { masks } = await lab.pruned(spec);
      const layers: LayerHistogram[] = [];
      for (let layer = 1; layer < spec.hidden; layer++) {
        const mask = masks[layer];
        if (!mask) throw new InvalidArgumentError(`Expected ${describe(spec)} to have masks but found none`);
        const { graphon, kept, deadInputs, deadOutputs } = await sortAndSmooth(mask, grid);
        layers.push({
          layer,
          cells: encodeCells(graphon.values),
          density: kept / (mask.rows * mask.cols),
          deadInputs: deadInputs / mask.cols,
          deadOutputs: deadOutputs / mask.rows,
        });
      }
      return { grid, layers };
    },
  };
}

/** What the trials of one configuration say of one layer. */
export interface LayerTrials {
  readonly trials: GraphonTrials;
  /** Each trial's own. */
  readonly graphons: readonly StepGraphon[];
  readonly deadInputs: readonly number[];
  readonly deadOutputs: readonly number[];
}

/** Gathers the finished units of a configuration's trials. */
export async function collectLayer(
  lab: Laboratory,
  spec: Omit<NetworkSpec, "trial">,
  layer: number,
  trialCount: number,
  grid: number,
): Promise<LayerTrials> {
  const trials = new GraphonTrials(grid);
  const graphons: StepGraphon[] = [], deadInputs: number[] = [], deadOutputs: number[] = [];
  for (let trial = 0; trial < trialCount; trial++) {
    const { layers } = await lab.get(histogramUnit({ ...spec, trial }, grid));
    const found = layers.find((one) => one.layer === layer);
    if (!found) throw new InvalidArgumentError(`Expected layer ${layer} of ${spec.hidden} hidden layers`);
    const graphon = new StepGraphon(grid, grid, decodeCells(found.cells));
    trials.add(graphon);
    graphons.push(graphon);
    deadInputs.push(found.deadInputs);
    deadOutputs.push(found.deadOutputs);
  }
  return { trials, graphons, deadInputs, deadOutputs };
}
