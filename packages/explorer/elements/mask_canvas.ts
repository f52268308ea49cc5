import { bitAt, type BitPicture, bitRows, bitsCsv, sharesOf, type Window } from "./bits.ts";
import { button } from "./controls.ts";
import { canvasOf, canvasPng, Downloads, pictureSvg } from "./downloads.ts";
import { h } from "./dom.ts";

/** Entries across at the most that one can zoom in to. */
const FEWEST = 8;

/** How much a key, a button or a notch of the wheel zooms. */
const STEP = 1.5;

/** A sorted mask, drawn bit by bit, that can be zoomed and moved: by wheel and drag, by two fingers, by keys and by buttons. */
export class MaskCanvas {
  readonly element: HTMLElement;
  readonly #canvas = h("canvas", { class: "bits", role: "img", tabindex: 0 });
  readonly #readout = h("p", { class: "readout" });
  readonly #downloads: Downloads;
  #bits: BitPicture | undefined;
  /** Entries on the canvas, which is square: in the proportion of the mask's sides, so that all of it fills the canvas. */
  #window: Window = { left: 0, top: 0, width: 1, height: 1 };
  #requested = false;
  readonly #pointers = new Map<number, PointerEvent>();

  constructor(caption: string, signal: AbortSignal) {
    const zoom = h(
      "div",
      { class: "zoom", role: "group", "aria-label": "Zoom the mask" },
      button("Zoom in", () => this.#zoom(1 / STEP)),
      button("Zoom out", () => this.#zoom(STEP)),
      button("Whole mask", () => this.#whole()),
    );
    this.#downloads = new Downloads(caption, {
      svg: () => Promise.resolve(pictureSvg(canvasOf(pixelsOf(this.#bits!)), [caption])),
      png: () => canvasPng(canvasOf(pixelsOf(this.#bits!))),
      csv: () => bitsCsv(this.#bits!),
      json: () => {
        const { rows, cols, outputOrder, inputOrder } = this.#bits!;
        return {
          rows,
          cols,
          outputOrder: [...outputOrder],
          inputOrder: [...inputOrder],
          mask: bitRows(this.#bits!),
        };
      },
    });
    const { element } = this.#downloads, words = h("figcaption", {}, caption);
    this.element = h("figure", {}, this.#canvas, words, this.#readout, zoom, element);
    this.#listen(signal);
  }

  /** @param description what it shows, for those who cannot see it */
  show(bits: BitPicture, description: string): void {
    const same = this.#bits?.rows === bits.rows && this.#bits.cols === bits.cols;
    this.#bits = bits;
    this.#downloads.offer(true);
    this.#canvas.setAttribute("aria-label", description);
    this.element.classList.remove("stale");
    if (same) this.#request();
    else this.#whole();
  }

  age(): void {
    this.element.classList.add("stale");
  }

  #listen(signal: AbortSignal): void {
    const canvas = this.#canvas;
    canvas.addEventListener("wheel", (event) => {
      // The page scrolls where there is nothing to zoom out of.
      if (event.deltaY > 0 && this.#isWhole) return;
      event.preventDefault();
      this.#zoom(STEP ** Math.sign(event.deltaY), this.#at(event));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, event);
    });
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(end, ({ pointerId }) => this.#pointers.delete(pointerId));
    }
    canvas.addEventListener("keydown", (event) => this.#press(event));
    const resized = new ResizeObserver(() => this.#request());
    resized.observe(canvas);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", () => this.#request(), { signal });
    signal.addEventListener("abort", () => resized.disconnect(), { once: true });
  }

  /** The mask's sides; 1 while there is none. */
  get #size(): { readonly rows: number; readonly cols: number } {
    return this.#bits ?? { rows: 1, cols: 1 };
  }

  get #isWhole(): boolean {
    return this.#window.width >= this.#size.cols;
  }

  /** Where on the mask a pointer is, in entries. */
  #at({ clientX, clientY }: MouseEvent): { readonly column: number; readonly row: number } {
    const box = this.#canvas.getBoundingClientRect(), { left, top, width, height } = this.#window;
    return {
      column: left + (clientX - box.left) / box.width * width,
      row: top + (clientY - box.top) / box.height * height,
    };
  }

  #zoom(factor: number, about?: { readonly column: number; readonly row: number }): void {
    const { left, top, width, height } = this.#window;
    const { column, row } = about ?? { column: left + width / 2, row: top + height / 2 };
    const across = this.#acrossWithin(width * factor), ratio = across / width;
    this.#look(column - (column - left) * ratio, row - (row - top) * ratio, across);
  }

  /** Entries across, as many as there are at the most; the shorter side shows a few at the least. */
  #acrossWithin(entries: number): number {
    const { rows, cols } = this.#size, fewest = FEWEST * Math.max(1, cols / rows);
    return Math.min(cols, Math.max(fewest, entries));
  }

  #whole(): void {
    this.#look(0, 0, this.#size.cols);
  }

  /** Looks at so many entries across, from a place moved so that all that is seen is mask. */
  #look(left: number, top: number, across: number): void {
    const { rows, cols } = this.#size, down = across * rows / cols;
    const within = (start: number, seen: number, all: number) => Math.min(all - seen, Math.max(0, start));
    this.#window = {
      left: within(left, across, cols),
      top: within(top, down, rows),
      width: across,
      height: down,
    };
    this.#request();
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return this.#tell(event);
    this.#pointers.set(event.pointerId, event);
    const from = this.#at(before), to = this.#at(event), { left, top, width } = this.#window;
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (a: MouseEvent) => Math.hypot(a.clientX - other.clientX, a.clientY - other.clientY);
      this.#zoom(apart(before) / Math.max(1, apart(event)), this.#at(other));
    } else this.#look(left + from.column - to.column, top + from.row - to.row, width);
  }

  #press(event: KeyboardEvent): void {
    const { left, top, width, height } = this.#window;
    const moves: Record<string, () => void> = {
      "+": () => this.#zoom(1 / STEP),
      "=": () => this.#zoom(1 / STEP),
      "-": () => this.#zoom(STEP),
      "0": () => this.#whole(),
      ArrowLeft: () => this.#look(left - width / 8, top, width),
      ArrowRight: () => this.#look(left + width / 8, top, width),
      ArrowUp: () => this.#look(left, top - height / 8, width),
      ArrowDown: () => this.#look(left, top + height / 8, width),
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  }

  /** Says which entry the pointer is on. */
  #tell(event: PointerEvent): void {
    const { column, row } = this.#at(event), bits = this.#bits;
    if (!bits || column < 0 || row < 0 || column >= bits.cols || row >= bits.rows) return;
    const [i, j] = [Math.floor(row), Math.floor(column)];
    const kept = bitAt(bits, i, j) ? "kept" : "removed";
    this.#readout.textContent = `Output neuron ${bits.outputOrder[i]} (degree ${
      i + 1
    } of ${bits.rows}), input neuron ${bits.inputOrder[j]} (degree ${j + 1} of ${bits.cols}): ${kept}`;
  }

  /** Draws with the next frame. */
  #request(): void {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame(() => {
      this.#requested = false;
      this.#draw();
    });
  }

  #draw(): void {
    const canvas = this.#canvas, bits = this.#bits, side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (!bits || side === 0) return;
    canvas.width = canvas.height = side;
    // A finger moves what is larger than the canvas, and else the page.
    canvas.style.touchAction = this.#isWhole ? "pan-y" : "none";
    const style = getComputedStyle(canvas), ink = rgb(style.color), paper = rgb(style.backgroundColor);
    const shares = sharesOf(bits, this.#window, side, side), image = new ImageData(side, side);
    shares.forEach((share, pixel) => {
      if (Number.isNaN(share)) return;
      for (let channel = 0; channel < 3; channel++) {
        image.data[4 * pixel + channel] = paper[channel] + (ink[channel] - paper[channel]) * share;
      }
      image.data[4 * pixel + 3] = 255;
    });
    canvas.getContext("2d")!.putImageData(image, 0, 0);
    const { left, top, width, height } = this.#window;
    this.#readout.textContent = this.#isWhole
      ? `The whole mask: ${bits.rows} outputs × ${bits.cols} inputs`
      : `${Math.round(height)} × ${Math.round(width)} weights, from output ${Math.floor(top) + 1}, input ${
        Math.floor(left) + 1
      }`;
  }
}

/** Ink of masks in files. */
const INK = [0x1b, 0x3a, 0x5c] as const;

/** A pixel for each entry, in ink on white. */
function pixelsOf(bits: BitPicture): ImageData {
  const image = new ImageData(bits.cols, bits.rows);
  image.data.fill(255);
  for (let row = 0; row < bits.rows; row++) {
    for (let column = 0; column < bits.cols; column++) {
      if (bitAt(bits, row, column)) image.data.set(INK, 4 * (row * bits.cols + column));
    }
  }
  return image;
}

/** The numbers of a computed colour, `rgb(1, 2, 3)`. */
function rgb(colour: string): [number, number, number] {
  const [red, green, blue] = colour.match(/[\d.]+/g)!.map(Number);
  return [red, green, blue];
}
