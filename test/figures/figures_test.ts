import assert from "node:assert/strict";
import fc from "fast-check";
import { unzlibSync } from "fflate";
import { scheme } from "vega";
import { METHODS } from "@graphon-limit/pruners";
import { InvalidArgumentError } from "@graphon-limit/runtime";
// Methods are given their looks there.
import "../../packages/study/method_styles.ts";
import { linearTicks, logarithmicRange } from "../../packages/figures/axes.ts";
import type { FigureSpec } from "../../packages/figures/figure.ts";
import { convergencePlot } from "../../packages/figures/convergence_plot.ts";
import { matrixImage } from "../../packages/figures/colour_map.ts";
import { heatMap, heatMapGrid } from "../../packages/figures/heat_map.ts";
import { linePlot, type PlotSeries } from "../../packages/figures/line_plot.ts";
import { allInks, figureInks, seriesStyles } from "../../packages/figures/palette.ts";
import { encodePng } from "../../packages/figures/png.ts";
import { svgToPng } from "../../packages/figures/raster.ts";
import { renderSvg, saveFigure } from "../../packages/figures/render.ts";
import { recolour } from "../../packages/figures/recolour.ts";
import { styleSheet } from "../../packages/study/report/style.ts";
import {
  checkSelfContained,
  escapeMarkup,
  prefixIds,
  setRootAttributes,
  svgSize,
} from "../../packages/figures/svg.ts";

interface DecodedPng {
  width: number;
  height: number;
  pixels: Uint8Array;
  palette: Uint8Array;
  alpha: Uint8Array;
}

/** Reads an 8-bit indexed PNG without filters, checking every chunk's CRC bit by bit. */
function decodePng(bytes: Uint8Array): DecodedPng {
  assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, Uint8Array>();
  for (let offset = 8; offset < bytes.length;) {
    const length = view.getUint32(offset);
    const typed = bytes.subarray(offset + 4, offset + 8 + length);
    let crc = 0xffffffff;
    for (const byte of typed) {
      for (let bit = 0; bit < 8; bit++) {
        const feedback = (crc ^ (byte >>> bit)) & 1;
        crc = (crc >>> 1) ^ (feedback ? 0xedb88320 : 0);
      }
    }
    assert.equal(view.getUint32(offset + 8 + length), ~crc >>> 0);
    chunks.set(new TextDecoder().decode(typed.subarray(0, 4)), typed.subarray(4));
    offset += length + 12;
  }
  assert.equal([...chunks.keys()].at(-1), "IEND");
  const part = (name: string) => chunks.get(name) ?? new Uint8Array();
  const header = part("IHDR");
  const headerView = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height] = [headerView.getUint32(0), headerView.getUint32(4)];
  assert.deepEqual([...header.subarray(8)], [8, 3, 0, 0, 0]);
  const lines = unzlibSync(part("IDAT"));
  assert.equal(lines.length, (width + 1) * height);
  const pixels = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    assert.equal(lines[row * (width + 1)], 0);
    pixels.set(lines.subarray(row * (width + 1) + 1, (row + 1) * (width + 1)), row * width);
  }
  return { width, height, pixels, palette: part("PLTE"), alpha: part("tRNS") };
}

