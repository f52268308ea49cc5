import { button, choiceControl, numberControl, sliderControl } from "../../elements/controls.ts";
import { h } from "../../elements/dom.ts";
import { choiceField, decimalField, type Values, wholeField } from "../../state/fields.ts";
import { METHOD_CHOICES, type MethodName } from "../methods.ts";
import { defineView, type Mounted, type Stage } from "../view.ts";
import { WIDEST, widthsWithin } from "../widths.ts";
import { DIGITS } from "../../worker/networks.ts";
import { MaskPictures } from "./pictures.ts";
import { percent } from "./words.ts";

const fields = {
  method: choiceField<MethodName>("snip", METHOD_CHOICES.map(({ value }) => value)),
  width: wholeField({ initial: 256, low: 16, high: WIDEST }),
  depth: wholeField({ initial: 3, low: 1, high: 8 }),
  sparsity: decimalField({ initial: 0.8, low: 0.01, high: 0.99, decimals: 4 }),
  seed: wholeField({ initial: 0, low: 0, high: 4294967295 }),
  layer: wholeField({ initial: 1, low: 0, high: 8 }),
};

type MaskFields = typeof fields;

/** The sparsities that the slider stops at: hundredths, and finer ones towards the end. */
const SPARSITIES = [...Array.from({ length: 95 }, (_, i) => (i + 1) / 100), 0.96, 0.97, 0.98, 0.99];

/** Milliseconds that each width stays once it is drawn, so that one can see it. */
const DWELL_MS = 600;

/** Masks of one network, their graphon, and the limit that both come nearer to as the width grows. */
class MasksPage implements Mounted<MaskFields> {
  readonly #stage: Stage<MaskFields>;
  readonly #pictures: MaskPictures;
  readonly #controls;
  readonly #layers = h("select", { id: "layer" });
  readonly #play: HTMLButtonElement;
  #values: Values<MaskFields> | undefined;
  /** Ends the growing of the width. */
  #growing: AbortController | undefined;

  constructor(stage: Stage<MaskFields>) {
    this.#stage = stage;
    this.#pictures = new MaskPictures(stage);
    const { set } = stage;
    const change =
      <K extends keyof MaskFields>(name: K) => (value: Values<MaskFields>[K], step: "push" | "replace") => {
        this.#stop();
        // A type cannot say that a computed name and its value belong together.
        set({ [name]: value } as Partial<Values<MaskFields>>, step);
      };
    this.#controls = {
      method: choiceControl("Method", METHOD_CHOICES, change("method")),
      sparsity: sliderControl("Sparsity", { stops: SPARSITIES, format: percent }, change("sparsity")),
      width: sliderControl(
        "Width",
        { stops: this.#widths(fields.depth.initial), format: String },
        change("width"),
      ),
      depth: sliderControl(
        "Hidden layers",
        { stops: [1, 2, 3, 4, 5, 6, 7, 8], format: String },
        (depth, step) => {
          this.#stop();
          set({ depth, layer: Math.min(this.#values?.layer ?? 0, depth) }, step);
        },
      ),
      seed: numberControl("Seed", fields.seed, change("seed")),
    };
    this.#layers.addEventListener("change", () => {
      this.#stop();
      set({ layer: this.#layers.selectedIndex }, "push");
    });
    this.#play = button("Play: grow the width", () => this.#growing ? this.#stop() : this.#grow());
    stage.signal.addEventListener("abort", () => this.#stop(), { once: true });
    const { method, sparsity, width, depth, seed } = this.#controls;
    const layer = h("div", { class: "control" }, h("label", { for: "layer" }, "Layer shown"), this.#layers);
    stage.root.append(
      h("h1", {}, "Masks become a graphon"),
      h(
        "p",
        { class: "lead" },
        "A pruning mask says which weights of a network stay. Sort the neurons of a layer by how many weights they keep, " +
          "and the mask turns into a picture. The wider the network, the less chance is in it: " +
          "it comes nearer to one function, its limit graphon.",
      ),
      h(
        "form",
        {
          class: "controls",
          "aria-label": "Settings",
          onsubmit: (event) => event.preventDefault(),
        },
        ...[method, sparsity, width, depth, seed].map(({ element }) => element),
        layer,
        h("div", { class: "control" }, this.#play),
      ),
      ...this.#pictures.elements,
    );
  }

  update(values: Values<MaskFields>): void {
    this.#values = values;
    const { method, width, depth, sparsity, seed, layer } = values, controls = this.#controls;
    const widths = this.#widths(depth), widest = widths[widths.length - 1];
    controls.width.offer(widths);
    controls.method.show(method);
    controls.width.show(width);
    controls.depth.show(depth);
    controls.sparsity.show(sparsity);
    controls.seed.show(seed);
    const names = Array.from({ length: depth + 1 }, (_, l) => {
      const [inputs, outputs] = [l === 0 ? DIGITS.inputs : width, l === depth ? DIGITS.classes : width];
      const place = l === 0 ? " (input)" : l === depth ? " (output)" : "";
      return h("option", {}, `${l}: ${inputs} → ${outputs}${place}`);
    });
    this.#layers.replaceChildren(...names);
    this.#layers.selectedIndex = Math.min(layer, depth);
    if (width > widest) {
      this.#stage.say(
        `Networks of ${depth} hidden layers wider than ${widest} may not fit this device’s memory`,
      );
    }
    this.#pictures.show({ method, width, hidden: depth, sparsity, seed, layer });
  }

  /** The widths that the device has room for. */
  #widths(depth: number): number[] {
    return widthsWithin(this.#stage.device.memoryBytes, depth);
  }

  #stop(): void {
    this.#growing?.abort();
    this.#growing = undefined;
    this.#play.textContent = "Play: grow the width";
  }

  /** Goes through the widths, each when the limit of the one before is there. */
  async #grow(): Promise<void> {
    const growing = this.#growing = new AbortController();
    this.#play.textContent = "Stop";
    for (const width of this.#widths(this.#values!.depth)) {
      this.#stage.set({ width }, "replace");
      const arrived = await this.#pictures.settled();
      if (!arrived || growing.signal.aborted) break;
      await new Promise((resolve) => setTimeout(resolve, DWELL_MS));
      if (growing.signal.aborted) break;
    }
    if (this.#growing === growing) this.#stop();
  }
}

export const masksView = defineView({
  name: "masks",
  title: "Masks to graphons",
  fields,
  mount: (stage: Stage<MaskFields>) => new MasksPage(stage),
});
