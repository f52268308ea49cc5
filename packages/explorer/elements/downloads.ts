import { VERSION } from "../version.ts";
import { h } from "./dom.ts";

/** A figure as files. */
export interface FigureFiles {
  /** In light colours, for paper. */
  svg(): Promise<string>;
  png(): Promise<Blob>;
  /** Its numbers as a table. */
  csv(): string;
  /** Its numbers as an object, to which is added where they come from. */
  json(): object;
}

/** Milliseconds after which a file is surely being saved. */
const SAVED_MS = 10_000;

/** Has the browser save a file. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), SAVED_MS);
}

/** Where numbers come from: the state that the page was in, which is its address, and what computed them. */
function provenance(): object {
  const state = Object.fromEntries(new URLSearchParams(location.search));
  return {
    ...{ program: "graphon-limit explorer", version: VERSION, address: location.href, state },
    device: document.getElementById("device")?.textContent ?? "",
    browser: navigator.userAgent,
  };
}

/** Buttons that save a figure as SVG or PNG, and its numbers as CSV or JSON. */
export class Downloads {
  readonly element: HTMLElement;
  readonly #caption: string;
  readonly #files: FigureFiles;
  readonly #failure = h("span", { role: "status" });

  constructor(caption: string, files: FigureFiles) {
    this.#caption = caption;
    this.#files = files;
    const { svg, png, csv, json } = files;
    const text = (content: string, type: string) => new Blob([content], { type });
    this.element = h(
      "div",
      { class: "downloads", role: "group", "aria-label": `Download: ${caption}`, hidden: true },
      this.#button("SVG", async () => text(await svg(), "image/svg+xml")),
      this.#button("PNG", () => png()),
      this.#button("CSV", () => Promise.resolve(text(csv(), "text/csv"))),
      this.#button("JSON", () => {
        const whole = { caption, ...json(), provenance: provenance() };
        return Promise.resolve(text(`${JSON.stringify(whole, undefined, 1)}\n`, "application/json"));
      }),
      this.#failure,
    );
  }

  /** Says whether there is something to save. */
  offer(some: boolean): void {
    this.element.hidden = !some;
  }

  #button(kind: string, make: () => Promise<Blob>): HTMLElement {
    const save = async () => {
      this.#failure.textContent = "";
      try {
        saveFile(await make(), `${nameOf(this.#caption)}.${kind.toLowerCase()}`);
      } catch (error) {
        this.#failure.textContent = error instanceof Error ? error.message : String(error);
      }
    };
    const label = `Download as ${kind}: ${this.#caption}`;
    return h("button", { type: "button", "aria-label": label, onclick: () => void save() }, kind);
  }
}

/** A file's name from the first words of a caption. */
function nameOf(caption: string): string {
  const [words] = caption.split(/[:,]/);
  return words.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "figure";
}

/** A canvas as a PNG file. */
export function canvasPng(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error("The browser cannot draw so large a picture"))
    )
  );
}

/** A canvas of a picture's pixels. */
export function canvasOf(image: ImageData): HTMLCanvasElement {
  const canvas = h("canvas", { width: image.width, height: image.height });
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}

/** A picture with sharp pixels, so many times as large. */
export function enlarged(canvas: HTMLCanvasElement, times: number): HTMLCanvasElement {
  const large = h("canvas", { width: times * canvas.width, height: times * canvas.height });
  const context = large.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return large;
}

/** Pixels across of a picture in an SVG file, and of the room for its words. */
const SVG_SIDE = 480, SVG_LINE = 22;

/** A picture with its words below as SVG, its pixels embedded. */
export function pictureSvg(canvas: HTMLCanvasElement, lines: readonly string[]): string {
  const scale = SVG_SIDE / Math.max(canvas.width, canvas.height), namespace = "http://www.w3.org/2000/svg";
  const [width, height] = [canvas.width * scale, canvas.height * scale];
  const part = (
    tag: string,
    attributes: Record<string, string | number>,
    ...children: (Element | string)[]
  ) => {
    const element = document.createElementNS(namespace, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.append(...children);
    return element;
  };
  const text = lines.map((line, at) =>
    part("text", { x: 0, y: height + SVG_LINE * (at + 1), fill: "#1f2328" }, line)
  );
  const size = { width: SVG_SIDE, height: height + SVG_LINE * lines.length + SVG_LINE / 2 };
  const whole = part(
    "svg",
    {
      ...size,
      viewBox: `0 0 ${size.width} ${size.height}`,
      ...{ role: "img", "aria-label": lines.join(". "), "font-family": "sans-serif", "font-size": 14 },
    },
    part("rect", { ...size, fill: "#ffffff" }),
    part("image", { width, height, style: "image-rendering: pixelated", href: canvas.toDataURL() }),
    ...text,
  );
  return new XMLSerializer().serializeToString(whole);
}

/** How many pixels of a PNG file there are for one of an SVG. */
const PNG_SCALE = 2;

/** An SVG file as PNG, at twice its size. */
export async function svgPng(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = h("canvas", { width: PNG_SCALE * image.width, height: PNG_SCALE * image.height });
  const context = canvas.getContext("2d")!;
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return await canvasPng(canvas);
}
