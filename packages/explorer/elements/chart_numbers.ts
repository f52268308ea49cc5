import type { Chart } from "../figures/requests.ts";

/** The numbers of a chart, one record for each point or cell. */
export function chartRecords(chart: Chart): object[] {
  switch (chart.kind) {
    case "lines":
      return chart.options.series.flatMap(({ name, panel, variant, x, y }) =>
        Array.from(x, (at, i) => ({
          ...{ series: name, ...panel === undefined ? {} : { panel } },
          ...variant === undefined ? {} : { variant },
          ...{ x: at, y: y[i] },
        }))
      );
    case "convergence":
      return chart.options.series.flatMap(({ name, points }) =>
        Array.from(points, (point) => ({ series: name, ...point }))
      );
    case "heatMaps":
      return chart.options.cells.flatMap(({ row, column, values, size }) =>
        Array.from(values, (value, at) => ({
          ...{ panelRow: row, panelColumn: column },
          ...{ row: Math.floor(at / size), column: at % size, value },
        }))
      );
  }
}
