import { GraphonLimitError, InvalidArgumentError } from "@graphon-limit/runtime";

const fontFamily = "Inter";

/** The npm packages that a raster image is made with, which are installed where one is wanted. */
const packages = ["@resvg/resvg-wasm", "@expo-google-fonts/inter"];

/** A raster image is wanted, and what makes it is not installed. */
export class NoRasterError extends GraphonLimitError {
  override name = "NoRasterError";
}

/** What draws, and the fonts it draws with. */
interface Rasteriser {
  readonly Resvg: typeof import("@resvg/resvg-wasm").Resvg;
  readonly fontBuffers: Uint8Array[];
}

let rasteriser: Promise<Rasteriser> | undefined;

/**
 * Draws an SVG as PNG, `scale` pixels to an SVG pixel, with its own font.
 *
 * @throws {InvalidArgumentError} if the SVG has adaptive colours, which only a browser can resolve, or does not parse.
 * @throws {NoRasterError} where the packages that draw it are not installed.
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
  const { Resvg, fontBuffers } = await openRaster();
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

/**
 * Loads what raster images are made with, two megabytes of code and fonts: for those who would rather know before they compute than
 * after whether it is there.
 *
 * @throws {NoRasterError} where it is not installed.
 */
export async function loadRaster(): Promise<void> {
  await openRaster();
}

/** Once a process: the rasteriser refuses to be started twice. */
function openRaster(): Promise<Rasteriser> {
  return rasteriser ??= startRasteriser();
}

async function startRasteriser(): Promise<Rasteriser> {
  const [{ initWasm, Resvg }, wasm, regular, semiBold] = await Promise.all([
    import("@resvg/resvg-wasm"),
    import("@resvg/resvg-wasm/index_bg.wasm", { with: { type: "bytes" } }),
    import("@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf", { with: { type: "bytes" } }),
    import("@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf", {
      with: { type: "bytes" },
    }),
  ]).catch((error) => {
    throw isAbsence(error)
      ? new NoRasterError(
        `Expected ${
          packages.join(" and ")
        }, which PNG figures are drawn with, but found them not installed ` +
          `(npm install ${packages.join(" ")}); figures that end in .svg need neither`,
      )
      : error;
  });
  await initWasm(wasm.default);
  return { Resvg, fontBuffers: [regular.default, semiBold.default] };
}

/** Whether a module is not there to be imported. */
function isAbsence(error: unknown): boolean {
  return error instanceof Error && "code" in error && /MODULE_NOT_FOUND$/.test(String(error.code));
}
