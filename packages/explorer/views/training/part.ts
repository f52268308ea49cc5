import { h } from "../../elements/dom.ts";
import { ProgressLine } from "../../elements/progress.ts";
import type { Stage } from "../view.ts";
import type { TrainingFields, TrainingValues } from "./fields.ts";

/** What a part of the view is given by it. */
export type PartStage = Pick<Stage<TrainingFields>, "library" | "charts" | "signal" | "say" | "set">;

/** A part of the view: one way of looking at the network. */
export interface Part {
  /** What it is called where it is chosen. */
  readonly title: string;
  /** What there is to see, for someone who sees it first. */
  readonly lead: string;
  /** Controls of its own, which stand among the network's. */
  readonly controls: readonly HTMLElement[];
  readonly element: HTMLElement;
  /** Shows a state; it comes back at once. */
  show(values: TrainingValues): void;
  /** Stops what it computes: another part is shown. */
  hide(): void;
}

/** The sentences that say what was found, and how far it is. */
export class Findings {
  readonly progress = new ProgressLine();
  readonly #finding = h("p", { class: "finding", "aria-live": "polite" });
  readonly #words = h("p", { class: "words" });
  readonly element = h("div", { class: "findings" }, this.#finding, this.#words, this.progress.element);

  /** @param finding the sentence with the numbers */
  say(finding: string, words: string): void {
    // A sentence that is said again is not read out again.
    if (this.#finding.textContent !== finding) this.#finding.textContent = finding;
    this.#words.textContent = words;
    this.#finding.classList.remove("stale");
  }

  /** Marks what was said as being of an earlier state: it stays readable while the next is computed. */
  age(): void {
    this.#finding.classList.add("stale");
  }
}

/** A table of numbers: a row for each thing that is compared. */
export class Comparison {
  readonly #head = h("tr");
  readonly #body = h("tbody");
  readonly element: HTMLElement;

  constructor(caption: string) {
    const table = h("table", {}, h("caption", {}, caption), h("thead", {}, this.#head), this.#body);
    this.element = h(
      "div",
      { class: "table", role: "region", tabindex: 0, "aria-label": caption },
      table,
    );
  }

  /** @param rows each with its name first */
  show(titles: readonly string[], rows: readonly (readonly string[])[]): void {
    this.#head.replaceChildren(...titles.map((title) => h("th", { scope: "col" }, title)));
    this.#body.replaceChildren(
      ...rows.map(([name, ...values]) =>
        h("tr", {}, h("th", { scope: "row" }, name), ...values.map((value) => h("td", {}, value)))
      ),
    );
  }
}

/** Says what failed; that something newer took its place is no failure. */
export function complain(stage: PartStage, error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  stage.say(error instanceof Error ? error.message : String(error));
}
