import { h } from "../elements/dom.ts";
import { TOUR } from "./steps.ts";

/** Elements that have a use for arrow keys of their own. */
const USES_ARROWS = "input, select, textarea, canvas, summary, [role=tab], [role=slider]";

/** What the tour needs of the page. */
interface Surroundings {
  /** Goes to a step, from 1 on; 0 ends the tour. */
  readonly go: (step: number) => void;
  /** Whether the page is in the state that the step is about. */
  readonly isAtStep: () => boolean;
}

/** The step of the tour that the address names, beside its view: its words, the finding that they are about, and the way on. */
export class TourPanel {
  readonly element = h("section", { class: "tour", "aria-label": "Guided tour", hidden: true });
  readonly #page: Surroundings;
  readonly #count = h("p", { class: "tour-count" });
  readonly #title = h("h2", { tabindex: -1 });
  readonly #text = h("p");
  readonly #seen = h("p", { class: "tour-seen" });
  readonly #back: HTMLButtonElement;
  readonly #on: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  #step = 0;

  constructor(page: Surroundings) {
    this.#page = page;
    const button = (label: string, press: () => void) =>
      h("button", { type: "button", onclick: press }, label);
    this.#back = button("← Back", () => this.#turn(-1));
    this.#on = button("Next →", () => this.#turn(1));
    this.#again = button("Set the controls again", () => page.go(this.#step));
    this.element.append(
      this.#count,
      this.#title,
      this.#text,
      this.#seen,
      h(
        "p",
        { class: "tour-buttons" },
        this.#back,
        this.#on,
        this.#again,
        button("Leave the tour", () => page.go(0)),
      ),
    );
    document.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Shows a step; none where it is 0. */
  show(step: number): void {
    this.#step = step;
    this.element.hidden = step === 0;
    document.body.classList.toggle("touring", step > 0);
    if (step === 0) return;
    const { title, text } = TOUR[step - 1];
    this.#count.textContent = `Step ${step} of ${TOUR.length}`;
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#back.disabled = step === 1;
    this.#on.disabled = step === TOUR.length;
    this.#again.hidden = this.#page.isAtStep();
  }

  /** Repeats the finding of the view that is shown, as it changes. */
  follow(view: HTMLElement): void {
    const tell = () => {
      const finding = view.querySelector(".finding")?.textContent ?? "";
      this.#seen.textContent = finding === "" ? "" : `What you see: ${finding}`;
    };
    new MutationObserver(tell).observe(view, { childList: true, subtree: true, characterData: true });
  }

  #turn(by: number): void {
    const step = this.#step + by;
    if (step < 1 || step > TOUR.length) return;
    this.#page.go(step);
    // Who listens hears what is new, and the keys go on working whatever was focused before.
    this.#title.focus();
  }

  #press(event: KeyboardEvent): void {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (this.#step === 0 || by === 0 || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target instanceof Element && event.target.closest(USES_ARROWS)) return;
    event.preventDefault();
    this.#turn(by);
  }
}
