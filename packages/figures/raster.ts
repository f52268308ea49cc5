import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { InvalidArgumentError } from "@graphon-limit/runtime";

const fontFamily = "Inter";
let fonts: Promise<Uint8Array[]> | undefined;

/**
 * Draws an SVG as PNG, `scale` pixels to an SVG pixel, with its own font.
 *
 * @throws {InvalidArgumentError} if the SVG has adaptive colours, which only a browser can resolve, or does not parse.
 */
export async function svgToPng(svg: string, scale = 1): Promise<Uint8Array> {
  if (!(scale > 0 && scale <= 16)) {
    throw new InvalidArgumentError(`A figure's scale is ${scale}: expected a number above 0, at most 16`);
  }
  if (svg.includes("var(--")) {
    throw new InvalidArgumentError(
      "An adaptive figure has no fixed colours: expected the light or the dark theme",
    );
  }
  // Once a process: the rasteriser refuses to be started twice.
  fonts ??= startRasteriser();
  const fontBuffers = await fonts;
  let image;
  try {
    image = new Resvg(svg, {
      font: { fontBuffers, defaultFontFamily: fontFamily, sansSerifFamily: fontFamily },
      // Nearest neighbour, for the rasteriser does not know the value `pixelated`.
      imageRendering: 1,
      fitTo: { mode: "zoom", value: scale },
    });
  } catch (error) {
    throw new InvalidArgumentError(`A figure is not a well-formed SVG: ${String(error)}`);
  }
  try {
    const rendered = image.render();
    try {
      return rendered.asPng();
    } finally {
      rendered.free();
    }
  } finally {
    image.free();
  }
}

/** Loads two megabytes of code and fonts, hence only when a raster image is wanted. */
async function startRasteriser(): Promise<Uint8Array[]> {
  const [wasm, regular, semiBold] = await Promise.all([
    import("@resvg/resvg-wasm/index_bg.wasm", { with: { type: "bytes" } }),
    import("@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf", { with: { type: "bytes" } }),
    import("@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf", {
      with: { type: "bytes" },
    }),
  ]);
  await initWasm(wasm.default);
  return [regular.default, semiBold.default];
}
