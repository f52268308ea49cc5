import assert from "node:assert/strict";
import fc from "fast-check";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import "../../packages/study/method_styles.ts";
import { linearTicks, logarithmicRange } from "../../packages/figures/axes.ts";
import type { FigureSpec } from "../../packages/figures/figure.ts";
import { heatMap, heatMapGrid } from "../../packages/figures/heat_map.ts";
import { linePlot, type PlotSeries } from "../../packages/figures/line_plot.ts";
import { seriesStyles } from "../../packages/figures/palette.ts";
import { renderSvg, saveFigure } from "../../packages/figures/render.ts";
import { checkSelfContained } from "../../packages/figures/svg.ts";
import { assertWellFormed, convergence, decodeDataUrl, ramp, textsOf } from "./support.ts";

Deno.test("a heat map has its axis titles, its first row on top and its image inside", async () => {
  const spec = heatMap({
    values: ramp(8),
    size: 8,
    title: "a < b & c",
    xLabel: "the inputs",
    yLabel: "the outputs",
  });
  const svg = await renderSvg(spec);
  assertWellFormed(svg);
  checkSelfContained(svg);
  const texts = textsOf(svg);
  for (const text of ["the inputs", "the outputs", "edge density", "a &lt; b &amp; c"]) {
    assert.ok(texts.includes(text), text);
  }

  const { pixels } = decodeDataUrl(/href="(data:[^"]+)"/.exec(svg)?.[1] ?? "");
  assert.ok(pixels[0] < pixels[7] && pixels[7] < pixels[8] && pixels[0] === 1 && pixels[63] === 255);
  const ticks = [...svg.matchAll(/translate\(-\d+,([\d.]+)\)"[^>]*>(0|0\.25|0\.5|0\.75|1)<\/text>/g)]
    .map((match): [number, number] => [Number(match[2]), Number(match[1])]);
  const heights = [0, 0.25, 0.5, 0.75, 1].map((tick) => ticks.find(([value]) => value === tick)?.[1] ?? NaN);
  assert.ok(heights.every((height, index) => index === 0 || height > heights[index - 1]), String(heights));
});

Deno.test("a 64×64 heat map takes a few kilobytes", async () => {
  const values = Float32Array.from(
    { length: 4096 },
    (_, index) => Math.exp(-((index % 64) + (index >> 6)) / 20),
  );
  const svg = await renderSvg(
    heatMap({ values, size: 64, xLabel: "inputs", yLabel: "outputs", domain: [0, 1] }),
  );
  assert.ok(svg.length < 12_000, `${svg.length} characters`);
});

Deno.test("heatMap rejects a wrong number of values and accepts constants and blanks", async () => {
  const labels = { xLabel: "inputs", yLabel: "outputs" };
  assert.throws(() => heatMap({ values: [1, 2, 3], size: 2, ...labels }), InvalidArgumentError);
  assert.throws(() => heatMap({ values: [], size: 0, ...labels }), InvalidArgumentError);
  for (const value of [0, 0.2, -3, NaN, Infinity]) {
    const svg = await renderSvg(heatMap({ values: new Array(4).fill(value), size: 2, ...labels }));
    assertWellFormed(svg);
    assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
  }
});

Deno.test("a grid of heat maps has one image a cell, its headers and a single colour scale", async () => {
  const cell = (row: string, column: string, scale: number) => ({
    row,
    column,
    size: 4,
    values: ramp(4).map((v) => v * scale),
  });
  const cells = [cell("snip", "100", 1), cell("snip", "500", 0.5), cell("random", "100", 0.25)];
  const svg = await renderSvg(
    heatMapGrid({ cells, xLabel: "inputs", yLabel: "outputs", columnTitle: "Width" }),
  );
  assertWellFormed(svg);
  const texts = textsOf(svg);
  for (const header of ["SNIP", "Random", "100", "500", "Width"]) {
    assert.equal(texts.filter((text) => text === header).length, 1, header);
  }
  assert.ok(texts.indexOf("SNIP") < texts.indexOf("Random"));
  const images = [...svg.matchAll(/href="(data:[^"]+)"/g)].map((match) =>
    Math.max(...decodeDataUrl(match[1]).pixels)
  );
  assert.deepEqual(images.toSorted((a, b) => b - a), [255, 128, 65]);
  assert.equal(svg.match(/<linearGradient/g)?.length, 1);

  assert.throws(() => heatMapGrid({ cells: [], xLabel: "", yLabel: "" }), InvalidArgumentError);
  assert.throws(
    () => heatMapGrid({ cells: [cells[0], cells[0]], xLabel: "", yLabel: "" }),
    InvalidArgumentError,
  );
});

