import { choiceControl, numberControl, sliderControl, textControl } from "../../elements/controls.ts";
import { h } from "../../elements/dom.ts";
import { choiceField, decimalField, textField, type Values, wholeField } from "../../state/fields.ts";
import { percent } from "../masks/words.ts";
import { METHOD_CHOICES, type MethodName } from "../methods.ts";
import type { HistoryStep } from "../view.ts";
import { WIDEST, widthsWithin } from "../widths.ts";
import type { Layout, OwnLook } from "./requests.ts";

/** Data sets that folders of images are read as. */
const DATASETS = [
  ...["mnist", "fashion-mnist", "kmnist", "qmnist", "emnist-balanced", "emnist-byclass", "emnist-bymerge"],
  ...["emnist-digits", "emnist-letters", "emnist-mnist", "cifar10"],
].map((value) => ({ value, label: value }));

const ACTIVATIONS = ["relu", "erf", "tanh", "linear"].map((value) => ({ value, label: value }));

const LAYOUTS: readonly { readonly value: Layout; readonly label: string }[] = [
  { value: "told", label: "as names and shapes tell" },
  { value: "rows", label: "[out, in]" },
  { value: "columns", label: "[in, out]" },
];

/** The sparsities that the slider stops at. */
const SPARSITIES = [...Array.from({ length: 95 }, (_, i) => (i + 1) / 100), 0.96, 0.97, 0.98, 0.99];

/** Layers of a network that a file may have. */
const MOST_LAYERS = 9999;

export const ownFields = {
  method: choiceField<MethodName>("snip", METHOD_CHOICES.map(({ value }) => value)),
  sparsity: decimalField({ initial: 0.8, low: 0.01, high: 0.99, decimals: 4 }),
  seed: wholeField({ initial: 0, low: 0, high: 4294967295 }),
  layer: wholeField({ initial: 0, low: 0, high: MOST_LAYERS }),
  activation: choiceField("relu", ACTIVATIONS.map(({ value }) => value)),
  width: wholeField({ initial: 256, low: 16, high: WIDEST }),
  depth: wholeField({ initial: 2, low: 1, high: 8 }),
  dataset: choiceField("mnist", DATASETS.map(({ value }) => value)),
  layout: choiceField<Layout>("told", LAYOUTS.map(({ value }) => value)),
  order: textField(4000),
};

export type OwnValues = Values<typeof ownFields>;

/** The names of layers that an order lists. */
export function orderOf({ order }: OwnValues): string[] {
  return order.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

type Change = (values: Partial<OwnValues>, step: HistoryStep) => void;

/** The controls of the view; of them those are shown that change something. */
export class OwnControls {
  readonly element: HTMLElement;
  readonly #layers = h("select", { id: "own-layer" });
  readonly #controls;
  readonly #reading: HTMLDetailsElement;

  constructor(memoryBytes: number, change: Change) {
    this.#layers.addEventListener("change", () => change({ layer: this.#layers.selectedIndex }, "push"));
    const widths = widthsWithin(memoryBytes, 2), depths = [1, 2, 3, 4, 5, 6, 7, 8];
    const controls = this.#controls = {
      method: choiceControl("Method", METHOD_CHOICES, (method, step) => change({ method }, step)),
      sparsity: sliderControl(
        "Sparsity",
        { stops: SPARSITIES, format: percent },
        (sparsity, step) => change({ sparsity }, step),
      ),
      width: sliderControl(
        "Width of the network drawn",
        { stops: widths, format: String },
        (width, step) => change({ width }, step),
      ),
      depth: sliderControl(
        "Its hidden layers",
        { stops: depths, format: String },
        (depth, step) => change({ depth }, step),
      ),
      seed: numberControl("Seed", ownFields.seed, (seed, step) => change({ seed }, step)),
      activation: choiceControl(
        "Activation",
        ACTIVATIONS,
        (activation, step) => change({ activation }, step),
      ),
      dataset: choiceControl("Data set", DATASETS, (dataset, step) => change({ dataset }, step)),
      layout: choiceControl("Matrices are", LAYOUTS, (layout, step) => change({ layout }, step)),
      order: textControl(
        "Layers from the inputs on, with commas; none: as names and shapes tell",
        (order, step) => change({ order }, step),
      ),
    };
    const layer = h(
      "div",
      { class: "control" },
      h("label", { for: "own-layer" }, "Layer shown"),
      this.#layers,
    );
    this.#reading = h(
      "details",
      { class: "reading" },
      h("summary", {}, "How the layers are read"),
      controls.layout.element,
      controls.order.element,
    );
    this.element = h(
      "form",
      {
        ...{ class: "controls", "aria-label": "Layer and method", hidden: true },
        onsubmit: (event) => event.preventDefault(),
      },
      layer,
      ...[controls.method, controls.sparsity, controls.width, controls.depth, controls.seed].map((one) =>
        one.element
      ),
      ...[controls.activation, controls.dataset].map(({ element }) => element),
      this.#reading,
    );
  }

  /** Shows the state. */
  show(values: OwnValues): void {
    const controls = this.#controls;
    controls.method.show(values.method);
    controls.sparsity.show(values.sparsity);
    controls.width.show(values.width);
    controls.depth.show(values.depth);
    controls.seed.show(values.seed);
    controls.activation.show(values.activation);
    controls.dataset.show(values.dataset);
    controls.layout.show(values.layout);
    controls.order.show(values.order);
  }

  /** Shows what there is to choose in the files. */
  offer({ kind, layers, files, question }: OwnLook, layer: number): void {
    const pruning = kind !== "masks", drawn = kind === "drawn", controls = this.#controls;
    const images = files.some(({ role }) => role === "images");
    this.element.hidden = files.length === 0 || (kind === undefined && question === undefined);
    this.#layers.replaceChildren(
      ...layers.map(({ name, shape }, index) => h("option", {}, `${index}: ${name}, ${shape.join(" × ")}`)),
    );
    this.#layers.selectedIndex = Math.min(layer, layers.length - 1);
    this.#layers.parentElement!.hidden = layers.length === 0;
    for (const control of [controls.method, controls.sparsity, controls.seed, controls.activation]) {
      control.element.hidden = !pruning;
    }
    for (const control of [controls.width, controls.depth]) control.element.hidden = !drawn;
    controls.dataset.element.hidden = !(pruning && images);
    this.#reading.hidden = drawn;
    if (question) this.#reading.open = true;
  }
}
