import {
  convergencePlot,
  type FigureSpec,
  heatMapGrid,
  linePlot,
  renderSvg,
  seriesLabel,
} from "@graphon-limit/figures";
import type { Report, ReportSection, ReportTable, TableCell } from "../report/report.ts";
import { tapName } from "../kernel_taps.ts";
import { rateCells } from "../report/rate_cells.ts";
import type { ArchitectureResult, ArchitectureRow } from "./architectures.ts";
import { architectureClaims } from "./claims.ts";

/** Distances of every method, layer and width. */
export function architectureTable({ rows }: ArchitectureResult): Pick<ReportTable, "columns" | "rows"> {
  const titles = ["distance", "noise floor", "debiased", "density", "dead inputs", "dead outputs"];
  return {
    columns: [
      ...["method", "layer"].map((title) => ({ title })),
      ...["width", ...titles].map((title) => ({ title, align: "right" as const })),
    ],
    rows: rows.map((row) => [
      seriesLabel(row.method),
      row.name,
      row.width,
      ...[row.distance, row.noiseFloor, row.debiased].map((value) => value.toFixed(2)),
      withMargin(row.density),
      ...[row.deadInputs, row.deadOutputs].map((share) => `${(100 * share).toFixed(1)} %`),
    ]),
  };
}

/** How fast each layer's distance falls. */
export function architectureRateTable({ rates }: ArchitectureResult): Pick<ReportTable, "columns" | "rows"> {
  return {
    columns: [
      ...["method", "layer"].map((title) => ({ title })),
      ...["α", "widths"].map((title) => ({ title, align: "right" as const })),
    ],
    rows: rates.map(({ method, name, ...rate }) => [seriesLabel(method), name, ...rateCells(rate)]),
  };
}

function withMargin({ mean, margin }: ArchitectureRow["density"]): string {
  return Number.isFinite(margin) ? `${mean.toFixed(3)} ± ${margin.toFixed(3)}` : mean.toFixed(3);
}

/** Distance against width of one layer, a line per method. */
function distanceFigure({ rows, reference }: ArchitectureResult, layer: string): FigureSpec {
  const own = rows.filter(({ name, width }) => name === layer && width !== reference);
  return convergencePlot({
    series: [...new Set(own.map(({ method }) => method))].map((name) => ({
      name,
      points: own.filter(({ method }) => method === name)
        .map(({ width, distance, noiseFloor }) => ({ x: width, y: distance, floor: noiseFloor })),
    })),
    title: layer,
    yLabel: `distance to width ${reference}`,
  });
}

/** The tap graphons of the reference width, methods down, taps across; of layers without taps one each. */
function graphonsFigure(
  { rows, graphons, grid, reference }: ArchitectureResult,
  chosen: (row: ArchitectureRow) => boolean,
  labels: {
    readonly row: (row: ArchitectureRow) => string;
    readonly column: (row: ArchitectureRow, tap: number) => string;
  },
): FigureSpec | undefined {
  const cells = rows.flatMap((row, index) => {
    if (row.width !== reference || !chosen(row)) return [];
    return row.tapDensities.map((_, tap) => ({
      row: labels.row(row),
      column: labels.column(row, tap),
      values: graphons[index].values.subarray(tap * grid ** 2, (tap + 1) * grid ** 2),
      size: grid,
    }));
  });
  if (cells.length === 0) return undefined;
  return heatMapGrid({ cells, xLabel: "inputs, by degree", yLabel: "outputs, by degree", cellWidth: 96 });
}

/** How degrees fall along the axes that several layers share. */
function streamFigure({ streams, reference }: ArchitectureResult): FigureSpec | undefined {
  const own = streams.filter(({ width }) => width === reference);
  if (own.length === 0) return undefined;
  const name = own[own.length - 1].name;
  return linePlot({
    series: own.filter((stream) => stream.name === name).map(({ method, degrees }) => ({
      name: method,
      x: degrees.map((_, tenth) => (tenth + 0.5) / degrees.length),
      y: degrees,
    })),
    title: `Degrees along ${name}`,
    xLabel: "place on the axis, by degree",
    yLabel: "degree over the mean",
  });
}

/** A figure of a study, and the file it is written to. */
export interface ArchitectureFigure {
  readonly file: string;
  readonly spec: FigureSpec;
  readonly caption: string;
}

