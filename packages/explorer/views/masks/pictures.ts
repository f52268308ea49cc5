import type { ChartPlace } from "../../elements/chart.ts";
import { h } from "../../elements/dom.ts";
import { ColourScale, HeatMapCanvas } from "../../elements/heat_map.ts";
import { Latest } from "../../elements/latest.ts";
import { MaskCanvas } from "../../elements/mask_canvas.ts";
import { ProgressLine } from "../../elements/progress.ts";
import type { Client } from "../../worker/client.ts";
import { methodLabel } from "../methods.ts";
import { degreeChart, distanceChart, type Measured } from "./charts.ts";
import {
  type LimitPicture,
  limitPicture,
  type MaskParams,
  type MaskPicture,
  maskPicture,
} from "./requests.ts";
import { count, finding, graphonInWords, maskInWords } from "./words.ts";

/** Milliseconds without a change after which the limit is computed, which takes longer than a slider waits. */
const SETTLED_MS = 200;

/** What the pictures need of the page. */
interface Surroundings {
  readonly library: Client;
  readonly charts: { place(caption: string, signal: AbortSignal): ChartPlace };
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** The mask, its graphon, the limit beside it, and what they say, of the state that was shown last. */
export class MaskPictures {
  readonly elements: readonly HTMLElement[];
  readonly #page: Surroundings;
  readonly #finding = h("p", { class: "finding", "aria-live": "polite" });
  readonly #words = h("p", { class: "words" });
  readonly #progress = new ProgressLine();
  readonly #mask: MaskCanvas;
  readonly #graphon = new HeatMapCanvas("The mask’s graphon: 64 × 64 means");
  readonly #limit = new HeatMapCanvas("The limit graphon at this width");
  readonly #scale = new ColourScale("share of weights kept");
  readonly #numbers = h("dl", { class: "numbers" });
  readonly #degrees: ChartPlace;
  readonly #distances: ChartPlace;
  readonly #maskWork: Latest;
  readonly #limitWork: Latest;
  /** Distances of the networks that differ in their width alone. */
  readonly #measured = new Map<number, Measured>();
  #family = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settled = Promise.withResolvers<boolean>();

