import {
  convergencePlot,
  type FigureSpec,
  heatMapGrid,
  renderSvg,
  seriesLabel,
} from "@graphon-limit/figures";
import type { Report, TableCell, TableColumn } from "../report/report.ts";
import type { ConvergenceResult } from "./convergence.ts";
import { rateCells } from "../report/rate_cells.ts";
import { convergenceFindings } from "./words.ts";

/** The convergence table: distance, noise floor and debiased distance of every method and width, to the limit too. */
export function convergenceTable(
  { rows }: ConvergenceResult,
): { columns: readonly TableColumn[]; rows: TableCell[][] } {
  const limited = rows.some(({ limitDistance }) => limitDistance !== undefined);
  const fixed = (value: number | undefined) => value?.toFixed(2) ?? "—";
  const titles = [
    ...["width", "trials", "distance", "noise floor", "debiased"],
    ...(limited ? ["to the limit", "noise floor", "debiased"] : []),
    ...["density", "dead inputs", "dead outputs"],
  ];
  return {
    columns: [{ title: "method" }, ...titles.map((title): TableColumn => ({ title, align: "right" }))],
    rows: rows.map((row) => [
      seriesLabel(row.method),
      row.width,
      row.trials,
      ...[row.distance, row.noiseFloor, row.debiased].map(fixed),
      ...(limited ? [row.limitDistance, row.limitNoiseFloor, row.limitDebiased].map(fixed) : []),
      row.density.toFixed(3),
      percent(row.deadInputs),
      percent(row.deadOutputs),
    ]),
  };
}

/** How fast each method's distance falls, a line per method and what it is measured against. */
export function rateTable(
  { rates }: ConvergenceResult,
): { columns: readonly TableColumn[]; rows: TableCell[][] } {
  return {
    columns: [
      { title: "method" },
      { title: "distance to" },
      { title: "α", align: "right" },
      { title: "widths", align: "right" },
    ],
    rows: rates.map(({ method, to, exponent, standardError, widths }) => [
      seriesLabel(method),
      to === "limit" ? "the limit" : "the reference",
      ...rateCells({ exponent, standardError, widths }),
    ]),
  };
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

/** Distance against width, a line per method, the noise floor dashed. The reference's own zero is left out. */
export function convergenceFigure(result: ConvergenceResult): FigureSpec {
  const { rows, reference } = result;
  const methods = [...new Set(rows.map(({ method }) => method))];
  return convergencePlot({
    series: methods.map((name) => ({
      name,
      points: rows
        .filter(({ method, width }) => method === name && width !== reference)
        .map(({ width, distance, noiseFloor }) => ({ x: width, y: distance, floor: noiseFloor })),
    })),
    title: "Distance to the reference width",
    description: `${convergenceFindings(result).join(" ")} Distance to n = ${reference} against width.`,
    yLabel: `distance to n = ${reference}`,
  });
}

/** The same against the limit at each width; nothing where no limit is known. */
export function limitFigure(result: ConvergenceResult): FigureSpec | undefined {
  const limited = result.rows.filter(({ limitDistance }) => limitDistance !== undefined);
  if (limited.length === 0) return undefined;
  return convergencePlot({
    series: [...new Set(limited.map(({ method }) => method))].map((name) => ({
      name,
      points: limited.filter(({ method }) => method === name)
        .map(({ width, limitDistance, limitNoiseFloor }) => ({
          x: width,
          y: limitDistance!,
          floor: limitNoiseFloor,
        })),
    })),
    title: "Distance to the limit",
    description: `${convergenceFindings(result).join(" ")} Distance to the limit against width.`,
    yLabel: "distance to the limit graphon",
  });
}

/** One heat map per method and width, and one of the limit at the reference width where it is known, on one colour scale. */
export function heatMapsFigure({ rows, histograms, limits, grid, reference }: ConvergenceResult): FigureSpec {
  return heatMapGrid({
    cells: rows.flatMap(({ method, width }, index) => {
      const cell = { row: method, column: `n = ${width}`, values: histograms[index], size: grid };
      const limit = width === reference ? limits[index] : undefined;
      return limit ? [cell, { ...cell, column: `limit at ${width}`, values: limit }] : [cell];
    }),
    title: "Sorted masks, averaged over trials",
    xLabel: "inputs, by degree",
    yLabel: "outputs, by degree",
    rowTitle: "Method",
    columnTitle: "Width",
  });
}

/** The report of a convergence run: what was asked, the plot, the table, the heat maps. */
export async function convergenceReport(
  result: ConvergenceResult,
  title: string,
  provenance: Readonly<Record<string, string>>,
): Promise<Report> {
  const toLimit = limitFigure(result);
  const [plot, heatMaps, limitPlot] = await Promise.all(
    [convergenceFigure(result), heatMapsFigure(result), ...(toLimit ? [toLimit] : [])]
      .map((figure) => renderSvg(figure, { theme: "adaptive" })),
  );
  return {
    title,
    subtitle: "Do the masks of each pruning method converge to a graphon of its own as the width grows?",
    provenance,
    sections: [
      {
        id: "convergence",
        title: "Convergence",
        text: `${convergenceFindings(result).join("\n\n")}\n\n` +
          `Masks of one layer, rows and columns sorted by degree, cut into ${result.grid}×${result.grid} cells and ` +
          `averaged over trials; the Euclidean distance over the cells to width ${result.reference}. The noise floor is ` +
          "the distance that sampling noise alone makes expected: a distance near it says no more than that the masks " +
          "look alike. Sorting by degree itself shapes small random masks, which the floor does not show." +
          (limitPlot
            ? " The limit is the graphon computed with the weights integrated out, at each width's layer sizes."
            : ""),
        figures: [
          { svg: plot, caption: "Distance to the reference width; noise floors dashed." },
          ...(limitPlot ? [{ svg: limitPlot, caption: "Distance to the limit; noise floors dashed." }] : []),
        ],
        tables: [
          {
            caption: limitPlot
              ? "Distances to the reference width and to the limit."
              : "Distance to the reference width.",
            ...convergenceTable(result),
          },
          ...(result.rates.length > 0
            ? [{
              caption: "The rate n^(−α) at which the debiased distance falls (± standard error of the fit).",
              ...rateTable(result),
            }]
            : []),
        ],
      },
      {
        id: "graphons",
        title: "Graphons",
        text: "The colour is the fraction of weights kept in a cell, on one scale for all.",
        figures: [{ svg: heatMaps, caption: "Average sorted masks: methods down, widths across." }],
      },
    ],
  };
}
