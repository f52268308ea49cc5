import { type FigureSpec, heatMapGrid, linePlot } from "@graphon-limit/figures";
import { tapName } from "../kernel_taps.ts";
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
    ...kernelFigures(comparison),
    ...degreeFigures(comparison),
    ...spectrumFigures(comparison),
    ...trainingFigures(comparison),
  ];
}

/** Columns of a figure: more of them are shown in several. */
const MOST_COLUMNS = 9;

/**
 * The sorted masks: on one scale for all that is compared, taps too, but for an output layer of few rows, whose one dense block would
 * darken the others.
 */
function graphonFigures(comparison: Comparison): CompareFigure[] {
  const { masks, grid } = comparison;
  const depth = masks[0].layers.length, last = depth - 1;
  const apart = depth > 1 && masks[0].layers[last].shape[0] < grid;
  const all = masks[0].layers.map((_, layer) => layer).filter((layer) => !apart || layer !== last);
  // Of one layer alone it is its own.
  const domain = all.length > 0 ? domainOf(masks, all) : undefined;
  const layerFigure = (layers: readonly number[], domain?: readonly [number, number]): FigureSpec =>
    heatMapGrid({
      cells: masks.flatMap((mask) =>
        layers.map((layer) => {
          const { name, sorted } = mask.layers[layer];
          return { row: mask.name, column: name, values: sorted.channels.values, size: grid };
        })
      ),
      description: `Sorted masks by layer. ${structure(comparison)}`.trim(),
      ...AXES,
      ...(domain ? { domain } : {}),
      ...{ rowTitle: "Mask", columnTitle: "Layer", cellWidth: 128 },
    });
  const taps = all.filter((layer) => masks[0].layers[layer].sorted.taps.length > 1);
  return [
    ...parts(all).map((layers, part) => ({
      id: part === 0 ? "sorted-masks" : `sorted-masks-${part + 1}`,
      spec: layerFigure(layers, domain),
      caption: "Masks sorted by degree, averaged over cells; one colour scale for all." +
        (taps.length > 0 ? " Of a convolution the mean over its taps." : "") +
        (masks[0].layers.some(({ sorted }) => sorted.headDensities.length > 1) ? " Heads as wholes." : ""),
    })),
    ...taps.flatMap((layer) => tapFigures(masks, layer, grid, domain!)),
    ...(apart
      ? [{
        id: "output-layer",
        spec: layerFigure([last]),
        caption: `The output layer, ${masks[0].layers[last].shape[0]} rows, on a scale of its own.`,
      }]
      : []),
  ];
}

const AXES = { xLabel: "inputs, by degree", yLabel: "outputs, by degree" };

/** A convolution's masks tap by tap. */
function tapFigures(
  masks: readonly MaskFacts[],
  layer: number,
  grid: number,
  domain: readonly [number, number],
): CompareFigure[] {
  const { name, shape, sorted } = masks[0].layers[layer];
  return parts([...sorted.taps.keys()]).map((taps, part) => ({
    id: `taps-${layer}${part === 0 ? "" : `-${part + 1}`}`,
    spec: heatMapGrid({
      cells: masks.flatMap((mask) =>
        taps.map((tap) => ({
          row: mask.name,
          column: tapName(shape.slice(2), tap),
          values: mask.layers[layer].sorted.taps[tap].values,
          size: grid,
        }))
      ),
      ...{ ...AXES, domain, rowTitle: "Mask", cellWidth: 96 },
    }),
    caption: `${name}, tap by tap, all in one order of channels, on the same scale.`,
  }));
}

/** In pieces that fit beside each other. */
function parts<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / MOST_COLUMNS), each = Math.ceil(all.length / Math.max(count, 1));
  return Array.from({ length: count }, (_, part) => all.slice(part * each, (part + 1) * each));
}

/** The least and the largest density of a cell in some layers, of any tap. */
function domainOf(masks: readonly MaskFacts[], layers: readonly number[]): [number, number] {
  let least = Infinity, most = -Infinity;
  for (const mask of masks) {
    for (const layer of layers) {
      for (const { values } of mask.layers[layer].sorted.taps) {
        for (const value of values) {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
    }
  }
  return [least, most];
}

/** How many taps kernels keep, and how unequal heads are, where there are any. */
function kernelFigures({ masks }: Comparison): CompareFigure[] {
  const plots = [{
    id: "kernel-sizes",
    of: ({ sorted }: LayerFacts) => sorted.kernelSizes.length > 2 ? sorted.kernelSizes : [],
    x: (at: number) => at,
    ...{ xLabel: "taps kept", yLabel: "share of kernels" },
    caption: "How many of its taps a kernel keeps: the share of pairs of channels.",
  }, {
    id: "heads",
    of: ({ sorted }: LayerFacts) => sorted.headDensities.length > 1 ? sorted.headDensities : [],
    x: (at: number) => at + 1,
    ...{ xLabel: "head, by degree", yLabel: "share of weights kept" },
    caption: "What share of its weights each head keeps.",
  }];
  return plots.flatMap(({ id, of, x, xLabel, yLabel, caption }) => {
    const series = masks.flatMap((mask) =>
      mask.layers.flatMap((layer) => {
        const y = [...of(layer)];
        return y.length > 0 ? [{ ...lineOf(mask), panel: layer.name, x: y.map((_, at) => x(at)), y }] : [];
      })
    );
    return series.length > 0
      ? [{ id, spec: linePlot({ series, xLabel, yLabel, points: false, panelColumns: 3 }), caption }]
      : [];
  });
}

/** The share of weights that a layer's neurons keep, the densest first: inputs and outputs of each layer. */
function degreeFigures({ masks, grid }: Comparison): CompareFigure[] {
  const places = Array.from({ length: grid }, (_, cell) => (cell + 0.5) / grid);
  const profile = ({ sorted }: LayerFacts) => {
    const { outputs, inputs } = sorted.channels.degrees();
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
