import { choiceControl, numberControl, sliderControl } from "../../elements/controls.ts";
import { h } from "../../elements/dom.ts";
import { percent } from "../masks/words.ts";
import { METHOD_CHOICES } from "../methods.ts";
import { defineView, type Mounted, type Stage } from "../view.ts";
import { widthsWithin } from "../widths.ts";
import { fields, PART_NAMES, type PartName, type TrainingFields, type TrainingValues } from "./fields.ts";
import { FilmPart } from "./film_part.ts";
import { KernelPart } from "./kernel_part.ts";
import type { Part } from "./part.ts";
import { RacePart } from "./race_part.ts";

/** The sparsities that the slider stops at. */
const SPARSITIES = [...Array.from({ length: 19 }, (_, i) => (i + 1) / 20), 0.96, 0.97, 0.98, 0.99];

/** Networks that are on the device at a time. */
const NETWORKS = 4;

/** One pruned network, seen in three ways: its kernel, its training, and the rounds that pruned it. */
class TrainingPage implements Mounted<TrainingFields> {
  readonly #stage: Stage<TrainingFields>;
  readonly #parts: Readonly<Record<PartName, Part>>;
  readonly #tabs: Readonly<Record<PartName, HTMLButtonElement>>;
  readonly #lead = h("p", { class: "lead" });
  readonly #panel = h("div", { role: "tabpanel", id: "training-part" });
  readonly #controls;
  #shown: PartName | undefined;

  constructor(stage: Stage<TrainingFields>) {
    this.#stage = stage;
    const { set } = stage;
    this.#parts = { kernel: new KernelPart(stage), losses: new RacePart(stage), film: new FilmPart(stage) };
    this.#tabs = { kernel: this.#tab("kernel"), losses: this.#tab("losses"), film: this.#tab("film") };
    this.#controls = {
      method: choiceControl("Method", METHOD_CHOICES, (method, step) => set({ method }, step)),
      sparsity: sliderControl(
        "Sparsity",
        { stops: SPARSITIES, format: percent },
        (sparsity, step) => set({ sparsity }, step),
      ),
      width: sliderControl(
        "Width",
        { stops: this.#widths(fields.depth.initial), format: String },
        (width, step) => set({ width }, step),
      ),
      depth: sliderControl(
        "Hidden layers",
        { stops: [1, 2, 3, 4, 5, 6, 7, 8], format: String },
        (depth, step) => set({ depth }, step),
      ),
      seed: numberControl("Seed", fields.seed, (seed, step) => set({ seed }, step)),
    };
    this.#layOut();
  }

  #layOut(): void {
    const own = PART_NAMES.flatMap((name) => this.#parts[name].controls);
    this.#stage.root.append(
      h("h1", {}, "What pruning does to training"),
      h(
        "div",
        {
          class: "tabs",
          role: "tablist",
          "aria-label": "Ways to look at it",
          onkeydown: (event) => this.#press(event),
        },
        ...PART_NAMES.map((name) => this.#tabs[name]),
      ),
      this.#lead,
      h(
        "form",
        {
          class: "controls",
          "aria-label": "Network, method and how it is looked at",
          onsubmit: (event) => event.preventDefault(),
        },
        ...Object.values(this.#controls).map(({ element }) => element),
        ...own,
      ),
      this.#panel,
    );
  }

  #tab(name: PartName): HTMLButtonElement {
    return h("button", {
      ...{ type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "training-part" },
      onclick: () => this.#stage.set({ part: name }, "push"),
    }, this.#parts[name].title);
  }

  /** Arrow keys go from one tab to the next. */
  #press(event: Event): void {
    const { key } = event as KeyboardEvent, by = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
    if (by === 0 || this.#shown === undefined) return;
    event.preventDefault();
    const at = PART_NAMES.indexOf(this.#shown), count = PART_NAMES.length;
    const part = PART_NAMES[(at + by + count) % count];
    this.#stage.set({ part }, "push");
    this.#tabs[part].focus();
  }

  update(values: TrainingValues): void {
    const { part, method, sparsity, width, depth, seed } = values, controls = this.#controls;
    const widths = this.#widths(depth), widest = widths[widths.length - 1];
    controls.width.offer(widths);
    controls.method.show(method);
    controls.sparsity.show(sparsity);
    controls.width.show(width);
    controls.depth.show(depth);
    controls.seed.show(seed);
    if (part !== this.#shown) this.#turnTo(part);
    if (width > widest) {
      this.#stage.say(
        `${NETWORKS} networks of ${depth} hidden layers wider than ${widest} may not fit this device’s memory`,
      );
    }
    this.#parts[part].show(values);
  }

  /** The widths of which the device has room for all networks. */
  #widths(depth: number): number[] {
    return widthsWithin(this.#stage.device.memoryBytes / NETWORKS, depth);
  }

  #turnTo(part: PartName): void {
    if (this.#shown) this.#parts[this.#shown].hide();
    this.#shown = part;
    for (const name of PART_NAMES) {
      const selected = name === part, tab = this.#tabs[name];
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      for (const control of this.#parts[name].controls) control.hidden = !selected;
    }
    this.#lead.textContent = this.#parts[part].lead;
    this.#panel.setAttribute("aria-labelledby", `tab-${part}`);
    this.#panel.replaceChildren(this.#parts[part].element);
  }
}

export const trainingView = defineView({
  name: "training",
  title: "What it does to training",
  fields,
  mount: (stage: Stage<TrainingFields>) => new TrainingPage(stage),
});