/** The figures of a study: distances by layer; graphons tap by tap, of layers without taps, and what a shared axis is like. */
export function architectureFigures(
  result: ArchitectureResult,
): { readonly distances: ArchitectureFigure[]; readonly graphons: ArchitectureFigure[] } {
  const names = [...new Set(result.rows.map(({ name }) => name))];
  const distances = names.map((name) => ({
    file: `distance-${name}.svg`,
    spec: distanceFigure(result, name),
    caption: `${name}; noise floors dashed.`,
  }));
  const maybe = (file: string, spec: FigureSpec | undefined, caption: string) =>
    spec ? [{ file, spec, caption }] : [];
  const taps = names.flatMap((layer) => {
    const spec = graphonsFigure(result, ({ name, shape }) => name === layer && shape.length === 4, {
      row: ({ method }) => method,
      column: ({ shape }, tap) => tapName(shape.slice(2), tap),
    });
    return maybe(`taps-${layer}.svg`, spec, `${layer}, tap by tap, all in one order.`);
  });
  const flat = graphonsFigure(result, ({ shape }) => shape.length === 2, {
    row: ({ method }) => method,
    column: ({ name }) => name.replace(/\.weight$/, ""),
  });
  return {
    distances,
    graphons: [
      ...taps,
      ...maybe("layers.svg", flat, "Layers without taps; heads as wholes."),
      ...maybe("stream.svg", streamFigure(result), "The last shared axis, over all layers on it."),
    ],
  };
}

/** The report of a study of convolutions or attention. */
export async function architectureReport(
  result: ArchitectureResult,
  title: string,
  provenance: Readonly<Record<string, string>>,
): Promise<Report> {
  const drawn = (figures: readonly ArchitectureFigure[]) =>
    Promise.all(figures.map(async ({ spec, caption }) => ({
      svg: await renderSvg(spec, { theme: "adaptive" }),
      caption,
    })));
  const { distances, graphons } = architectureFigures(result);
  return {
    title,
    subtitle: `Do the masks of each layer of a ${result.architecture} converge to a graphon of their own?`,
    provenance,
    sections: [
      {
        id: "convergence",
        title: "Convergence",
        text:
          "All taps of a convolution in one order of channels, axes that several layers share in one order, heads sorted as " +
          `wholes; cut into ${result.grid}×${result.grid} cells, averaged over trials; the Euclidean distance over all cells and taps ` +
          `to width ${result.reference}${
            wholeHeads(result)
          }. The noise floor is the distance that sampling noise alone makes expected. Intervals are ` +
          "of 95 %, over trials.",
        figures: await drawn(distances),
        tables: [
          { caption: "Distances to the reference width.", ...architectureTable(result) },
          ...(result.rates.length > 0
            ? [{
              caption: "The rate n^(−α) at which the debiased distance falls (± standard error of the fit).",
              ...architectureRateTable(result),
            }]
            : []),
        ],
      },
      {
        id: "claims",
        title: "What was predicted",
        verdicts: architectureClaims(result),
        ...(result.rows.some(({ headSpread }) => headSpread) ? { tables: [headTable(result)] } : {}),
      },
      {
        id: "graphons",
        title: "Graphons",
        text: "The colour is the fraction of weights kept in a cell, on one scale in each figure.",
        figures: await drawn(graphons),
      },
    ].filter(({ figures, verdicts }: ReportSection) => (figures ?? verdicts ?? []).length > 0),
  };
}

/** On an axis with heads a cell holds whole ones. */
function wholeHeads({ rows, grid }: ArchitectureResult): string {
  const coarse = rows.flatMap(({ cells }) => [...cells]).find((count) => count < grid);
  return coarse === undefined
    ? ""
    : `, over ${coarse} cells of an axis with heads, of which each holds whole ones at every width`;
}

/** How unequal heads are. */
function headTable({ rows, reference }: ArchitectureResult): ReportTable {
  const own = rows.filter(({ width, headSpread }) => width === reference && headSpread);
  return {
    caption: "Densities of heads, sorted: their deviation over their mean, the first and the last.",
    columns: [
      ...["method", "layer"].map((title) => ({ title })),
      ...["spread", "first head", "last head"].map((title) => ({ title, align: "right" as const })),
    ],
    rows: own.map(({ method, name, headSpread, headDensities }): TableCell[] => [
      ...[seriesLabel(method), name, withMargin(headSpread!)],
      ...[headDensities[0], headDensities[headDensities.length - 1]].map((density) => density.toFixed(3)),
    ]),
  };
}