Deno.test("a convergence plot draws each method and its dashed noise floor in the method's colour", async () => {
  const svg = await renderSvg(convergence);
  assertWellFormed(svg);
  const texts = textsOf(svg);
  for (const text of ["Random", "SNIP", "noise floor", "width", "distance to the reference", "500"]) {
    assert.ok(texts.includes(text), text);
  }
  for (const { light } of seriesStyles(["random", "snip"])) {
    const lines = svg.match(new RegExp(`<path[^>]*stroke="${light}"[^>]*>`, "g")) ?? [];
    assert.ok(lines.some((line) => /stroke-dasharray="5,4"/.test(line)), `no dashed line in ${light}`);
    assert.ok(lines.some((line) => !/stroke-dasharray="5,4"/.test(line)), `no solid line in ${light}`);
    assert.match(
      svg,
      new RegExp(`<path[^>]*fill="${light}"[^>]*opacity="0.16"|opacity="0.16"[^>]*fill="${light}"`),
    );
  }
});

Deno.test("a figure's description says what its numbers show", () => {
  const describe = (spec: FigureSpec) => spec.description;
  const labels = { xLabel: "inputs", yLabel: "outputs" };
  const graded = [0.8, 0.4, 0.4, 0], block = [0.5, 0.5, 0, 0];
  assert.equal(
    describe(heatMap({ values: graded, size: 2, ...labels })),
    "Heat map: edge density, rows outputs, columns inputs. 0.4 on average, 0.8 top left, 0 bottom right.",
  );
  assert.equal(
    describe(heatMapGrid({
      cells: [
        { row: "snip", column: "n = 9", values: block, size: 2 },
        { row: "snip", column: "n = 99", values: [0.2, 0.21, 0.2, 0.2], size: 2 },
      ],
      ...labels,
    })),
    "Heat maps of edge density, rows outputs, columns inputs. SNIP, n = 9: 0.25 on average, 0.5 top left, 0 bottom left, " +
      "nothing in the last 50 % of rows; n = 99: 0.203 on average, even.",
  );
  assert.equal(
    describe(linePlot({
      series: [
        { name: "snip", x: [1, 10, 100], y: [5, 0.5, 2] },
        { name: "mine", variant: "dashed", x: [1, 2, 3], y: [NaN, 3, 4] },
        { name: "none", x: [], y: [] },
      ],
      xLabel: "width",
      yLabel: "distance",
    })),
    "Plot of distance against width. SNIP: from 5 at 1, down to 0.5 at 10, to 2 at 100; mine, dashed: from 3 at 2 to 4 at 3.",
  );
});

Deno.test("an adaptive figure says what is under the pointer: points where they are drawn, a map's cells", async () => {
  const read = (svg: string) => JSON.parse(/<metadata>([^<]*)<\/metadata>/.exec(svg)?.[1] ?? "null");
  assert.equal(read(await renderSvg(convergence)), null);
  const svg = await renderSvg(convergence, { theme: "adaptive" });
  assertWellFormed(svg);
  checkSelfContained(svg);
  const { points, maps } = read(svg);
  assert.deepEqual([points.length, maps.length], [16, 0]);
  assert.ok(points.some(([, , text]: [number, number, string]) => text === "SNIP, noise floor: 0.18 at 500"));
  // Four marks of each of two lines are drawn just there; the legend's are elsewhere.
  const marks = [...svg.matchAll(/<path transform="translate\(([\d.]+),([\d.]+)\)" d=/g)]
    .filter(([, x, y]) =>
      points.some(([px, py]: number[]) => Math.hypot(px - Number(x), py - Number(y)) < 0.2)
    );
  assert.equal(marks.length, 8);

  const cells = [
    { row: "snip", column: "a < b", values: [0, 1, 2, NaN], size: 2 },
    { row: "snip", column: "n = 9", values: [0, 1, 2, 4], size: 2 },
  ];
  const grid = await renderSvg(heatMapGrid({ cells, xLabel: "x", yLabel: "y", cellWidth: 100 }), {
    theme: "adaptive",
  });
  assertWellFormed(grid);
  const shown = JSON.parse(/<metadata>([^<]*)</.exec(grid)![1].replaceAll("&lt;", "<")).maps;
  assert.deepEqual(shown.map((map: unknown[]) => map.slice(2, 6)), [[100, 2, 0, 4], [100, 2, 0, 4]]);
  assert.deepEqual(shown.map((map: unknown[]) => map[7]), ["SNIP, a < b", "SNIP, n = 9"]);
  assert.deepEqual([...atob(shown[0][6])].map((byte) => byte.charCodeAt(0)), [1, 65, 128, 0]);
  assert.ok(shown[1][0] - shown[0][0] > 100 && shown[1][1] === shown[0][1]);
  // Where the frames are, which are drawn from half a pixel on.
  const frames = [
    ...grid.matchAll(/translate\(([\d.]+),([\d.]+)\)"><path class="background"[^>]* d="M0.5,0.5h100/g),
  ];
  assert.deepEqual(
    shown.map((map: unknown[]) => map.slice(0, 2)),
    frames.map(([, x, y]) => [Number(x), Number(y)]),
  );
});

Deno.test("a figure is the same text every time", async () => {
  assert.equal(await renderSvg(convergence), await renderSvg(convergence));
});

