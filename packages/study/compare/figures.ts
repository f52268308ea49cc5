import { type FigureSpec, heatMapGrid, linePlot } from "@graphon-limit/figures";
import type { Comparison, LayerFacts, MaskFacts } from "./compare.ts";
import { structure } from "./words.ts";

/** How a line is drawn: a control in the colour of what it is one of, dashed. */
function lineOf({ name, quotaOf }: MaskFacts) {
  return { name: quotaOf ?? name, variant: quotaOf === undefined ? "masks" : "their quotas at random" };
}

/** A figure of the report, and what it shows. */
export interface CompareFigure {
  readonly id: string;
  readonly spec: FigureSpec;
  readonly caption: string;
}

/** The figures of a comparison, those for which there is something to show. */
export function compareFigures(comparison: Comparison): CompareFigure[] {
  return [
    ...graphonFigures(comparison),
    ...degreeFigures(comparison),
    ...spectrumFigures(comparison),
    ...trainingFigures(comparison),
  ];
}

/**
 * The sorted masks: on one scale for all that is compared, but for an output layer of few rows, whose one dense block would darken
 * the others.
 */
function graphonFigures(comparison: Comparison): CompareFigure[] {
  const { masks, grid } = comparison;
  const depth = masks[0].layers.length, last = depth - 1;
  const apart = depth > 1 && masks[0].layers[last].shape[0] < grid;
  const shown = masks[0].layers.map((_, layer) => layer).filter((layer) => !apart || layer !== last);
  const figure = (layers: readonly number[], width: number): FigureSpec =>
    heatMapGrid({
      cells: masks.flatMap((mask) =>
        layers.map((layer) => ({
          row: mask.name,
          column: mask.layers[layer].name,
          values: mask.layers[layer].graphon.values,
          size: grid,
        }))
      ),
      description: `Sorted masks by layer. ${structure(comparison)}`.trim(),
      xLabel: "inputs, by degree",
      yLabel: "outputs, by degree",
      rowTitle: "Mask",
      columnTitle: "Layer",
      cellWidth: width,
    });
  return [
    {
      id: "sorted-masks",
      spec: figure(shown, 128),
      caption: "Masks sorted by degree, averaged over cells; one colour scale for all.",
    },
    ...(apart
      ? [{
        id: "output-layer",
        spec: figure([last], 128),
        caption: `The output layer, ${masks[0].layers[last].shape[0]} rows, on a scale of its own.`,
      }]
      : []),
  ];
}

/** The share of weights that a layer's neurons keep, the densest first: inputs and outputs of each layer. */
function degreeFigures({ masks, grid }: Comparison): CompareFigure[] {
  const places = Array.from({ length: grid }, (_, cell) => (cell + 0.5) / grid);
  const profile = ({ graphon }: LayerFacts) => {
    const { outputs, inputs } = graphon.degrees();
    return { outputs, inputs };
  };
  return (["inputs", "outputs"] as const).map((axis) => ({
    id: `degrees-${axis}`,
    spec: linePlot({
      series: masks.flatMap((mask) =>
        mask.layers.map((layer) => ({
          ...lineOf(mask),
          panel: layer.name,
          x: places,
          y: [...profile(layer)[axis]],
        }))
      ),
      xLabel: `${axis}, by degree`,
      yLabel: "share of weights kept",
      points: false,
      panelColumns: 3,
    }),
    caption: `What share of its weights each of a layer's ${axis} keeps, the densest first.`,
  }));
}

function spectrumFigures({ masks, samples }: Comparison): CompareFigure[] {
  const series = masks.flatMap((mask) => {
    const values = mask.kernel?.eigenvalues.filter((value) => value > 0) ?? [];
    return values.length > 1 ? [{ ...lineOf(mask), x: values.map((_, k) => k + 1), y: values }] : [];
  });
  if (series.length === 0) return [];
  return [{
    id: "eigenvalues",
    spec: linePlot({ series, xLabel: "k", yLabel: "k-th eigenvalue", logX: true, logY: true, points: false }),
    caption: `Eigenvalues of the tangent kernels of the sum of the outputs on ${samples} inputs.`,
  }];
}

function trainingFigures({ masks }: Comparison): CompareFigure[] {
  const trained = masks.filter((mask): mask is MaskFacts & Required<Pick<MaskFacts, "training">> =>
    mask.training !== undefined
  );
  if (trained.length === 0) return [];
  return [{
    id: "losses",
    spec: linePlot({
      series: trained.map(({ training: { losses }, ...mask }) => ({
        ...lineOf(mask),
        x: losses.map((_, t) => t),
        y: losses,
      })),
      xLabel: "step",
      yLabel: "loss of the step's batch",
      logY: true,
      points: false,
    }),
    caption: "Training by Adam, the same batches in the same order for all.",
  }];
}