function decodeDataUrl(url: string): DecodedPng {
  const encoded = /^data:image\/png;base64,(.*)$/.exec(url)?.[1] ?? "";
  return decodePng(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
}

/** Fails unless every tag is closed in turn, attributes are quoted and unique, and `&` starts an entity. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  let roots = 0;
  const tag = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  while (tag.lastIndex < xml.length) {
    const at = tag.lastIndex;
    const match = tag.exec(xml);
    assert.ok(match, `not well-formed at: ${xml.slice(at, at + 80)}`);
    const [whole, closing, name, attributes = "", empty, text] = match;
    assert.doesNotMatch(whole, /&(?!(?:#\d+|#x[\da-f]+|amp|lt|gt|quot|apos);)/i);
    if (text !== undefined) continue;
    const names = [...attributes.matchAll(/([\w:.-]+)="/g)].map((found) => found[1]);
    assert.equal(new Set(names).size, names.length, `attributes repeat in ${whole.slice(0, 200)}`);
    if (closing) assert.equal(open.pop(), name);
    else if (open.length === 0) roots++;
    if (!closing && !empty) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.equal(roots, 1);
}

function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
}

const ramp = (size: number) =>
  Float32Array.from({ length: size * size }, (_, index) => index / (size * size - 1));

const convergence = convergencePlot({
  series: ["random", "snip"].map((name, index) => ({
    name,
    points: [100, 500, 1000, 2000].map((x) => ({
      x,
      y: (index + 1) * 200 / x,
      floor: 90 / x,
      low: 150 / x,
      high: 500 / x,
    })),
  })),
});

Deno.test("encodePng is undone by an independent decoder", () => {
  const image = fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) })
    .chain(
      ({ width, height }) =>
        fc.record({
          width: fc.constant(width),
          height: fc.constant(height),
          pixels: fc.uint8Array({ minLength: width * height, maxLength: width * height }),
          palette: fc.uint8Array({ minLength: 768, maxLength: 768 }),
          alpha: fc.uint8Array({ minLength: 1, maxLength: 256 }),
        }),
    );
  fc.assert(fc.property(image, (original) => {
    assert.deepEqual(decodePng(encodePng(original)), { ...original });
  }));
});

Deno.test("encodePng rejects what does not fit together", () => {
  const fits = { width: 2, height: 2, pixels: new Uint8Array(4), palette: new Uint8Array(6) };
  for (
    const wrong of [
      { pixels: new Uint8Array(3) },
      { width: 0, pixels: new Uint8Array() },
      { palette: new Uint8Array(4) },
      { palette: new Uint8Array() },
      { alpha: new Uint8Array(3) },
    ]
  ) {
    assert.throws(() => encodePng({ ...fits, ...wrong }), InvalidArgumentError);
  }
});

Deno.test("matrixImage has the colours of Vega's own scheme, whose legend stands beside the image", () => {
  const { palette } = decodeDataUrl(matrixImage([0], 1, [0, 1]).image);
  const colourAt: (position: number) => string = scheme("viridis");
  for (let level = 0; level < 255; level++) {
    const own = `rgb(${palette.slice(3 * (level + 1), 3 * (level + 2)).join(", ")})`;
    assert.equal(own, colourAt(level / 254));
  }
});

Deno.test("matrixImage keeps rows in order, clamps to the domain and leaves NaN transparent", () => {
  const { width, height, pixels, palette, alpha } = decodeDataUrl(
    matrixImage([0, 0.5, NaN, 7], 2, [0, 1]).image,
  );
  assert.deepEqual({ width, height, pixels: [...pixels] }, { width: 2, height: 2, pixels: [1, 128, 0, 255] });
  assert.equal(alpha[0], 0);
  assert.deepEqual([...palette.subarray(3, 6)], [0x44, 0x01, 0x54]);
  assert.deepEqual([...palette.subarray(765)], [0xfd, 0xe7, 0x25]);
});

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

Deno.test("the README's images are there for dark pages too, and are the light ones in other colours", () => {
  const readme = Deno.readTextFileSync("README.md");
  const shown = [
    ...readme.matchAll(
      /<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)-dark\.svg">\s*<img [^>]*src="([^"]+)\.svg"/g,
    ),
  ];
  assert.ok(shown.length >= 3);
  for (const [, dark, light] of shown) {
    assert.equal(dark, light);
    const svg = Deno.readTextFileSync(`${light}.svg`);
    assert.equal(recolour(svg, "dark"), Deno.readTextFileSync(`${light}-dark.svg`));
    assert.ok(!recolour(svg, "dark").includes(`"${figureInks.text.light}"`));
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

Deno.test("a method has one style in any company, and all styles can be told apart", () => {
  const methodNames = ["dense", ...METHODS.keys()];
  const alone = methodNames.map((name) => seriesStyles([name])[0]);
  assert.deepEqual(seriesStyles(["mine", ...methodNames, "yours"]).slice(1, -1), alone);
  assert.deepEqual(seriesStyles(["SNIP"]), seriesStyles(["snip"]));
  assert.equal(new Set(alone.map(({ shape }) => shape)).size, alone.length);
  assert.equal(new Set(allInks().map(({ light }) => light)).size, allInks().length);
  assert.equal(new Set(allInks().map(({ property }) => property)).size, allInks().length);
  for (const theme of ["light", "dark"] as const) {
    for (const [vision, matrix] of Object.entries(visions)) {
      const seen = alone.map((style) => oklab(applied(matrix, linearRgb(style[theme]))));
      seen.forEach((colour, index) => {
        for (let other = 0; other < index; other++) {
          const distance = Math.hypot(...colour.map((value, part) => value - seen[other][part]));
          assert.ok(
            distance > 0.12,
            `${alone[index].label} and ${alone[other].label}, ${theme}, ${vision}: ${distance}`,
          );
        }
      });
    }
  }
});

Deno.test("text has a contrast of 4.5 and marks one of 3 to their paper, in figures and reports, light and dark", () => {
  const decoration = ["--figure-paper", "--figure-grid"], texts = ["--figure-text", "--figure-label"];
  for (const theme of ["light", "dark"] as const) {
    for (const ink of allInks().filter(({ property }) => !decoration.includes(property))) {
      const found = contrast(ink[theme], figureInks.paper[theme]);
      assert.ok(found >= (texts.includes(ink.property) ? 4.5 : 3), `${ink.property}, ${theme}: ${found}`);
    }
  }
  // The sheet declares the light colours first, then the dark ones.
  const [light, dark] = [...styleSheet.matchAll(/--paper: [^}]*/g)].map(([block]) =>
    new Map([...block.matchAll(/--(\w+): (#[0-9a-f]{6})/g)].map((match) => [match[1], match[2]]))
  );
  for (const colours of [light, dark]) {
    for (const name of ["ink", "soft", "link", "good", "bad", "open"]) {
      for (const paper of ["paper", "shade"]) {
        const found = contrast(colours.get(name)!, colours.get(paper)!);
        assert.ok(found >= 4.5, `${name} on ${paper}: ${found}`);
      }
    }
  }
});

function contrast(one: string, other: string): number {
  const [dark, light] = [one, other].map((colour) => luminance(linearRgb(colour))).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** How linear RGB is seen (Machado, Oliveira and Fernandes 2009, severity 1). */
const visions: Record<string, number[][]> = {
  full: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [
    -0.003882,
    -0.048116,
    1.051998,
  ]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [
    -0.01182,
    0.04294,
    0.968881,
  ]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [
    0.004733,
    0.691367,
    0.3039,
  ]],
};

function applied(matrix: number[][], colour: number[]): number[] {
  return matrix.map((row) =>
    Math.max(0, row.reduce((sum, factor, index) => sum + factor * colour[index], 0))
  );
}

function linearRgb(hex: string): number[] {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
}

function luminance([red, green, blue]: number[]): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Ottosson's Oklab: lightness, green–red, blue–yellow. */
function oklab(rgb: number[]): number[] {
  const cones = applied([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ], rgb).map(Math.cbrt);
  const rows = [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ];
  return rows.map((row) => row.reduce((sum, factor, index) => sum + factor * cones[index], 0));
}

Deno.test("each theme has its own colours; the adaptive one asks the reader's", async () => {
  const [light, dark, adaptive] = await Promise.all(
    (["light", "dark", "adaptive"] as const).map((theme) => renderSvg(convergence, { theme })),
  );
  for (const svg of [light, dark, adaptive]) assertWellFormed(svg);
  const snip = seriesStyles(["snip"])[0];
  assert.ok(light.includes(`"${snip.light}"`) && !light.includes(snip.dark));
  assert.ok(dark.includes(`"${snip.dark}"`) && !dark.includes(snip.light));
  const { style, drawing } = {
    style: /<style>(.*?)<\/style>/.exec(adaptive)?.[1] ?? "",
    drawing: adaptive.replace(/<style>.*?<\/style>/, ""),
  };
  assert.ok(drawing.includes('stroke="var(--figure-snip)"') && drawing.includes('fill="var(--figure-text)"'));
  assert.doesNotMatch(drawing, /(fill|stroke)="#/);
  for (const [, property] of drawing.matchAll(/var\((--[\w-]+)\)/g)) {
    assert.equal(style.split(`${property}:`).length - 1, 2, `${property} has a light and a dark value`);
  }
});

Deno.test("idPrefix makes ids and the references to them unique", async () => {
  const svg = await renderSvg(heatMap({ values: ramp(2), size: 2, xLabel: "x", yLabel: "y" }), {
    idPrefix: "one-",
  });
  const ids = [...svg.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
  const references = [...svg.matchAll(/url\(#([^)]*)\)/g)].map((match) => match[1]);
  assert.ok(ids.length > 0 && ids.every((id) => id.startsWith("one-")));
  assert.ok(references.length > 0 && references.every((id) => ids.includes(id)));
  assert.equal(prefixIds('<a id="x"/><use href="#x"/>', "p-"), '<a id="p-x"/><use href="#p-x"/>');
});

Deno.test("checkSelfContained tells what runs or loads something", () => {
  for (
    const inside of [
      "<script>1</script>",
      '<image href="https://example.org/a.png"/>',
      '<image xlink:href="a.png"/>',
      '<g onload="f()"/>',
      '<rect fill="url(other.svg#a)"/>',
      "<style>@import 'a.css'</style>",
      "<style>g { fill: url(a.svg#b) }</style>",
      "<svg:script>1</svg:script>",
      "<image/onerror=f() />",
      "<image href='#a' ONERROR = 'f()'/>",
      "<image href=javascript:f() />",
      '<g a=b"c onload=f()>',
      "<!--><script>f()</script>-->",
    ]
  ) {
    assert.throws(() => checkSelfContained(`<svg>${inside}</svg>`), InvalidArgumentError, inside);
  }
  checkSelfContained(
    '<svg><use href="#a"/><rect fill="url(#b)"/><image href="data:image/png;base64,AA=="/></svg>',
  );
  // What is escaped is text, whatever it says.
  const name = "a onerror=f() href='x' url(y) @import <script>";
  checkSelfContained(
    `<svg aria-label="${escapeMarkup(name)}"><text>${escapeMarkup(name)}</text><g class="a"/></svg>`,
  );
});

Deno.test("setRootAttributes replaces, adds and escapes", () => {
  assert.equal(
    setRootAttributes('<svg role="a" width="1"><g/></svg>', { role: '"<' }),
    '<svg width="1" role="&quot;&lt;"><g/></svg>',
  );
  assert.throws(() => setRootAttributes("<p></p>", {}), InvalidArgumentError);
});

Deno.test("svgToPng scales the figure and draws its text", async () => {
  const svg = await renderSvg(convergence);
  const size = svgSize(svg) ?? { width: 0, height: 0 };
  const png = await svgToPng(svg, 2);
  const view = new DataView(png.buffer, png.byteOffset);
  assert.ok(
    Math.abs(view.getUint32(16) - 2 * size.width) <= 1 && Math.abs(view.getUint32(20) - 2 * size.height) <= 1,
  );
  const silent = await svgToPng(svg.replace(/<text.*?<\/text>/g, ""), 2);
  assert.ok(png.length > silent.length + 4000, `${png.length} bytes with text, ${silent.length} without`);
});

Deno.test("svgToPng rejects adaptive colours, malformed text and senseless scales", async () => {
  await assert.rejects(svgToPng(await renderSvg(convergence, { theme: "adaptive" })), InvalidArgumentError);
  await assert.rejects(svgToPng("<svg"), InvalidArgumentError);
  await assert.rejects(svgToPng("<svg/>", 0), InvalidArgumentError);
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