Deno.test("logarithmic axes leave out what has no logarithm", async () => {
  const series: PlotSeries[] = [{
    name: "snip",
    x: [-1, 0, 1, 10, 100, 1000],
    y: [1, 1, 0, -5, 50, 5],
    low: [1, 1, 1, 1, -2, 4],
    high: [1, 1, 1, 1, 60, 6],
  }];
  const svg = await renderSvg(linePlot({ series, xLabel: "x", yLabel: "y", logX: true, logY: true }));
  assertWellFormed(svg);
  assert.doesNotMatch(svg, /NaN|Infinity/);
  const pathOf = (pattern: RegExp) => pattern.exec(svg)?.[1] ?? "";
  const points = svg.match(/<path transform="translate[^>]*fill="#2d6abb"/g) ?? [];
  assert.equal(points.length, 2);
  assert.match(pathOf(/<path d="([^"]*)" stroke="#2d6abb"/), /^M[\d.,]+L[\d.,]+$/);
  // The band's lower end at x = 100 is negative: the band reaches down to the frame, 300 pixels high.
  assert.match(pathOf(/<path d="([^"]*)" fill="#2d6abb"/), /^M[\d.]+,300L/);
});

Deno.test("linePlot draws any numbers at all", async () => {
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e-300, 1e300),
    fc.integer(),
  );
  const point = fc.tuple(number, number, number, number);
  const plot = fc.record({
    points: fc.array(point, { maxLength: 6 }),
    logX: fc.boolean(),
    logY: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(plot, async ({ points, logX, logY }) => {
      const [x, y, low, high] = [0, 1, 2, 3].map((part) => points.map((values) => values[part]));
      const svg = await renderSvg(
        linePlot({ series: [{ name: "a", x, y, low, high }], xLabel: "x", yLabel: "y", logX, logY }),
      );
      assertWellFormed(svg);
      assert.doesNotMatch(svg.replace(/<text.*?<\/text>/g, ""), /NaN|Infinity|undefined/);
    }),
    { numRuns: 40 },
  );
});

Deno.test("linePlot puts panels side by side and tells mismatched input", async () => {
  const series = [70, 80, 90].flatMap((sparsity) =>
    ["dense", "snip"].map((name) => ({ name, panel: `${sparsity} %`, x: [0, 1], y: [1, 0.5] }))
  );
  const svg = await renderSvg(linePlot({ series, xLabel: "step", yLabel: "loss" }));
  const texts = textsOf(svg);
  for (const text of ["70 %", "80 %", "90 %", "Dense", "SNIP"]) {
    assert.equal(texts.filter((found) => found === text).length, 1, text);
  }
  const labels = { xLabel: "x", yLabel: "y" };
  for (
    const wrong of [
      [{ name: "a", x: [1, 2], y: [1] }],
      [{ name: "a", x: [1], y: [1], low: [1] }],
      [{ name: "a", x: [1], y: [1], low: [1], high: [1, 2] }],
      [{ name: "a", x: [1], y: [1], panel: "p" }, { name: "b", x: [1], y: [1] }],
    ]
  ) {
    assert.throws(() => linePlot({ series: wrong, ...labels }), InvalidArgumentError);
  }
});

Deno.test("ticks ascend within their domain", () => {
  const positive = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
  fc.assert(fc.property(positive, positive, (a, b) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const logarithmic = logarithmicRange([low, high]);
    assert.ok(logarithmic.domain[0] < low && high < logarithmic.domain[1]);
    for (
      const { domain, ticks } of [logarithmic, { domain: [low, high], ticks: linearTicks([low, high], 6) }]
    ) {
      const slack = 1e-9 * (domain[1] - domain[0]) + 1e-12 * domain[1];
      assert.ok(ticks.length <= 20);
      ticks.forEach((tick, index) => {
        assert.ok(tick >= domain[0] - slack && tick <= domain[1] + slack, `${tick} outside ${domain}`);
        assert.ok(index === 0 || tick > ticks[index - 1], String(ticks));
      });
    }
    assert.ok(logarithmic.ticks.length >= 1, String(logarithmic.domain));
  }));
  assert.deepEqual(logarithmicRange([1, 10, 1e4]).ticks, [1, 10, 100, 1000, 10000]);
  assert.deepEqual(linearTicks([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
});

Deno.test("saveFigure writes what the path's ending says", async () => {
  const written = new Map<string, Uint8Array>();
  const write = (path: string, contents: Uint8Array) => void written.set(path, contents);
  await saveFigure("out/a.svg", convergence, write);
  await saveFigure("out/a.PNG", convergence, write, "dark");
  assert.match(new TextDecoder().decode(written.get("out/a.svg")), /^<svg /);
  assert.deepEqual([...(written.get("out/a.PNG") ?? []).slice(1, 4)], [0x50, 0x4e, 0x47]);
  await assert.rejects(saveFigure("out/a.pdf", convergence, write), InvalidArgumentError);
  await assert.rejects(
    saveFigure("out/b.png", convergence, write, "adaptive"),
    InvalidArgumentError,
  );
  assert.deepEqual([...written.keys()], ["out/a.svg", "out/a.PNG"]);
});
