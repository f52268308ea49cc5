import assert from "node:assert/strict";
import fc from "fast-check";
import { scheme } from "vega";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import "../../packages/study/method_styles.ts";
import { matrixImage } from "../../packages/figures/colour_map.ts";
import { encodePng } from "../../packages/figures/png.ts";
import { svgToPng } from "../../packages/figures/raster.ts";
import { renderSvg } from "../../packages/figures/render.ts";
import { svgSize } from "../../packages/figures/svg.ts";
import { convergence, decodeDataUrl, decodePng } from "./support.ts";

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