  constructor(page: Surroundings) {
    const { signal } = page;
    this.#page = page;
    this.#mask = new MaskCanvas("The mask, outputs and inputs sorted by degree", signal);
    this.#degrees = page.charts.place("Degree profiles: what share of its weights each neuron keeps", signal);
    this.#distances = page.charts.place(
      "Distance to the limit against width, each with its noise floor: the distance that chance alone makes",
      signal,
    );
    this.#maskWork = new Latest(signal);
    this.#limitWork = new Latest(signal);
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      this.#settled.resolve(false);
    }, { once: true });
    this.elements = [
      h("div", { class: "findings" }, this.#finding, this.#words, this.#progress.element),
      h(
        "div",
        { class: "pictures" },
        this.#mask.element,
        this.#graphon.element,
        this.#limit.element,
      ),
      this.#scale.element,
      this.#numbers,
      h("div", { class: "charts" }, this.#degrees.element, this.#distances.element),
    ];
  }

  /** Whether the limit of the state that was shown last came; false where something newer took its place, or it failed. */
  settled(): Promise<boolean> {
    return this.#settled.promise;
  }

  /** Draws a state: its mask at once, and its limit when the state has stayed for a moment. */
  show(params: MaskParams): void {
    const { width: _width, ...others } = params, family = JSON.stringify(others);
    if (family !== this.#family) {
      this.#family = family;
      this.#measured.clear();
      this.#distances.clear("Press Play, or move the width: each width adds a point.");
    }
    clearTimeout(this.#timer);
    this.#limitWork.cancel();
    // What the finding says is true of what it names; what is shown meanwhile is something else.
    this.#finding.classList.add("stale");
    for (const picture of [this.#mask, this.#graphon, this.#limit]) picture.age();
    this.#settled.resolve(false);
    const settled = this.#settled = Promise.withResolvers<boolean>();
    this.#maskWork.run((signal) => this.#drawMask(params, signal, settled.resolve)).catch((error) => {
      settled.resolve(false);
      this.#complain(error);
    });
  }

  async #drawMask(
    params: MaskParams,
    signal: AbortSignal,
    settle: (arrived: boolean) => void,
  ): Promise<void> {
    const onProgress = this.#progress.begin(`Pruning by ${methodLabel(params.method)}`);
    try {
      const picture = await this.#page.library.ask(maskPicture, params, { signal, onProgress });
      this.#showMask(params, picture);
      this.#timer = setTimeout(() => {
        this.#limitWork.run((signal) => this.#drawLimit(params, picture, signal)).then(
          () => settle(true),
          (error) => {
            settle(false);
            this.#complain(error);
          },
        );
      }, SETTLED_MS);
    } finally {
      this.#progress.end();
    }
  }

  async #drawLimit(params: MaskParams, picture: MaskPicture, signal: AbortSignal): Promise<void> {
    const onProgress = this.#progress.begin("Computing the limit");
    try {
      const limit = await this.#page.library.ask(limitPicture, params, { signal, onProgress });
      this.#showLimit(params, picture, limit);
    } finally {
      this.#progress.end();
    }
  }

  #showMask(params: MaskParams, picture: MaskPicture): void {
    const words = maskInWords(params, picture);
    this.#words.textContent = words;
    this.#mask.show(picture, `Sorted mask. ${words}`);
    const high = picture.graphon.reduce((most, value) => Math.max(most, value), 0);
    this.#scale.show(high);
    const { grid, graphon } = picture;
    this.#graphon.show(graphon, grid, high, graphonInWords("The mask’s graphon", graphon, grid));
    this.#degrees.show(degreeChart(params, picture, undefined, this.#room));
    this.#tabulate(picture, undefined);
  }

  #showLimit(params: MaskParams, picture: MaskPicture, limit: LimitPicture): void {
    const { grid, graphon } = picture;
    const high = Math.max(...graphon, ...limit.graphon);
    this.#scale.show(high);
    this.#graphon.show(graphon, grid, high, graphonInWords("The mask’s graphon", graphon, grid));
    this.#limit.show(limit.graphon, grid, high, graphonInWords("The limit graphon", limit.graphon, grid));
    this.#finding.textContent = finding(params, limit);
    this.#finding.classList.remove("stale");
    this.#degrees.show(degreeChart(params, picture, limit, this.#room));
    this.#tabulate(picture, limit);
    const { distance, noiseFloor } = limit;
    this.#measured.set(params.width, { distance, noiseFloor });
    if (this.#measured.size > 1) this.#distances.show(distanceChart(params, this.#measured, this.#room));
  }

  /** Pixels across that charts have. */
  get #room(): number {
    return this.#degrees.element.parentElement?.clientWidth ?? 0;
  }

  #tabulate(picture: MaskPicture, limit: LimitPicture | undefined): void {
    const { layers, asked } = picture, kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
    const rows: readonly (readonly [string, string])[] = [
      ["distance to the limit", limit ? limit.distance.toFixed(3) : "…"],
      ["noise floor", limit ? limit.noiseFloor.toFixed(3) : "…"],
      ["debiased distance", limit ? limit.debiased.toFixed(3) : "…"],
      ["weights kept in all", kept === asked ? count(kept) : `${count(kept)} of ${count(asked)} asked for`],
      ["dead outputs", count(picture.deadOutputs)],
      ["dead inputs", count(picture.deadInputs)],
      ["mask drawn in", `${picture.milliseconds.toFixed(0)} ms`],
      ["limit computed in", limit ? `${limit.milliseconds.toFixed(0)} ms` : "…"],
    ];
    this.#numbers.replaceChildren(
      ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
  }

  /** Says what failed; that something newer took its place is no failure. */
  #complain(error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    this.#page.say(error instanceof Error ? error.message : String(error));
  }
}
