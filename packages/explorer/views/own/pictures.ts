import type { ChartPlace } from "../../elements/chart.ts";
import { h } from "../../elements/dom.ts";
import { ColourScale, HeatMapCanvas } from "../../elements/heat_map.ts";
import { MaskCanvas } from "../../elements/mask_canvas.ts";
import { degreeProfiles } from "../masks/charts.ts";
import { graphonInWords } from "../masks/words.ts";
import type { LayerFacts, OwnPicture } from "./requests.ts";
import { deadInWords, ownFinding } from "./words.ts";

/** What the pictures need of the page. */
interface Surroundings {
  readonly charts: { place(caption: string, signal: AbortSignal): ChartPlace };
  readonly signal: AbortSignal;
}

/** A layer's mask, its graphon, its degrees, and what they say. */
export class OwnPictures {
  readonly element: HTMLElement;
  readonly #finding = h("p", { class: "finding", "aria-live": "polite" });
  readonly #words = h("p", { class: "words" });
  readonly #mask: MaskCanvas;
  readonly #graphon = new HeatMapCanvas("The mask’s graphon: 64 × 64 means");
  readonly #scale = new ColourScale("share of weights kept");
  readonly #numbers = h("dl", { class: "numbers" });
  readonly #degrees: ChartPlace;

  constructor({ charts, signal }: Surroundings, progress: HTMLElement) {
    this.#mask = new MaskCanvas("The mask, outputs and inputs sorted by degree", signal);
    this.#degrees = charts.place("Degree profiles: what share of its weights each neuron keeps", signal);
    this.element = h(
      "div",
      { hidden: true },
      h("div", { class: "findings" }, this.#finding, this.#words, progress),
      h("div", { class: "pictures" }, this.#mask.element, this.#graphon.element),
      this.#scale.element,
      this.#numbers,
      h("div", { class: "charts" }, this.#degrees.element),
    );
  }

  show(layer: LayerFacts, picture: OwnPicture, kind: string): void {
    const { grid, graphon, rows, cols, kept } = picture, words = ownFinding(layer, picture);
    this.element.hidden = false;
    this.#finding.textContent = words;
    this.#words.textContent = deadInWords(picture);
    this.#mask.show(picture, `Sorted mask. ${words}`);
    const high = graphon.reduce((most, value) => Math.max(most, value), 0);
    this.#scale.show(high);
    this.#graphon.show(graphon, grid, high, graphonInWords("The mask’s graphon", graphon, grid));
    const room = this.#degrees.element.parentElement?.clientWidth ?? 0;
    this.#degrees.show(degreeProfiles([{ name: layer.name, variant: "mask", ...picture }], room));
    const { keptInAll, total, asked } = picture, least = graphon.reduce((a, b) => Math.min(a, b), 1);
    this.#tabulate([
      ["density", (kept / (rows * cols)).toPrecision(4)],
      ["least cell", least.toPrecision(4)],
      ["largest cell", high.toPrecision(4)],
      ["dead outputs", String(picture.deadOutputs)],
      ["dead inputs", String(picture.deadInputs)],
      ["weights kept in all", `${keptInAll} of ${total}`],
      ...asked === undefined || asked === keptInAll ? [] : [["asked for", String(asked)] as const],
      [
        kind === "masks" ? "read and drawn in" : "pruned and drawn in",
        `${picture.milliseconds.toFixed(0)} ms`,
      ],
    ]);
  }

  /** Marks what is shown as that of an earlier state. */
  age(): void {
    this.#mask.age();
    this.#graphon.age();
  }

  hide(): void {
    this.element.hidden = true;
  }

  #tabulate(rows: readonly (readonly [string, string])[]): void {
    this.#numbers.replaceChildren(
      ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
  }
}
