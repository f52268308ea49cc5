import { convergencePlot, heatMapGrid, linePlot } from "@graphon-limit/figures";
import type { Initialiser } from "@graphon-limit/model";
import { percent } from "../kinds/network.ts";
import { methodLabel } from "../method_styles.ts";
import type { Configuration } from "./configuration.ts";
import type { ExperimentFigure } from "./experiment.ts";
import { distances } from "./graphon_tables.ts";
import { type Scale, usualSparsity } from "./scale.ts";
import { initialiserTitle } from "./spectrum_choices.ts";

/** F1's figures of the networks of one initialiser. */
export function figuresF1(
  initialiser: Initialiser,
  all: readonly Configuration[],
  scale: Scale,
): ExperimentFigure[] {
  const configurations = all.filter((one) => one.initialiser === initialiser);
  const measured = distances(configurations, scale.grid), start = initialiserTitle(initialiser);
  return [
    {
      name: `heat-maps-${initialiser}`,
      spec: heatMapGrid({
        cells: configurations.map(({ method, width, masks }) => ({
          row: method,
          column: `n = ${width}`,
          values: masks.trials.mean.values,
          size: scale.grid,
        })),
        xLabel: "inputs, by degree",
        yLabel: "outputs, by degree",
        rowTitle: "Method",
        columnTitle: "Width",
        cellWidth: 192,
      }),
      caption: `Average sorted masks of the first hidden→hidden layer at ${
        percent(usualSparsity(scale))
      }, networks initialised by ${start}.`,
    },
    {
      name: `convergence-${initialiser}`,
      spec: convergencePlot({
        series: [...new Set(configurations.map(({ method }) => method))].map((name) => ({
          name,
          points: measured
            .filter(({ one, reference }) => one.method === name && one.width !== reference.width)
            .map(({ one, distance, noiseFloor }) => ({ x: one.width, y: distance, floor: noiseFloor })),
        })),
        yLabel: `distance to n = ${Math.max(...scale.widths)}`,
      }),
      caption: `Distance to the largest width, networks initialised by ${start}; noise floors dashed.`,
    },
  ];
}

/** F4's figure: distances by width, a panel for each sparsity. */
export function figureF4(configurations: readonly Configuration[], scale: Scale): ExperimentFigure {
  const measured = distances(configurations, scale.grid);
  const lines = new Map<string, { x: number[]; y: number[] }>();
  for (const { one, reference, distance } of measured) {
    if (one.width === reference.width) continue;
    const key = JSON.stringify([one.method, `${one.hidden + 1} layers`, percent(one.sparsity)]);
    const line = lines.get(key) ?? { x: [], y: [] };
    line.x.push(one.width);
    line.y.push(distance);
    lines.set(key, line);
  }
  return {
    name: "convergence",
    spec: linePlot({
      series: [...lines].map(([key, line]) => {
        const [name, variant, panel] = JSON.parse(key);
        return { name, variant, panel, ...line };
      }),
      xLabel: "width",
      yLabel: `distance to n = ${Math.max(...scale.widths)}`,
      xTicks: scale.widths.slice(0, -1),
      logX: true,
      logY: true,
      width: 260,
      height: 220,
    }),
    caption: "Distance to the largest width, a panel for each sparsity, depths by dashes.",
  };
}

/** Heat maps of a method's layers at the largest width, down by layer and across by sparsity. */
export function layersFigure(
  method: string,
  configurations: readonly Configuration[],
  scale: Scale,
): ExperimentFigure {
  return {
    name: `heat-maps-${method}`,
    spec: heatMapGrid({
      cells: configurations.filter((one) => one.method === method).map(({ layer, sparsity, masks }) => ({
        row: `${layer} → ${layer + 1}`,
        column: percent(sparsity),
        values: masks.trials.mean.values,
        size: scale.grid,
      })),
      xLabel: "inputs, by degree",
      yLabel: "outputs, by degree",
      rowTitle: "Hidden layers",
      columnTitle: "Sparsity",
      cellWidth: 256,
    }),
    caption: `${methodLabel(method)}, n = ${
      configurations[0].width
    }: hidden→hidden layers down, sparsities across.`,
  };
}
