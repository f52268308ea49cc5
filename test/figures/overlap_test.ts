import assert from "node:assert/strict";
import { METHODS } from "@graphon-limit/pruners";
// Methods are given their looks there.
import "../../packages/study/method_styles.ts";
import { convergencePlot } from "../../packages/figures/convergence_plot.ts";
import { heatMap, heatMapGrid } from "../../packages/figures/heat_map.ts";
import { linePlot } from "../../packages/figures/line_plot.ts";
import { renderSvg } from "../../packages/figures/render.ts";
import { svgSize } from "../../packages/figures/svg.ts";
import { textWidth } from "../../packages/figures/text_width.ts";
import type { FigureSpec } from "../../packages/figures/figure.ts";

interface Box {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A point's place in the figure under the transforms around it, the innermost last. */
type Place = (x: number, y: number) => [number, number];

function moved(place: Place, transform: string): Place {
  const [, x = "0", y = "0"] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(transform) ?? [];
  const degrees = Number(/rotate\(([-\d.]+)/.exec(transform)?.[1] ?? 0);
  const [cos, sin] = [Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180)];
  return (a, b) => place(Number(x) + cos * a - sin * b, Number(y) + sin * a + cos * b);
}

/** Where each visible text of a figure is, as wide as its letters and as high as its capitals. */
function textBoxes(svg: string): Box[] {
  const boxes: Box[] = [], places: Place[] = [(x, y) => [x, y]];
  for (
    const [, closing, attributes = "", text, content = ""] of svg.matchAll(
      /<(?:(\/)g|g\b([^>]*)|text\b([^>]*)>([^<]*)<\/text)>/g,
    )
  ) {
    const transform = (from: string) => /transform="([^"]*)"/.exec(from)?.[1] ?? "";
    if (closing) places.pop();
    else if (text === undefined && !attributes.endsWith("/")) {
      places.push(moved(places[places.length - 1], transform(attributes)));
    } else if (text !== undefined && content.trim() !== "" && !/opacity="0"/.test(text)) {
      const size = Number(/font-size="([\d.]+)px"/.exec(text)?.[1]),
        bold = /font-weight="(?:bold|600)"/.test(text);
      const width = textWidth(content, size, bold), anchor = /text-anchor="(\w+)"/.exec(text)?.[1] ?? "start";
      const start = { start: 0, middle: -width / 2, end: -width }[anchor]!;
      const place = moved(places[places.length - 1], transform(text));
      const corners = [[start, -0.72 * size], [start + width, 0]].map(([x, y]) => place(x, y));
      const [xs, ys] = [0, 1].map((axis) => corners.map((corner) => corner[axis]));
      boxes.push({
        text: content,
        ...{ left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) },
      });
    }
  }
  return boxes;
}

const methods = ["dense", ...METHODS.keys()];
const ramp = (size: number) => Array.from({ length: size ** 2 }, (_, at) => at / size ** 2);
const grid = (rows: readonly string[], columns: readonly string[], cellWidth: number) =>
  heatMapGrid({
    cells: rows.flatMap((row) => columns.map((column) => ({ row, column, values: ramp(4), size: 4 }))),
    xLabel: "inputs, by degree",
    yLabel: "outputs, by degree",
    title: "Sorted masks, averaged over trials",
    rowTitle: "Method",
    columnTitle: "Width",
    cellWidth,
  });

const figures: Readonly<Record<string, FigureSpec>> = {
  "all methods at the widths of the paper": convergencePlot({
    series: methods.map((name, k) => ({
      name,
      points: [100, 500, 1000, 2000].map((x) => ({ x, y: (k + 2) * 40 / x, floor: 50 / x })),
    })),
    title: "Distance to the reference width",
  }),
  "neighbouring widths": convergencePlot({
    series: [{ name: "snip", points: [256, 288, 320, 384, 512].map((x) => ({ x, y: 1 / x })) }],
  }),
  "names as long as layer counts": linePlot({
    series: ["Random, SNIP's layer counts", "Random, SynFlow's layer counts", "magnitude"].map((name) => ({
      ...{ name, x: [0, 1], y: [1, 2], variant: name === "magnitude" ? "masks" : "their quotas at random" },
    })),
    xLabel: "step",
    yLabel: "loss",
  }),
  "panels of layers": linePlot({
    series: ["fc1.weight", "features.3.weight", "fc3.weight", "classifier.weight"].flatMap((panel) =>
      methods.map((name) => ({ name, panel, x: [0, 0.5, 1], y: [1, 0.5, 0.2] }))
    ),
    xLabel: "outputs, by degree",
    yLabel: "share of weights kept",
    points: false,
  }),
  "a spectrum over ten decades": linePlot({
    series: [{ name: "network", x: [1, 10, 256], y: [3e4, 1, 1e-7] }],
    ...{ xLabel: "k", yLabel: "k-th eigenvalue", logX: true, logY: true },
  }),
  "one heat map": heatMap({ values: ramp(8), size: 8, title: "SNIP", xLabel: "inputs", yLabel: "outputs" }),
  "heat maps by method and width": grid(methods, ["n = 100", "n = 500", "n = 2000", "limit at 2000"], 128),
  "heat maps of files": grid(
    ["layer 1"],
    ["graphons.safetensors", "limit.safetensors", "their difference"],
    192,
  ),
};

for (const [what, spec] of Object.entries(figures)) {
  Deno.test(`texts do not overlap and do not leave the figure: ${what}`, async () => {
    const svg = await renderSvg(spec), boxes = textBoxes(svg), size = svgSize(svg)!;
    assert.ok(boxes.length > 6);
    for (const [at, box] of boxes.entries()) {
      assert.ok(
        box.left > -1 && box.top > -1 && box.right < size.width + 1 && box.bottom < size.height + 1,
        `${JSON.stringify(box)} leaves ${JSON.stringify(size)}`,
      );
      for (const other of boxes.slice(0, at)) {
        const apart = box.right <= other.left || other.right <= box.left || box.bottom <= other.top ||
          other.bottom <= box.top;
        assert.ok(apart, `${JSON.stringify(box)} and ${JSON.stringify(other)}`);
      }
    }
  });
}
