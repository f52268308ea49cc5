import { h } from "./dom.ts";

/** Milliseconds after which something that is not done shows how far it is. */
const QUIET_MS = 150;

/** How far a computation is, with a button to stop it; nothing where it is quick. */
export class ProgressLine {
  readonly element = h("div", { class: "progress", role: "status" });
  readonly #bar = h("progress", { max: 1 });
  readonly #text = h("span");
  readonly #label = h("span", { class: "progress-label" });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.element.hidden = true;
    this.element.append(this.#label, this.#bar, this.#text);
    this.#bar.setAttribute("aria-label", "progress");
  }

  /** Something begins. @returns what is told how far it is */
  begin(label: string): (done: number, total: number) => void {
    this.end();
    this.#label.textContent = label;
    this.#text.textContent = "";
    this.#bar.removeAttribute("value");
    this.#timer = setTimeout(() => this.element.hidden = false, QUIET_MS);
    return (done, total) => {
      this.#bar.value = done / total;
      this.#text.textContent = `${Math.round(100 * done / total)} %`;
    };
  }

  end(): void {
    clearTimeout(this.#timer);
    this.element.hidden = true;
  }
}
