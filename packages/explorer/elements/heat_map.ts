import { sequentialColours } from "@graphon-limit/figures";
import { csv } from "@graphon-limit/study/csv";
import { h } from "./dom.ts";
import { canvasOf, canvasPng, Downloads, enlarged, pictureSvg } from "./downloads.ts";

/** Pixels of a cell in a PNG file. */
const PNG_CELL = 8;

/** The highest step of the colours. */
const LAST = sequentialColours.length / 3 - 1;

/** A square matrix as coloured cells, in the colours of the figures' heat maps. */
export class HeatMapCanvas {
  readonly element: HTMLElement;
  readonly #canvas = h("canvas", { class: "cells", role: "img", width: 1, height: 1 });
  readonly #caption = h("figcaption");

  readonly #downloads: Downloads;
  #shown: { readonly values: ArrayLike<number>; readonly size: number; readonly high: number } | undefined;

  constructor(caption: string) {
    this.#caption.textContent = caption;
    const words = () => [caption, `Colours from 0 to ${percent(this.#shown!.high)}`];
    this.#downloads = new Downloads(caption, {
      svg: () => Promise.resolve(pictureSvg(this.#drawn(), words())),
      png: () => canvasPng(enlarged(this.#drawn(), PNG_CELL)),
      csv: () => csv(this.#cells()),
      json: () => {
        const { values, size } = this.#shown!;
        const rows = Array.from(
          { length: size },
          (_, row) => Array.from(values).slice(row * size, (row + 1) * size),
        );
        return { size, values: rows };
      },
    });
    this.element = h("figure", {}, this.#canvas, this.#caption, this.#downloads.element);
  }

  #drawn(): HTMLCanvasElement {
    const { values, size, high } = this.#shown!;
    return canvasOf(paint(values, size, size, high));
  }

  #cells(): object[] {
    const { values, size } = this.#shown!;
    return Array.from(values, (value, at) => ({ row: Math.floor(at / size), column: at % size, value }));
  }

  /**
   * @param values `[size, size]`, row-major
   * @param high the value of the last colour; 0 has the first
   * @param description what it shows, for those who cannot see it
   */
  show(values: ArrayLike<number>, size: number, high: number, description: string): void {
    this.#canvas.width = this.#canvas.height = size;
    this.#canvas.setAttribute("aria-label", description);
    this.#canvas.getContext("2d")!.putImageData(paint(values, size, size, high), 0, 0);
    this.#shown = { values, size, high };
    this.#downloads.offer(true);
    this.element.classList.remove("stale");
  }

  /** Marks what is shown as that of an earlier state. */
  age(): void {
    this.element.classList.add("stale");
  }
}

/** The strip that says which colour means what. */
export class ColourScale {
  readonly element: HTMLElement;
  readonly #high = h("span");

  constructor(label: string) {
    const steps = 128, canvas = h("canvas", { width: steps, height: 1, "aria-hidden": "true" });
    const values = Array.from({ length: steps }, (_, i) => i / (steps - 1));
    canvas.getContext("2d")!.putImageData(paint(values, steps, 1, 1), 0, 0);
    this.element = h(
      "div",
      { class: "scale" },
      h("span", { class: "scale-label" }, label),
      h("span", {}, "0 %"),
      canvas,
      this.#high,
    );
  }

  show(high: number): void {
    this.#high.textContent = percent(high);
  }
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

function paint(values: ArrayLike<number>, width: number, height: number, high: number): ImageData {
  const image = new ImageData(width, height);
  for (let cell = 0; cell < width * height; cell++) {
    const step = 3 * Math.round(Math.min(1, Math.max(0, values[cell] / high)) * LAST);
    image.data.set(sequentialColours.subarray(step, step + 3), 4 * cell);
    image.data[4 * cell + 3] = 255;
  }
  return image;
}
